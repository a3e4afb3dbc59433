"""Which days a service works on, by the law of where it is."""

from __future__ import annotations

from datetime import date

import pytest

from materiel.domain.calendar.working_day import easter, is_working_day, public_holidays, working_day_from


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (1961, 4, 2),
        (2000, 4, 23),
        (2008, 3, 23),
        (2011, 4, 24),
        (2019, 4, 21),
        (2026, 4, 5),
        (2027, 3, 28),
        (2038, 4, 25),
    ],
)
def test_easter_is_where_the_calendar_has_it(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


def test_the_mainland_has_eleven_holidays() -> None:
    assert sorted(public_holidays(2026, "35")) == [
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 8),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 14),
        date(2026, 8, 15),
        date(2026, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    ]


@pytest.mark.parametrize(
    ("departement", "day"),
    [
        ("67", date(2026, 4, 3)),
        ("068", date(2026, 12, 26)),
        ("57", date(2027, 3, 26)),
        ("971", date(2026, 5, 27)),
        ("972", date(2026, 5, 22)),
        ("973", date(2026, 6, 10)),
        ("974", date(2026, 12, 20)),
        ("976", date(2026, 4, 27)),
        ("977", date(2026, 10, 9)),
        ("978", date(2026, 5, 28)),
    ],
)
def test_some_departements_have_days_of_their_own(departement: str, day: date) -> None:
    assert day in public_holidays(day.year, departement)
    assert day not in public_holidays(day.year, "35")


def test_a_service_works_neither_on_weekends_nor_on_holidays() -> None:
    assert is_working_day(date(2026, 11, 27), "35")
    for day in (date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 11)):
        assert not is_working_day(day, "35")
    assert is_working_day(date(2026, 4, 3), "35")
    assert not is_working_day(date(2026, 4, 3), "67")


def test_the_next_working_day_may_be_that_day() -> None:
    assert working_day_from(date(2026, 11, 27), "35") == date(2026, 11, 27)
    assert working_day_from(date(2026, 11, 28), "35") == date(2026, 11, 30)
    # Christmas is a Friday: the weekend follows it.
    assert working_day_from(date(2026, 12, 25), "35") == date(2026, 12, 28)
    assert working_day_from(date(2027, 1, 1), "35") == date(2027, 1, 4)
