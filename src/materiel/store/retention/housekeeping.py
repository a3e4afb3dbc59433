"""Technical rows that are over: count them, and forget them. Nothing that the archives decide about is here."""

from __future__ import annotations

from datetime import datetime

from materiel.domain.work.housekeeping import Remnant
from materiel.store.engine.statement import Statement

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
    Remnant.REFERENT_LINK: ("referent_link", "COALESCE(revoked_at, expires_at) <= {}"),
    # After the links, which refer to them; the schools of the sector go first.
    Remnant.REFERENT: (
        "referent",
        "referent.ends_on <= {}"
        " AND NOT EXISTS (SELECT 1 FROM referent_link WHERE referent_link.referent = referent.id)",
    ),
    # Before the jobs, to which they refer.
    Remnant.IMPORT: ("import_file", "COALESCE(import_file.kept_until, import_file.expires_at) <= {}"),
    Remnant.PRINTED: ("job_output", "expires_at <= {}"),
    Remnant.ATTEMPT: ("attempt", "window_started_at <= {}"),
    Remnant.DEVICE: ("known_device", "last_at <= {}"),
    Remnant.READING: ("reading", "last_at <= {}"),
    Remnant.CALL: ("webhook_call", "state IN ('sent', 'dead') AND COALESCE(sent_at, next_attempt_at) <= {}"),
    Remnant.KEY: ("idempotency", "created_at <= {}"),
    Remnant.JOB: ("job", "job.state IN ('done', 'failed') AND job.finished_at <= {}"),
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
_KEYS = {"session": "id_hash", "attempt": "bucket"}
# A job goes once its files and its lines are gone.
_FREE = {
    Remnant.JOB: " AND NOT EXISTS (SELECT 1 FROM job_file WHERE job_file.job = job.id)"
    " AND NOT EXISTS (SELECT 1 FROM job_line WHERE job_line.job = job.id)"
}
_DELETE = {
    remnant: Statement(
        f"DELETE FROM {table} WHERE {_KEYS.get(table, 'id')} IN (SELECT {_KEYS.get(table, 'id')} FROM {table}"
        f" WHERE {over}{_FREE.get(remnant, '')} LIMIT {{}}) RETURNING 1 AS deleted"
    )
    for remnant, (table, over) in _OVER.items()
}
_DELETE_SECTORS = Statement(
    "DELETE FROM referent_school WHERE id IN (SELECT referent_school.id FROM referent_school"
    f" JOIN referent ON referent.id = referent_school.referent WHERE {_OVER[Remnant.REFERENT][1]} LIMIT {{}})"
    " RETURNING id"
)
_DELETE_FILES = Statement(
    "DELETE FROM job_file WHERE id IN (SELECT job_file.id FROM job_file JOIN job ON job.id = job_file.job"
    f" WHERE {_OVER[Remnant.JOB][1]} LIMIT {{}}) RETURNING id"
)
_DELETE_CHANGES = Statement(
    "DELETE FROM import_change WHERE id IN (SELECT import_change.id FROM import_change"
    " JOIN import_file ON import_file.id = import_change.import_file"
    f" WHERE {_OVER[Remnant.IMPORT][1]} LIMIT {{}}) RETURNING id"
)
_DELETE_CONTENTS = Statement(
    "DELETE FROM import_content WHERE id IN (SELECT import_content.id FROM import_content"
    " JOIN import_file ON import_file.id = import_content.import_file WHERE import_file.expires_at <= {} LIMIT {})"
    " RETURNING id"
)
_DELETE_PARTS = Statement(
    "DELETE FROM job_output_part WHERE id IN (SELECT job_output_part.id FROM job_output_part"
    f" JOIN job_output ON job_output.id = job_output_part.output WHERE {_OVER[Remnant.PRINTED][1]} LIMIT {{}})"
    " RETURNING id"
)
# What a former release kept.
_EMPTY_FILES = Statement(
    "UPDATE import_file SET content = {} WHERE id IN (SELECT id FROM import_file WHERE expires_at <= {}"
    " AND kept_until IS NOT NULL AND length(content) > 0 LIMIT {}) RETURNING id"
)
_DELETE_LINES = Statement(
    "DELETE FROM job_line WHERE id IN (SELECT job_line.id FROM job_line JOIN job ON job.id = job_line.job"
    f" WHERE {_OVER[Remnant.JOB][1]} LIMIT {{}}) RETURNING id"
)
ROWS_AT_ONCE = 500
FILES_AT_ONCE = 5
"""What one transaction deletes, at most: a file may hold tens of millions of bytes."""

KNOWN = tuple(_OVER)
"""What is in the database, in the order in which it can be deleted."""


async def count(remnant: Remnant, instant: datetime) -> int:
    """How many were over at an instant or before."""
    row = await _COUNT[remnant].fetch_one(instant)
    assert row is not None
    found: int = row["found"]
    return found


async def forget_some(remnant: Remnant, instant: datetime) -> tuple[int, bool]:
    """Forget some of what was over at an instant or before: how many, and whether there may be more.

    Call it inside a write transaction, until there is no more.
    """
    if remnant is Remnant.REFERENT and await _DELETE_SECTORS.fetch(instant, ROWS_AT_ONCE):
        return 0, True
    if remnant is Remnant.JOB and await _DELETE_FILES.fetch(instant, FILES_AT_ONCE):
        return 0, True
    if remnant is Remnant.PRINTED and await _DELETE_PARTS.fetch(instant, FILES_AT_ONCE):
        return 0, True
    if remnant is Remnant.JOB and await _DELETE_LINES.fetch(instant, ROWS_AT_ONCE):
        return 0, True
    if remnant is Remnant.IMPORT and await _DELETE_CHANGES.fetch(instant, ROWS_AT_ONCE):
        return 0, True
    if remnant is Remnant.IMPORT and await _DELETE_CONTENTS.fetch(instant, FILES_AT_ONCE):
        return 0, True
    if remnant is Remnant.IMPORT and await _EMPTY_FILES.fetch(b"", instant, FILES_AT_ONCE):
        return 0, True
    most = FILES_AT_ONCE if remnant in (Remnant.IMPORT, Remnant.PRINTED) else ROWS_AT_ONCE
    forgotten = len(await _DELETE[remnant].fetch(instant, most))
    return forgotten, forgotten == most
