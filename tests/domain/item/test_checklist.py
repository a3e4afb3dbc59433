"""The lines that a service checks: cleaned when written, ticked in the words of the list, told when they are not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.item.checklist import (
    LINE_MAX,
    MOST_LINES,
    CheckedLine,
    CheckMoment,
    CheckSheet,
    checked_lines,
    ticked_lines,
)
from materiel.errors import Conflict, RuleBroken

BATTERY, KEYS = "La batterie tient une heure", "Les touches répondent"


def test_lines_are_cleaned_and_blank_ones_dropped() -> None:
    assert checked_lines([f" {BATTERY}  ", " ", KEYS]) == (BATTERY, KEYS)
    assert checked_lines([]) == ()


@pytest.mark.parametrize(
    "lines", [["a" * (LINE_MAX + 1)], [KEYS, KEYS.upper()], [str(rank) for rank in range(MOST_LINES + 1)]]
)
def test_a_list_that_nobody_would_read_is_refused(lines: list[str]) -> None:
    with refused(RuleBroken, "checklist.invalid"):
        checked_lines(lines)


def test_each_line_is_ticked_or_told() -> None:
    lines = ticked_lines((BATTERY, KEYS), (KEYS,))
    assert lines == (CheckedLine(text=BATTERY), CheckedLine(text=KEYS, done=True))
    sheet = CheckSheet(
        id=UUID(int=1),
        service_id=UUID(int=2),
        item_id=UUID(int=3),
        moment=CheckMoment.RETURN,
        done_on=date(2026, 9, 7),
        lines=lines,
        noted_at=datetime(2026, 9, 7, 9, 0, tzinfo=UTC),
    )
    assert sheet.left == (BATTERY,)
    with refused(Conflict, "checklist.changed"):
        ticked_lines((BATTERY,), (KEYS,))
