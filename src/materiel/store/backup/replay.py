"""What was erased on purpose stays erased: the eliminations, deletions of pupils and of files that a base has known.

They are read in the base that is there, before a backup takes its place, and done again in what the backup brings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.retention.retention import Elimination
from materiel.errors import Conflict
from materiel.store.engine.database import Row
from materiel.store.engine.statement import Statement
from materiel.store.history import journal
from materiel.store.people import removal
from materiel.store.retention import elimination as eliminations
from materiel.store.retention import erasure

RETENTION, FILE_REMOVAL = "2026-11-26T00:00:10:000000", "2026-11-28T00:01:30:000000"
"""The migrations before which a base erased nothing of the kind."""

ACTOR = "cli"

_LOANS = Statement("SELECT id, service, elimination, status, closed_on FROM eliminated_loan ORDER BY id")
_PUPILS = Statement(
    "SELECT chain, subject_id, action, details FROM journal WHERE action IN ('pupil.eliminated', 'pupil.deleted')"
    " ORDER BY chain, sequence"
)
_FILES = Statement(
    "SELECT id, removed_at, removed_by, removed_reason FROM incident_file WHERE removed_at IS NOT NULL ORDER BY id"
)
_LOAN = Statement("SELECT status FROM loan WHERE id = {}")
_PUPIL = Statement("SELECT id FROM pupil WHERE id = {} AND service = {}")
_HAS_LOAN = Statement("SELECT 1 AS found FROM loan WHERE pupil = {} LIMIT 1")
_KNOWN = Statement("SELECT visa_on, finished_at FROM elimination WHERE id = {}")
_LIST_LOAN = Statement(
    "INSERT INTO elimination_loan (loan, elimination) SELECT id, {} FROM loan WHERE id = {} AND NOT EXISTS"
    " (SELECT 1 FROM elimination_loan AS listed WHERE listed.loan = loan.id)"
)
_END_LOAN = Statement("UPDATE loan SET status = {}, closed_on = {}, version = version + 1 WHERE id = {}")
_LET_GO = (
    Statement("DELETE FROM loan_hold WHERE loan = {}"),
    Statement("UPDATE incident SET state = 'closed', version = version + 1 WHERE loan = {} AND state = 'open'"),
)
_DROP_PHOTO = Statement("DELETE FROM photo WHERE file = {}")
_EMPTY_FILE = Statement(
    "UPDATE incident_file SET content = {}, removed_at = {}, removed_by = {}, removed_reason = {}"
    " WHERE id = {} AND removed_at IS NULL RETURNING id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """What a base remembers of what it erased: identifiers, and the visas under which it was done."""

    eliminations: Sequence[Elimination]
    loans: Sequence[Row]
    pupils: Sequence[Row]
    files: Sequence[Row]


@dataclass(slots=True)
class Replayed:
    """How much was erased again."""

    loans: int = 0
    pupils: int = 0
    files: int = 0

    def __bool__(self) -> bool:
        return bool(self.loans or self.pupils or self.files)


async def read_erased(migrations: frozenset[str]) -> Erasures:
    """What the bound base, which has run these migrations, erased until now."""
    has_lists = RETENTION in migrations
    return Erasures(
        eliminations=await eliminations.visaed() if has_lists else (),
        loans=await _LOANS.fetch() if has_lists else (),
        pupils=await _PUPILS.fetch(),
        files=await _FILES.fetch() if FILE_REMOVAL in migrations else (),
    )


async def replay(erased: Erasures, now: datetime) -> Replayed:
    """Erase in the bound base what is still there of it, inside the transaction of the caller.

    Raises:
        Conflict: `backup.too_old`, what was erased is still in use there.
    """
    done = Replayed()
    for elimination in erased.eliminations:
        await _eliminate(elimination, erased, done, now)
    for row in erased.pupils:
        if row["action"] == "pupil.deleted" and await _PUPIL.fetch_one(UUID(row["subject_id"]), UUID(row["chain"])):
            await _delete_pupil(row, done, now)
    for row in erased.files:
        emptied = (b"", row["removed_at"], row["removed_by"], row["removed_reason"], row["id"])
        await _DROP_PHOTO.fetch(row["id"])
        if await _EMPTY_FILE.fetch_one(*emptied):
            done.files += 1
    return done


async def _eliminate(elimination: Elimination, erased: Erasures, done: Replayed, now: datetime) -> None:
    """Do one elimination again, under the same visa, when something of it came back."""
    loans = [row for row in erased.loans if row["elimination"] == elimination.id and await _LOAN.fetch_one(row["id"])]
    gone = [
        UUID(row["subject_id"])
        for row in erased.pupils
        if row["action"] == "pupil.eliminated"
        and json.loads(row["details"]).get("elimination") == str(elimination.id)
        and await _PUPIL.fetch_one(UUID(row["subject_id"]), elimination.service_id)
    ]
    if not loans and not gone:
        return
    await _give_visa(elimination, [row["id"] for row in loans], now)
    for row in loans:
        await _eliminate_loan(row, elimination, now)
        done.loans += 1
    for pupil_id in gone:
        await _eliminate_pupil(pupil_id, elimination, now)
        done.pupils += 1
    if elimination.finished_at is not None:
        await eliminations.finish(elimination.id, elimination.finished_at)


async def _give_visa(elimination: Elimination, loan_ids: Sequence[UUID], now: datetime) -> None:
    """Bring the list and its visa, which the backup may not have; a list prepared meanwhile is given up."""
    assert elimination.visa is not None
    known = await _KNOWN.fetch_one(elimination.id)
    if known is not None and known["visa_on"] is not None:
        return
    other = await eliminations.current(elimination.service_id)
    if other is not None and other.id != elimination.id:
        await eliminations.delete(other.id)
    if known is None:
        await eliminations.insert(elimination)
    for loan_id in loan_ids:
        await _LIST_LOAN.fetch(elimination.id, loan_id)
    await eliminations.give_visa(elimination.id, elimination.visa)
    visaed = await eliminations.get(elimination.id, elimination.service_id)
    details = {
        "visa_on": elimination.visa.on.isoformat(),
        "files": elimination.files,
        "sha256": eliminations.digest(visaed),
    }
    await _note("elimination.visaed", "elimination", elimination.id, elimination.service_id, details, now)


async def _eliminate_loan(row: Row, elimination: Elimination, now: datetime) -> None:
    found = await _LOAN.fetch_one(row["id"])
    assert found is not None
    if found["status"] not in ("returned", "cancelled", "closed", "draft"):
        raise too_old()
    await _END_LOAN.fetch(row["status"], row["closed_on"], row["id"])
    for statement in _LET_GO:
        await statement.fetch(row["id"])
    gone = await erasure.erase_loan(row["id"], elimination.service_id, elimination.id)
    if gone is None:
        raise too_old()
    details = {"elimination": str(elimination.id), "documents": gone.documents}
    await _note("loan.eliminated", "loan", row["id"], elimination.service_id, details, now)


async def _eliminate_pupil(pupil_id: UUID, elimination: Elimination, now: datetime) -> None:
    if await _HAS_LOAN.fetch_one(pupil_id):
        raise too_old()
    await erasure.delete_pupil_rows(pupil_id)
    await eliminations.count_pupil(elimination.id)
    details = {"elimination": str(elimination.id)}
    await _note("pupil.eliminated", "pupil", pupil_id, elimination.service_id, details, now)


async def _delete_pupil(row: Row, done: Replayed, now: datetime) -> None:
    pupil_id = UUID(row["subject_id"])
    if await removal.has_issued(pupil_id):
        raise too_old()
    await removal.delete(pupil_id)
    await _note("pupil.deleted", "pupil", pupil_id, UUID(row["chain"]), json.loads(row["details"]), now)
    done.pupils += 1


async def _note(
    action: str, kind: str, subject_id: UUID, service_id: UUID, details: Mapping[str, object], now: datetime
) -> None:
    await journal.By(service_id, ACTOR, now).note(action, subject_id, details, of=kind)


def too_old() -> Conflict:
    """The refusal of a backup in which what was erased since is still in use."""
    return Conflict(
        "backup.too_old",
        "Cette sauvegarde est trop ancienne : des prêts ou des élèves éliminés ou supprimés depuis y sont encore en "
        "cours, et leurs noms reviendraient. Rien n'a été changé. Restaurez une sauvegarde plus récente.",
    )
