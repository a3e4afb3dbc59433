"""Erase a loan and a pupil of an elimination list whose visa is recorded, each inside the caller's transaction.

What names nobody moves to the `eliminated_…` tables first; the database's triggers then let the rest be deleted, and
nothing else. Each function does nothing the second time, so that work killed in the middle is taken up again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.store.engine.database import fetch, is_postgres
from materiel.store.engine.statement import Statement
from materiel.store.engine.turn import busy
from materiel.store.retention.retention import HELD, LAST_ACT, WAITED_FOR

# Locks the row on PostgreSQL: nobody holds the loan back between this and the deletion.
_TAKE = Statement(
    "UPDATE loan SET version = version + 1 WHERE id = {} AND service = {} AND status IN ('closed', 'cancelled')"
    f" AND EXISTS (SELECT 1 FROM elimination_loan AS listed WHERE listed.loan = loan.id AND listed.elimination = {{}})"
    f" AND NOT {HELD} RETURNING pupil"
)
_KEEP_LOAN = Statement(
    "INSERT INTO eliminated_loan (id, service, elimination, usage, custody, school_kind, departement, status,"
    " starts_on, ends_on, issued_on, handed_over_on, closed_on)"
    " SELECT loan.id, loan.service, listed.elimination, loan.usage, loan.custody,"
    " COALESCE(known.decided_kind, school.computed_kind), school.departement, loan.status,"
    " loan.starts_on, loan.ends_on, loan.issued_on, loan.handed_over_on, loan.closed_on"
    " FROM loan JOIN school ON school.id = loan.school"
    " LEFT JOIN school_contact AS known ON known.school = school.id AND known.service = loan.service"
    " JOIN elimination_loan AS listed ON listed.loan = loan.id"
    " WHERE loan.id = {}"
)
_KEEP_ITEMS = Statement(
    "INSERT INTO eliminated_loan_item (id, loan, item, added_on, handed_over_on, condition_out, returned_on,"
    " condition_in, removed_on) SELECT id, loan, item, added_on, handed_over_on, condition_out, returned_on,"
    " condition_in, removed_on FROM loan_item WHERE loan = {}"
)
_KEEP_PAPERS = Statement(
    "INSERT INTO eliminated_document (id, service, loan, kind, number, issued_on, code, sha256, pages)"
    " SELECT id, service, loan, kind, number, issued_on, code, sha256, pages FROM document WHERE loan = {}"
    " RETURNING id"
)
_PAPERS = "SELECT id FROM document WHERE loan = {}"
_OF_PAPERS = (
    "remark_reading",
    "signature_evidence",
    "signed_copy",
    "signature",
    "recipient",
    "document_scan",
    "document_file",
)
_DELETE_LOAN = [
    Statement(f"DELETE FROM correction WHERE subject IN ({_PAPERS})"),
    Statement("DELETE FROM correction WHERE subject = {}"),
    Statement("DELETE FROM outbox WHERE loan = {}"),
    Statement(f"DELETE FROM outbox WHERE document IN ({_PAPERS})"),
    Statement("DELETE FROM outbox WHERE incident IN (SELECT id FROM incident WHERE loan = {})"),
    Statement("DELETE FROM photo WHERE loan = {}"),
    Statement("DELETE FROM photo WHERE incident IN (SELECT id FROM incident WHERE loan = {})"),
    *(Statement(f"DELETE FROM {table} WHERE loan = {{}}") for table in ("condition_state", "condition_remark")),
    Statement("DELETE FROM incident_note WHERE incident IN (SELECT id FROM incident WHERE loan = {})"),
    Statement("DELETE FROM incident_file WHERE incident IN (SELECT id FROM incident WHERE loan = {})"),
    Statement(f"DELETE FROM scan_box WHERE page IN (SELECT id FROM scan_page WHERE document IN ({_PAPERS}))"),
    Statement(f"DELETE FROM scan_page WHERE document IN ({_PAPERS})"),
    *(Statement(f"DELETE FROM {table} WHERE document IN ({_PAPERS})") for table in _OF_PAPERS),
    Statement(f"DELETE FROM outbox WHERE attachment IN ({_PAPERS})"),
    *(Statement(f"DELETE FROM {table} WHERE loan = {{}}") for table in ("document", "presence", "loan_school")),
    *(
        Statement(f"DELETE FROM {table} WHERE loan = {{}}")
        for table in ("use_note", "examination_sheet", "loan_item", "loan_scan", "loan_pause", "campaign_line")
    ),
    Statement("DELETE FROM elimination_loan WHERE loan = {}"),
    # What a stocktake found stays with the item; nothing then leads to who had it, nor tells what they answered.
    Statement("UPDATE stocktake_line SET loan = NULL, note = '' WHERE loan = {}"),
    # A need that was met stays with its pupil: its delay counts in the figures.
    Statement("UPDATE need SET loan = NULL WHERE loan = {}"),
    # What a recall concerned stays with the item, without whoever was told.
    Statement("UPDATE safety_line SET loan = NULL, acknowledged_by = '' WHERE loan = {}"),
    # A seat lent with it stays taken until its software is said to be gone.
    Statement("UPDATE licence_seat SET loan = NULL, left_over = (ended_as IS NULL) WHERE loan = {}"),
    Statement(
        "UPDATE incident SET loan = NULL, description = '', resolution = '', fault_reason = '', declared_by = '',"
        " declared_link = NULL, version = version + 1 WHERE loan = {}"
    ),
    Statement("DELETE FROM loan WHERE id = {}"),
]
"""In this order: what refers to a row goes before it."""

_IS_NEEDED = Statement(
    "SELECT 1 AS needed FROM pupil WHERE pupil.id = {} AND (pupil.created_at >= {}"
    f" OR {LAST_ACT} >= {{}} OR {WAITED_FOR} OR EXISTS (SELECT 1 FROM loan WHERE loan.pupil = pupil.id))"
)
_TAKE_PUPIL = Statement("UPDATE pupil SET version = version + 1 WHERE id = {} AND service = {} RETURNING id")
_LINKS = "SELECT id FROM access_link WHERE pupil = {}"
_DELETE_PUPIL = [
    Statement("DELETE FROM outbox WHERE pupil = {}"),
    # A message is found by what it is about, never by its address: brothers and parents share mailboxes.
    Statement("DELETE FROM outbox WHERE person IN (SELECT id FROM representative WHERE pupil = {})"),
    Statement(f"DELETE FROM outbox WHERE link IN ({_LINKS})"),
    Statement(f"DELETE FROM one_time_code WHERE link IN ({_LINKS})"),
    Statement(
        "DELETE FROM session WHERE subject_kind = 'family' AND subject_id IN"
        " (SELECT CAST(id AS VARCHAR(40)) FROM access_link WHERE pupil = {})"
    ),
    *(
        Statement(f"DELETE FROM {table} WHERE pupil = {{}}")
        for table in ("access_link", "leaving", "need", "home", "representative", "elimination_pupil")
    ),
    Statement("DELETE FROM correction WHERE subject = {}"),
    # What a record was before an import completed it.
    Statement("DELETE FROM import_change WHERE subject = {} AND before IS NOT NULL"),
    Statement("DELETE FROM pupil WHERE id = {}"),
]
VACUUMED = (
    *("pupil", "home", "representative", "access_link", "one_time_code", "session", "outbox", "loan"),
    *("incident", "incident_note", "incident_file", "photo", "correction", "leaving", "need", "use_note"),
    *("stocktake_line", "examination_sheet", "condition_state", "condition_remark"),
    *("scan_page", "scan_box"),
    *("loan_scan", "document", "document_file", "document_scan", "signature", "signature_evidence", "recipient"),
    "signed_copy",
)
"""Tables from which names were deleted."""

PATIENCE = 100
WAIT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ErasedLoan:
    """What was done of one loan: its pupil, if it had one, and how many papers went."""

    pupil_id: UUID | None
    documents: int


async def erase_loan(loan_id: UUID, service_id: UUID, elimination_id: UUID) -> ErasedLoan | None:
    """Erase a loan of a list; None when it is gone, held back, or not on that list."""
    taken = await _TAKE.fetch_one(loan_id, service_id, elimination_id)
    if taken is None:
        return None
    await _KEEP_LOAN.fetch(loan_id)
    await _KEEP_ITEMS.fetch(loan_id)
    documents = len(await _KEEP_PAPERS.fetch(loan_id))
    for statement in _DELETE_LOAN:
        await statement.fetch(loan_id)
    return ErasedLoan(taken["pupil"], documents)


async def erase_pupil(pupil_id: UUID, service_id: UUID, kept_since: datetime) -> bool:
    """Erase a pupil, his homes, representatives, links and messages; False when he is gone, or still needed.

    Args:
        kept_since: a record about which something was done since this instant is kept.
    """
    if await _TAKE_PUPIL.fetch_one(pupil_id, service_id) is None:
        return False
    if await _IS_NEEDED.fetch_one(pupil_id, kept_since, kept_since) is not None:
        return False
    await delete_pupil_rows(pupil_id)
    return True


async def delete_pupil_rows(pupil_id: UUID) -> None:
    """Delete a pupil and all that hangs below, inside the transaction of a caller who has made sure that it may go."""
    for statement in _DELETE_PUPIL:
        await statement.fetch(pupil_id)


async def scrub() -> None:
    """Make the file forget what was deleted; outside any transaction.

    SQLite overwrites what it deletes, but copies cells when it splits a page: only a file written anew holds nothing
    of them (measured: 2 names of 2,500 were still readable). PostgreSQL gives the space of dead rows back.

    Raises:
        Unavailable: `database.busy`, somebody reads the former state for too long.
    """
    if is_postgres():
        for table in VACUUMED:
            await fetch(f"VACUUM {table}")
        return
    # A deleted name stays in the segments of its index until they are merged.
    await fetch("INSERT INTO person_trigram (person_trigram) VALUES ('optimize')")
    await fetch("VACUUM")
    for _ in range(PATIENCE):
        # The write-ahead log holds former pages until it is emptied.
        state = (await fetch("PRAGMA wal_checkpoint(TRUNCATE)"))[0]
        if not state["busy"]:
            return
        await asyncio.sleep(WAIT_SECONDS)
    raise busy()
