"""Mobile numbers as people type them, of France and overseas, in the form that gateways take."""

import pytest

from materiel.domain.people.mobile import is_nobodys, masked_mobile, mobile_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 12 34 56 12", "+33612345612"),
        ("06.12.34.56.12", "+33612345612"),
        ("+33 (0)6 12 34 56 12", "+33612345612"),
        ("0033 7 12-34-56-12", "+33712345612"),
        ("+330612345612", "+33612345612"),
        ("0692 12 34 56", "+262692123456"),
        ("+262 693 12 34 56", "+262693123456"),
        ("+33 692 12 34 56", "+262692123456"),
        ("0639 01 23 45", "+262639012345"),
        ("06 39 98 00 12", "+33639980012"),
        ("0690 12 34 56", "+590690123456"),
        ("0691 12 34 56", "+590691123456"),
        ("0694 12 34 56", "+594694123456"),
        ("0696 12 34 56", "+596696123456"),
        ("+596 697 12 34 56", "+596697123456"),
        ("+687 75 12 34", "+687751234"),
        ("+689 87 12 34 56", "+68987123456"),
        ("+508 55 12 34", "+508551234"),
        ("+681 82 12 34", "+681821234"),
    ],
)
def test_a_mobile_number_is_one_whatever_its_spaces(typed: str, number: str) -> None:
    assert mobile_number(typed) == number
    assert mobile_number(number) == number


@pytest.mark.parametrize(
    "typed",
    ["", "02 99 00 00 35", "75 12 34", "+32 470 12 34 56", "06 12 34 56", "06 12 34 56 123", "+44 6 12345678", "+"],
)
def test_anything_else_is_none(typed: str) -> None:
    assert mobile_number(typed) == ""


def test_a_number_is_masked_so_that_its_owner_alone_knows_it() -> None:
    assert masked_mobile("+33612345612") == "06 •• •• •• 12"
    assert masked_mobile("+262692123456") == "06 •• •• •• 56"
    assert masked_mobile("+687751234") == "+687 •• 34"


def test_some_numbers_are_given_to_nobody() -> None:
    assert is_nobodys("+33639980012")
    assert not is_nobodys("+33612345612")
