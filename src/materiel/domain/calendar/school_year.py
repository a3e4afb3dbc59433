"""School years. A school year is named by the year of its 1st of September; the day of an instant is in `civil_day`."""

from __future__ import annotations

import calendar
from datetime import date

FIRST_MONTH = 9
SUMMER_MONTH = 7
"""From July on, what starts is meant for the coming school year."""


def school_year(day: date) -> int:
    """The school year (« année scolaire ») that holds a day: 2026 from 1 September 2026 to 31 August 2027."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def first_day(year: int) -> date:
    """1 September of the school year."""
    return date(year, FIRST_MONTH, 1)


def last_day(year: int) -> date:
    """31 August that ends the school year, included."""
    return date(year + 1, FIRST_MONTH - 1, 31)


def label(year: int) -> str:
    """« 2026-2027 »."""
    return f"{year}-{year + 1}"


def last_day_for_term_from(starts_on: date) -> date:
    """Last day of the school year that a term starting this day is meant for.

    A term that starts in July or August prepares the coming year: it does not end a few weeks later.
    """
    year = school_year(starts_on)
    if SUMMER_MONTH <= starts_on.month < FIRST_MONTH:
        year += 1
    return last_day(year)


def add_months(day: date, months: int) -> date:
    """The same day `months` later (earlier when negative), or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def birthday(birth_date: date, age: int) -> date:
    """The first day of an age. Born on 29 February, an age is complete on 1 March of a common year."""
    year = birth_date.year + age
    if (birth_date.month, birth_date.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return birth_date.replace(year=year)
