"""What is said of a field at fault can be acted on, and is French."""

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
        ("la date d'achat", "La date d'achat doit être comprise entre le 1er septembre 2026 et le 1er décembre 2026."),
        ("le dernier jour", "Le dernier jour doit être compris entre le 1er septembre 2026 et le 1er décembre 2026."),
    ],
)
def test_a_day_agrees_with_what_it_is(name: str, said: str) -> None:
    fields = Fields("essai.invalid")
    fields.day("/day", date(2027, 1, 1), first=FIRST, last=LAST, name=name)
    with refused(RuleBroken, "essai.invalid") as caught:
        fields.check()
    assert [each.detail for each in caught.value.errors] == [said]


def test_bounds_that_follow_from_another_fault_are_not_told() -> None:
    """« entre le 1er janvier 2031 et le 1er décembre 2026 » helps nobody: the day that made it is told, alone."""
    fields = Fields("essai.invalid")
    fields.day("/done_on", date(2031, 1, 1), first=FIRST, last=LAST, name="la date des vérifications")
    fields.day("/sits_on", date(2026, 12, 1), first=date(2031, 1, 1), last=LAST, name="la date de l'examen")
    assert [each.pointer for each in fields.errors] == ["/done_on"]


def test_bounds_that_leave_no_day_are_told_by_the_one_that_stands() -> None:
    fields = Fields("essai.invalid")
    fields.day("/sits_on", date(2026, 12, 1), first=date(2031, 1, 1), last=LAST, name="la date de l'examen")
    assert [each.detail for each in fields.errors] == ["La date de l'examen ne peut pas précéder le 1er janvier 2031."]


def test_a_sentence_agrees_with_the_name_of_its_field_and_writes_months_in_letters() -> None:
    fields = Fields("thing.invalid")
    fields.text("/words", "a\x07b", longest=20, name="les mots de la décision")
    fields.text("/words", "x" * 9, longest=3, name="les mots de la décision")
    fields.text("/name", "a\x07b", longest=20, name="le nom")
    fields.day("/on", date(2020, 1, 1), first=date(2026, 1, 1), last=date(2026, 12, 31), name="la date de la réunion")
    assert [each.detail for each in fields.errors] == [
        "Les mots de la décision contiennent un caractère invisible ou illisible. Saisissez ce champ de nouveau.",
        "Les mots de la décision comptent 9 caractères ; 3 au plus.",
        "Le nom contient un caractère invisible ou illisible. Saisissez ce champ de nouveau.",
        "La date de la réunion doit être comprise entre le 1er janvier 2026 et le 31 décembre 2026.",
    ]
