"""When somebody who was asked for a signature is written to again: once a week, a few times."""

from __future__ import annotations

from datetime import datetime, timedelta

REMIND_AFTER = timedelta(days=7)
MOST_LETTERS = 6
"""About one box, the first one included; beyond, a telephone call is worth more."""


def reminder_due(letters: int, last: datetime | None) -> datetime | None:
    """When a person is to be reminded who was written to so many times about one box; None for never.

    Whoever was handed a print, and never written to, is not.
    """
    return last + REMIND_AFTER if 0 < letters < MOST_LETTERS and last is not None else None
