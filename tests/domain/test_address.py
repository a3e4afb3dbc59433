"""Addresses in France and abroad: the country decides what a postcode may be."""

from __future__ import annotations

import pytest

from materiel.documents.variables import address_lines
from materiel.domain.address import Address
from materiel.domain.language.fields import Fields


def checked(*, abroad: bool = True, **parts: str) -> tuple[Address, dict[str, str]]:
    typed = {"postcode": "35000", "city": "Rennes", "country": ""} | parts
    fields = Fields("test.invalid")
    address = fields.address("/home", Address(lines=("1 rue",), **typed), abroad=abroad)
    return address, {fault.pointer: fault.detail for fault in fields.errors}


@pytest.mark.parametrize("postcode", ["1201", "L-1234", "SW1A 1AA", "", "98000"])
def test_with_a_country_the_postcode_is_its_own(postcode: str) -> None:
    address, faults = checked(postcode=postcode, city="Ailleurs", country="  Pays  Lointain ")
    assert faults == {}
    assert (address.postcode, address.country) == (postcode, "Pays Lointain")


@pytest.mark.parametrize("postcode", ["1201", "L-1234", "", "350000"])
def test_without_a_country_five_digits_or_what_to_do(postcode: str) -> None:
    faults = checked(postcode=postcode)[1]
    assert list(faults) == ["/home/postcode"]
    assert "indiquez le pays" in faults["/home/postcode"]
    assert "indiquez le pays" not in checked(postcode=postcode, abroad=False)[1]["/home/postcode"]


@pytest.mark.parametrize("country", ["France", "FRANCE", " france "])
def test_france_is_no_foreign_country(country: str) -> None:
    address, faults = checked(country=country)
    assert (address.country, faults) == ("", {})
    assert "/home/postcode" in checked(country=country, postcode="1201")[1]


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"country": "B" * 61}, "/home/country"),
        ({"country": "132"}, "/home/country"),
        ({"country": "Suisse", "postcode": "1" * 13}, "/home/postcode"),
        ({"country": "Suisse", "postcode": "12/01"}, "/home/postcode"),
    ],
)
def test_a_country_and_its_postcode_are_bounded(parts: dict[str, str], pointer: str) -> None:
    assert list(checked(**parts)[1]) == [pointer]


def test_a_french_body_has_no_country() -> None:
    assert list(checked(country="Suisse", abroad=False)[1]) == ["/home/country"]


def test_the_country_is_printed_last_in_capitals() -> None:
    address = Address(lines=("1 rue",), postcode="", city="Genève", country="Suisse")
    assert address_lines(address) == ("1 rue", "Genève", "SUISSE")
