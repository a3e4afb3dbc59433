"""Use: one of three words and a day; twice without use in a row is told, once dealt with no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.circuit.use import NotedBy, UseLevel, UseNote, check_meeting, unused_in_a_row
from materiel.errors import RuleBroken

TODAY = date(2026, 9, 7)
THING, OTHER = UUID(int=1), UUID(int=2)
U, L, N = UseLevel.USED, UseLevel.LITTLE, UseLevel.UNUSED


def said(*levels: UseLevel, item: UUID = THING, settled: bool = False) -> list[UseNote]:
    """One note for each meeting, the first one first; the last one dealt with or not."""
    notes = [
        UseNote(
            id=UUID(int=10 + rank),
            service_id=UUID(int=3),
            loan_id=UUID(int=4),
            item_id=item,
            level=level,
            said_on=TODAY - timedelta(days=100 - rank),
            noted_by="user:1",
            noted_at=datetime(2026, 9, 7, tzinfo=UTC),
        )
        for rank, level in enumerate(levels)
    ]
    return [*notes[:-1], replace(notes[-1], settled_at=notes[-1].noted_at)] if settled else notes


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        (said(N), False),
        (said(N, N), True),
        (said(U, N, N), True),
        (said(N, N, U), False),
        (said(N, L, N), False),
        (said(N, N, settled=True), False),
        (said(N, N, N), True),
        ([*said(N), *said(N, item=OTHER)], False),
        ([], False),
    ],
)
def test_the_last_two_meetings_without_use_are_told(notes: list[UseNote], told: bool) -> None:
    found = unused_in_a_row(reversed(notes), [THING])
    assert bool(found) is told
    if told:
        assert found == {THING: notes[-1].said_on}


def test_what_has_come_back_is_told_no_more() -> None:
    assert unused_in_a_row(said(N, N), []) == {}


def test_who_said_it_is_told_without_a_name() -> None:
    (note,) = said(U)
    assert note.by is NotedBy.SERVICE
    assert replace(note, noted_by="referent:2").by is NotedBy.REFERENT


def test_a_meeting_is_after_the_hand_over_and_not_to_come() -> None:
    since = TODAY - timedelta(days=10)
    check_meeting(TODAY, [U], since=since, today=TODAY)
    for day in (TODAY + timedelta(days=1), since - timedelta(days=1)):
        with refused(RuleBroken, "use.invalid") as caught:
            check_meeting(day, [], since=since, today=TODAY)
        assert [each.pointer for each in caught.value.errors] == ["/said_on", "/levels"]
