from __future__ import annotations

from datetime import UTC, datetime

import pytest

from materiel.domain.signing.reminding import MOST_LETTERS, REMIND_AFTER, reminder_due

LAST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("letters", "last", "due"),
    [
        (0, None, None),
        (1, LAST, LAST + REMIND_AFTER),
        (MOST_LETTERS - 1, LAST, LAST + REMIND_AFTER),
        (MOST_LETTERS, LAST, None),
    ],
)
def test_a_person_is_reminded_a_week_later_a_few_times(
    letters: int, last: datetime | None, due: datetime | None
) -> None:
    assert reminder_due(letters, last) == due
