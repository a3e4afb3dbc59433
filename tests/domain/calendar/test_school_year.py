from __future__ import annotations

from datetime import date

import pytest

from materiel.domain.calendar import school_year
from materiel.domain.language.french import enumeration, long_date


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026), (date(2027, 1, 1), 2026)],
)
def test_the_school_year_starts_on_1_september(day: date, year: int) -> None:
    assert school_year.school_year(day) == year
    assert school_year.first_day(year) <= day <= school_year.last_day(year)


def test_the_label_names_both_years() -> None:
    assert school_year.label(2026) == "2026-2027"


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2027, 6, 30), date(2027, 8, 31)),
        (date(2027, 7, 1), date(2028, 8, 31)),
        (date(2027, 8, 31), date(2028, 8, 31)),
        (date(2027, 9, 1), date(2028, 8, 31)),
    ],
)
def test_a_summer_term_prepares_the_next_year(starts_on: date, ends_on: date) -> None:
    assert school_year.last_day_for_term_from(starts_on) == ends_on


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2026, 8, 31), -6, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_months_end_with_the_month(day: date, months: int, result: date) -> None:
    assert school_year.add_months(day, months) == result


def test_dates_and_lists_in_french() -> None:
    assert long_date(date(2026, 9, 1)) == "1er septembre 2026"
    assert long_date(date(2026, 11, 21)) == "21 novembre 2026"
    assert enumeration(["a", "b", "c"]) == "a, b et c"
    assert enumeration(["a"]) == "a"
    assert enumeration([]) == ""
