"""A managing service: what is refused, with every field at fault."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from materiel.domain.accounts.service import NO_ADDRESS, ManagingService, ServiceKind, checked_service
from materiel.domain.address import Address
from materiel.errors import RuleBroken

SERVICE = ManagingService(
    id=UUID(int=1),
    code="DSDEN35",
    name="DSDEN d'Ille-et-Vilaine",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="035",
    address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
    inventory_pattern="{dep}-{year}-{seq:05}",
)


def test_a_right_service_is_cleaned_and_kept() -> None:
    assert checked_service(replace(SERVICE, name="  DSDEN   d'Ille-et-Vilaine ")) == SERVICE


def test_an_address_may_come_later() -> None:
    assert checked_service(replace(SERVICE, address=NO_ADDRESS)).address == NO_ADDRESS


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("code", "", "/code"),
        ("code", "é35", "/code"),
        ("code", "A" * 21, "/code"),
        ("name", " ", "/name"),
        ("name", "x" * 201, "/name"),
        ("academie", "99", "/academie"),
        ("departement", "075", "/departement"),
        ("phone", "appelez-nous", "/phone"),
        ("email", "sans arobase", "/email"),
        ("signatory_name", "a\x00b", "/signatory_name"),
        ("delegation", "x" * 401, "/delegation"),
        ("inventory_pattern", "{serial}", "/inventory_pattern"),
        ("amber_days", 0, "/amber_days"),
        ("amber_days", 91, "/amber_days"),
        ("amber_days", 21, "/red_days"),
        ("red_days", 3, "/red_days"),
        ("red_days", 91, "/red_days"),
        ("address", Address(lines=(), postcode="35000", city="Rennes"), "/address/lines"),
        ("address", Address(lines=("1 rue",), postcode="3500", city="Rennes"), "/address/postcode"),
    ],
)
def test_a_wrong_field_is_pointed_at(field: str, value: object, pointer: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        checked_service(replace(SERVICE, **{field: value}))
    assert refusal.value.code == "service.invalid"
    assert [fault.pointer for fault in refusal.value.errors] == [pointer]


@pytest.mark.parametrize(("amber", "red"), [(1, 2), (89, 90), (20, 21)])
def test_red_is_later_than_amber(amber: int, red: int) -> None:
    kept = checked_service(replace(SERVICE, amber_days=amber, red_days=red))
    assert (kept.delays.amber_days, kept.delays.red_days) == (amber, red)
    with pytest.raises(RuleBroken, match=f"Le rouge vient après l'orange : indiquez plus de {red} jours."):
        checked_service(replace(SERVICE, amber_days=red, red_days=red))


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(RuleBroken) as refusal:
        checked_service(replace(SERVICE, name="", academie="99", email="x"))
    assert [fault.pointer for fault in refusal.value.errors] == ["/name", "/academie", "/email"]
