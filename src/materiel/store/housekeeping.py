"""Technical rows that are over: count them, and delete them. Nothing that the archives decide about is here."""

from __future__ import annotations

from datetime import datetime

from materiel.domain.housekeeping import Remnant
from materiel.store.statement import Statement

# Each condition holds for what was over at an instant or before.
_OVER: dict[Remnant, tuple[str, str]] = {
    Remnant.SESSION: ("session", "expires_at <= {}"),
    Remnant.CODE: ("one_time_code", "expires_at <= {}"),
    Remnant.LINK: (
        "access_link",
        "COALESCE(revoked_at, expires_at) <= {}"
        " AND NOT EXISTS (SELECT 1 FROM signature_evidence WHERE signature_evidence.link = access_link.id)"
        # A code outlives its link by a day at most; it goes first.
        " AND NOT EXISTS (SELECT 1 FROM one_time_code WHERE one_time_code.link = access_link.id)",
    ),
    # Before the jobs, to which they refer.
    Remnant.IMPORT: ("import_file", "expires_at <= {}"),
    Remnant.ATTEMPT: ("attempt", "window_started_at <= {}"),
    Remnant.DEVICE: ("known_device", "last_at <= {}"),
    Remnant.READING: ("reading", "last_at <= {}"),
    Remnant.KEY: ("idempotency", "created_at <= {}"),
    Remnant.JOB: ("job", "state IN ('done', 'failed') AND finished_at <= {}"),
    # A message given up keeps no instant of its end: the last try was after it was written.
    Remnant.MESSAGE: (
        "outbox",
        "state <> 'sending'"
        " AND CASE WHEN state = 'queued' THEN created_at ELSE COALESCE(sent_at, next_attempt_at) END <= {}",
    ),
}
_COUNT = {
    remnant: Statement(f"SELECT count(*) AS found FROM {table} WHERE {over}")
    for remnant, (table, over) in _OVER.items()
}
_DELETE = {remnant: Statement(f"DELETE FROM {table} WHERE {over}") for remnant, (table, over) in _OVER.items()}
_DELETE_FILES = Statement(f"DELETE FROM job_file WHERE job IN (SELECT id FROM job WHERE {_OVER[Remnant.JOB][1]})")

KNOWN = tuple(_OVER)
"""What is in the database, in the order in which it can be deleted."""


async def count(remnant: Remnant, instant: datetime) -> int:
    """How many were over at an instant or before."""
    row = await _COUNT[remnant].fetch_one(instant)
    assert row is not None
    found: int = row["found"]
    return found


async def delete(remnant: Remnant, instant: datetime) -> int:
    """Delete what was over at an instant or before; how many there were. Call it inside a write transaction."""
    found = await count(remnant, instant)
    if found:
        if remnant is Remnant.JOB:
            await _DELETE_FILES.fetch(instant)
        await _DELETE[remnant].fetch(instant)
    return found
