"""Pupils who are likely to be one: close names and one birth date, or one name and day and month exchanged."""

from __future__ import annotations

from datetime import date

import pytest

from materiel.domain.people.near_pupil import NearPupil, exchanged

OWN = NearPupil("Kervella", "Maëlle", date(2015, 3, 4), 7)


@pytest.mark.parametrize(
    ("last_name", "first_name"),
    [
        ("Kervela", "Maelle"),
        ("KERVELLA", "Maella"),
        ("Kerevlla", "Maëlle"),
        ("Kervella", "Maële"),
        ("Maëlle", "Kervella"),
        ("Kervella-Morvan", "Maëlle"),
        ("Kervella", "Maëlle Anne"),
    ],
)
def test_close_names_of_one_day_are_a_question(last_name: str, first_name: str) -> None:
    other = NearPupil(last_name, first_name, OWN.birth_date)
    told = f"nom proche de {first_name} {last_name} : est-ce le même élève ?"
    assert told in OWN.told(other).replace("\u00a0", " ")
    assert other.told(OWN)


@pytest.mark.parametrize(
    ("last_name", "first_name"),
    [("Kervella", "Tom"), ("Morvan", "Maëlle"), ("Kervel", "Maëlle"), ("Kerwela", "Maëlle"), ("KERVELLA", "maelle")],
)
def test_other_names_and_the_same_person_are_none(last_name: str, first_name: str) -> None:
    assert OWN.told(NearPupil(last_name, first_name, OWN.birth_date)) == ""


def test_another_day_is_another_pupil_unless_day_and_month_are_exchanged() -> None:
    assert "inversés" in OWN.told(NearPupil("KERVELLA", "Maelle", date(2015, 4, 3)))
    assert "ligne 9" in OWN.told(NearPupil("KERVELLA", "Maelle", date(2015, 4, 3), 9))
    assert OWN.told(NearPupil("Kervela", "Maëlle", date(2015, 4, 3))) == ""
    assert OWN.told(NearPupil("Kervela", "Maëlle", date(2014, 3, 4))) == ""


def test_a_day_after_the_twelfth_is_no_month() -> None:
    assert (exchanged(date(2015, 3, 4)), exchanged(date(2015, 3, 13)), exchanged(date(2015, 3, 3))) == (
        date(2015, 4, 3),
        None,
        None,
    )
