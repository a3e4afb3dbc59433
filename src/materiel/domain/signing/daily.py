"""When a service that asks for it reminds by itself: once each working day, from an hour on. Pure."""

from __future__ import annotations

from datetime import date, time, timedelta

from materiel.domain.calendar.working_day import is_working_day, working_day_from

REMINDED_FROM = time(7)
"""Where the service is: letters are there when mailboxes are opened, and nobody is woken."""


def is_due(today: date, clock: time, reminded_on: date | None, departement: str) -> bool:
    """Whether to remind now.

    Args:
        today: the civil day, where the service is.
        clock: what a clock on its wall shows.
        reminded_on: the day of the last time; one that is ahead was noted by a clock that was set back since.
        departement: of the service.
    """
    return reminded_on != today and clock >= REMINDED_FROM and is_working_day(today, departement)


def next_day(today: date, reminded_on: date | None, departement: str) -> date:
    """The day of the next time: today, unless it is done, or the next working day."""
    return working_day_from(today + timedelta(days=1) if reminded_on == today else today, departement)
