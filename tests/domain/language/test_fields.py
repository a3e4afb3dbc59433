"""A date out of its bounds is told in a sentence that a person can act on, and that is French."""

from __future__ import annotations

from datetime import date

import pytest
from tests.stage.refusals import refused

from materiel.domain.language.fields import Fields
from materiel.errors import RuleBroken

FIRST, LAST = date(2026, 9, 1), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("la date d'achat", "La date d'achat doit être comprise entre le 01/09/2026 et le 01/12/2026."),
        ("le dernier jour", "Le dernier jour doit être compris entre le 01/09/2026 et le 01/12/2026."),
    ],
)
def test_a_day_agrees_with_what_it_is(name: str, said: str) -> None:
    fields = Fields("essai.invalid")
    fields.day("/day", date(2027, 1, 1), first=FIRST, last=LAST, name=name)
    with refused(RuleBroken, "essai.invalid") as caught:
        fields.check()
    assert [each.detail for each in caught.value.errors] == [said]


def test_bounds_that_follow_from_another_fault_are_not_told() -> None:
    """« entre le 01/01/2031 et le 01/12/2026 » helps nobody: the day that made it is at fault, and told."""
    fields = Fields("essai.invalid")
    fields.day("/done_on", date(2031, 1, 1), first=FIRST, last=LAST, name="la date des vérifications")
    fields.day("/sits_on", date(2026, 12, 1), first=date(2031, 1, 1), last=LAST, name="la date de l'examen")
    assert [each.pointer for each in fields.errors] == ["/done_on"]


def test_bounds_that_leave_no_day_are_told_by_the_one_that_stands() -> None:
    fields = Fields("essai.invalid")
    fields.day("/sits_on", date(2026, 12, 1), first=date(2031, 1, 1), last=LAST, name="la date de l'examen")
    assert [each.detail for each in fields.errors] == ["La date de l'examen ne peut pas précéder le 01/01/2031."]
