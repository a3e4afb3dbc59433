"""Needs that wait for a hand: asked by a référent, received, of another time, on trial until soon. A page, a count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from materiel.domain.circuit.need import FORGOTTEN_AFTER, TRIAL_TOLD, NeedLine
from materiel.store.circuit.need import LINE_FROM, LINE_SELECT, need_line
from materiel.store.engine.rows import as_date
from materiel.store.engine.statement import Statement


class NeedWait(StrEnum):
    """Why a need waits for the service."""

    ASKED = "asked"
    RECEIVED = "received"
    FORGOTTEN = "forgotten"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNeed:
    """A need, and the day since when, or by when, it wants a hand."""

    line: NeedLine
    day: date


_OPEN = "need.state = 'open' AND need.loan IS NULL"
# Each names the day and the condition; `{{}}` of a condition is a day.
_WAITS: dict[NeedWait, tuple[str, str]] = {
    NeedWait.ASKED: ("need.notified_on", "need.state = 'asked'"),
    NeedWait.RECEIVED: ("need.received_on", f"{_OPEN} AND need.received_on IS NOT NULL"),
    # What was received is told already. A decision that has ended, or that nobody has met for years: the record of the
    # pupil is kept because of it.
    NeedWait.FORGOTTEN: (
        "need.notified_on",
        f"{_OPEN} AND need.received_on IS NULL AND (need.valid_until < {{}} OR need.notified_on < {{}})",
    ),
    # Until it is renewed as a loan, or has come back.
    NeedWait.TRIAL: (
        "need.valid_until",
        "need.state = 'met' AND need.kind = 'trial' AND need.valid_until <= {} AND EXISTS (SELECT 1 FROM loan"
        " JOIN loan_item ON loan_item.loan = loan.id WHERE loan.id = need.loan AND loan.status = 'handed_over'"
        " AND loan.renewal IS NULL AND loan.renewed_by IS NULL AND loan.recalled_on IS NULL"
        " AND loan_item.handed_over_on IS NOT NULL AND loan_item.removed_on IS NULL)",
    ),
}
_LIVING = "need.service = {} AND pupil.died_on IS NULL"
_COUNTS = {
    why: Statement(
        f"SELECT count(*) AS found FROM (SELECT 1 {LINE_FROM} WHERE {_LIVING} AND {condition} LIMIT {{}}) AS few"
    )
    for why, (_, condition) in _WAITS.items()
}
_PAGES = {
    why: Statement(
        f"SELECT {LINE_SELECT}, {day} AS day {LINE_FROM} WHERE {_LIVING} AND {condition}"
        f" AND ({day} > {{}} OR ({day} = {{}} AND need.id > {{}})) ORDER BY {day}, need.id LIMIT {{}}"
    )
    for why, (day, condition) in _WAITS.items()
}


async def count(service_id: UUID, why: NeedWait, today: date, limit: int) -> int:
    """How many there are, up to a limit."""
    row = await _COUNTS[why].fetch_one(service_id, *_days(why, today), limit)
    return row["found"] if row is not None else 0


async def page(
    service_id: UUID, why: NeedWait, today: date, *, limit: int, after: tuple[date, UUID] | None = None
) -> list[WaitingNeed]:
    """At most so many, in the order of their day, after one of them."""
    day, need_id = after or (date.min, UUID(int=0))
    rows = await _PAGES[why].fetch(service_id, *_days(why, today), day, day, need_id, limit)
    return [WaitingNeed(line=need_line(row), day=as_date(row["day"])) for row in rows]


def _days(why: NeedWait, today: date) -> tuple[date, ...]:
    if why is NeedWait.FORGOTTEN:
        return today, today - FORGOTTEN_AFTER
    return (today + TRIAL_TOLD,) if why is NeedWait.TRIAL else ()
