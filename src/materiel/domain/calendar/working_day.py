"""Working days (« jours ouvrés »): neither Saturday, Sunday nor a public holiday, where the service is.

Sources: Code du travail, art. L3133-1 (the eleven holidays of the mainland), L3134-13 (Alsace and Moselle), L3422-2
(overseas); décret n° 83-1003 du 23 novembre 1983 (the day on which slavery was abolished). The territories of the
Pacific make their own law: only the common days are known of them. Pure.
"""

from __future__ import annotations

from datetime import date, timedelta

from materiel.domain.academies import departement_code

FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
"""Months and days of the holidays that do not move."""

AFTER_EASTER = (1, 39, 50)
"""Easter Monday, Ascension, Whit Monday, in days after Easter."""

ALSACE_MOSELLE = frozenset({"057", "067", "068"})
ABOLITION = {
    "971": (5, 27),
    "972": (5, 22),
    "973": (6, 10),
    "974": (12, 20),
    "976": (4, 27),
    "977": (10, 9),
    "978": (5, 28),
}
"""The day of each département or collectivité: month and day."""

SATURDAY = 5


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar. Source: Meeus, Astronomical Algorithms, chapter 8."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int, departement: str) -> frozenset[date]:
    """The public holidays (« jours fériés ») of a year in a département written with one, two or three characters."""
    code = departement_code(departement)
    found = {date(year, month, day) for month, day in FIXED}
    found |= {easter(year) + timedelta(days=days) for days in AFTER_EASTER}
    if code in ALSACE_MOSELLE:
        found |= {easter(year) - timedelta(days=2), date(year, 12, 26)}
    if code in ABOLITION:
        month, day = ABOLITION[code]
        found.add(date(year, month, day))
    return frozenset(found)


def is_working_day(day: date, departement: str) -> bool:
    """Whether a service of a département works on a day."""
    return day.weekday() < SATURDAY and day not in public_holidays(day.year, departement)


def working_day_from(day: date, departement: str) -> date:
    """The first working day from a day on, itself included."""
    while not is_working_day(day, departement):
        day += timedelta(days=1)
    return day
