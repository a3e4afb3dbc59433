"""Eliminations: the list of loans and pupils, what it is made of, its visa and its end."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from materiel.domain.calendar.civil_day import civil_date
from materiel.domain.retention.retention import Elimination, InventoryLine, Nature, Visa
from materiel.domain.usage import Usage
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import as_date
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.retention.retention import (
    ENDED,
    HELD,
    LAST_ACT,
    LOAN_OVER,
    PUPIL_OVER,
    LoanOver,
    line_statement,
)
from materiel.store.retention.retention import loan_over as _loan_over
from materiel.store.tables import EliminationRow

_GET = Statement("SELECT * FROM elimination WHERE id = {} AND service = {}")
_VISAED = Statement("SELECT * FROM elimination WHERE visa_on IS NOT NULL ORDER BY id")
_VISAED_OF = Statement("SELECT * FROM elimination WHERE service = {} AND visa_on IS NOT NULL ORDER BY id")
_CURRENT = Statement("SELECT * FROM elimination WHERE service = {} AND finished_at IS NULL")
_PAGE = Statement(
    "SELECT * FROM elimination WHERE service = {} AND finished_at IS NOT NULL AND id < {} ORDER BY id DESC LIMIT {}"
)
_LIST_LOANS = Statement(
    "INSERT INTO elimination_loan (loan, elimination) SELECT loan.id, elimination.id FROM loan"
    f" JOIN elimination ON elimination.id = {{}} WHERE {LOAN_OVER} AND NOT {HELD}"
)
_LIST_PUPILS = Statement(
    "INSERT INTO elimination_pupil (pupil, elimination) SELECT pupil.id, elimination.id FROM pupil"
    f" JOIN elimination ON elimination.id = {{}} WHERE {PUPIL_OVER}"
)
_SIZE = (
    "(SELECT COALESCE(sum(length(file.pdf)), 0) FROM document_file AS file"
    " JOIN document ON document.id = file.document WHERE document.loan = loan.id)"
    " + (SELECT COALESCE(sum(length(scan.content)), 0) FROM document_scan AS scan"
    " JOIN document ON document.id = scan.document WHERE document.loan = loan.id)"
    " + (SELECT COALESCE(sum(length(old.content)), 0) FROM loan_scan AS old WHERE old.loan = loan.id)"
    " + (SELECT COALESCE(sum(length(sent.content)), 0) FROM incident_file AS sent"
    " JOIN incident ON incident.id = sent.incident WHERE incident.loan = loan.id)"
)
_LOANS_LISTED = Statement(
    "SELECT usage, substr(CAST(ended_on AS VARCHAR(10)), 1, 4) AS year, min(first_on) AS first_on,"
    " max(ended_on) AS last_on, count(*) AS files, sum(documents) AS documents, sum(size) AS size FROM ("
    f" SELECT loan.usage, {ENDED} AS ended_on,"
    " COALESCE(loan.issued_on, loan.handed_over_on, loan.closed_on) AS first_on,"
    f" (SELECT count(*) FROM document WHERE document.loan = loan.id) AS documents, {_SIZE} AS size"
    " FROM elimination_loan AS listed JOIN loan ON loan.id = listed.loan WHERE listed.elimination = {}"
    ") AS listed_loan GROUP BY 1, 2 ORDER BY 1, 2"
)
_PUPILS_LISTED = Statement(
    f"SELECT pupil.created_at AS first_at, {LAST_ACT} AS last_at FROM elimination_pupil AS listed"
    " JOIN pupil ON pupil.id = listed.pupil WHERE listed.elimination = {}"
)
_SET_INVENTORY = Statement("UPDATE elimination SET inventory = {} WHERE id = {}")
_GIVE_VISA = Statement(
    "UPDATE elimination SET visa_on = {}, visa_reference = {}, visaed_by = {}, visaed_at = {}"
    " WHERE id = {} AND visa_on IS NULL RETURNING id"
)
_SET_JOB = Statement("UPDATE elimination SET job = {} WHERE id = {}")
_COUNT_PUPIL = Statement("UPDATE elimination SET pupils = pupils + 1 WHERE id = {}")
_FINISH = Statement("UPDATE elimination SET finished_at = {} WHERE id = {} AND finished_at IS NULL RETURNING id")
_DELETE = Statement("DELETE FROM elimination WHERE id = {}")
_UNLIST_LOANS = Statement("DELETE FROM elimination_loan WHERE elimination = {} RETURNING loan")
_UNLIST_PUPILS = Statement("DELETE FROM elimination_pupil WHERE elimination = {} RETURNING pupil")
_LOANS = Statement("SELECT loan FROM elimination_loan WHERE elimination = {} AND loan > {} ORDER BY loan LIMIT {}")
_PUPILS = Statement("SELECT pupil FROM elimination_pupil WHERE elimination = {} AND pupil > {} ORDER BY pupil LIMIT {}")
_LEFT = Statement(
    "SELECT (SELECT count(*) FROM elimination_loan WHERE elimination = {})"
    " + (SELECT count(*) FROM elimination_pupil WHERE elimination = {}) AS found"
)
_LINES = line_statement("loan.id IN (SELECT listed.loan FROM elimination_loan AS listed WHERE listed.elimination = {})")
_LAST = UUID(int=2**128 - 1)

_ELIMINATION = Mapper(Elimination, EliminationRow, given=("visa",))
_NEITHER_SEEN_NOR_DONE = {
    **{"visa_on": None, "visa_reference": "", "visaed_by": "", "visaed_at": None},
    **{"job": None, "pupils": 0, "finished_at": None},
}


async def insert(elimination: Elimination) -> None:
    """Add an elimination without its list.

    Raises:
        Conflict: `elimination.under_way`, the service has one that is not over.
    """
    busy = Conflict(
        "elimination.under_way",
        "Un bordereau est déjà préparé ou une élimination est en cours. Terminez-la, ou abandonnez ce bordereau.",
    )
    with refusing({"elimination_service_key": busy}):
        await insert_rows(EliminationRow, _ELIMINATION.row(elimination, **_NEITHER_SEEN_NOR_DONE))


async def list_all(
    elimination: Elimination, first_kept: date, kept_since: datetime, zone: ZoneInfo
) -> tuple[InventoryLine, ...]:
    """Put on the list what is over and not held; what the list is made of, which is kept."""
    await _LIST_LOANS.fetch(elimination.id, elimination.service_id, first_kept)
    await _LIST_PUPILS.fetch(elimination.id, elimination.service_id, kept_since, kept_since)
    inventory = (
        *[_line(row) for row in await _LOANS_LISTED.fetch(elimination.id)],
        *_pupil_lines(await _PUPILS_LISTED.fetch(elimination.id), zone),
    )
    await _SET_INVENTORY.fetch(inventory_text(inventory), elimination.id)
    return inventory


async def get(elimination_id: UUID, service_id: UUID) -> Elimination:
    """The elimination of an id in a service.

    Raises:
        NotFound: `elimination.not_found`.
    """
    row = await _GET.fetch_one(elimination_id, service_id)
    if row is None:
        raise NotFound("elimination.not_found", "Ce bordereau n’existe pas dans votre service, ou il a été abandonné.")
    return _elimination(row)


async def visaed(service_id: UUID | None = None) -> list[Elimination]:
    """The eliminations whose visa is recorded, of a service or of all, oldest first."""
    rows = await (_VISAED.fetch() if service_id is None else _VISAED_OF.fetch(service_id))
    return [_elimination(row) for row in rows]


async def current(service_id: UUID) -> Elimination | None:
    """The elimination of a service that is prepared or under way, or None."""
    row = await _CURRENT.fetch_one(service_id)
    return None if row is None else _elimination(row)


async def page(service_id: UUID, *, limit: int, before: UUID | None = None) -> list[Elimination]:
    """At most `limit` eliminations that are over, newest first, before one of them."""
    return [_elimination(row) for row in await _PAGE.fetch(service_id, before or _LAST, limit)]


async def lines(elimination_id: UUID, *, limit: int, after: UUID | None = None) -> list[LoanOver]:
    """At most `limit` loans still on a list after one of them."""
    return [_loan_over(row) for row in await _LINES.fetch(elimination_id, after or UUID(int=0), limit)]


async def give_visa(elimination_id: UUID, visa: Visa) -> bool:
    """Record the visa; False when there is one already. From then on the list is frozen."""
    given = await _GIVE_VISA.fetch_one(visa.on, visa.reference, visa.recorded_by, visa.recorded_at, elimination_id)
    return given is not None


async def set_job(elimination_id: UUID, job_id: UUID) -> None:
    """Note the work that carries an elimination out."""
    await _SET_JOB.fetch(job_id, elimination_id)


async def count_pupil(elimination_id: UUID) -> None:
    """Count one pupil whose data were deleted, in the transaction that deletes them."""
    await _COUNT_PUPIL.fetch(elimination_id)


async def finish(elimination_id: UUID, at: datetime) -> int:
    """End an elimination: what was held back since leaves the list; how many."""
    left = await unlist(elimination_id)
    await _FINISH.fetch(at, elimination_id)
    return left


async def unlist(elimination_id: UUID) -> int:
    """Take everything off a list; how many were still on it."""
    return len(await _UNLIST_LOANS.fetch(elimination_id)) + len(await _UNLIST_PUPILS.fetch(elimination_id))


async def delete(elimination_id: UUID) -> None:
    """Forget a list without visa."""
    await unlist(elimination_id)
    await _DELETE.fetch(elimination_id)


async def listed_loans(elimination_id: UUID, *, limit: int, after: UUID) -> list[UUID]:
    """The loans still on a list, a page at a time."""
    return [row["loan"] for row in await _LOANS.fetch(elimination_id, after, limit)]


async def listed_pupils(elimination_id: UUID, *, limit: int, after: UUID) -> list[UUID]:
    """The pupils still on a list, a page at a time."""
    return [row["pupil"] for row in await _PUPILS.fetch(elimination_id, after, limit)]


async def left(elimination_id: UUID) -> int:
    """How many loans and pupils are still on a list."""
    row = await _LEFT.fetch_one(elimination_id, elimination_id)
    assert row is not None
    found: int = row["found"]
    return found


def digest(elimination: Elimination) -> str:
    """The SHA-256 of what the visa froze, which the journal keeps: the list, its day, the visa and its reference."""
    visa = elimination.visa
    frozen = [
        str(elimination.id),
        elimination.due_on.isoformat(),
        elimination.loan_years,
        elimination.pupil_years,
        inventory_text(elimination.inventory),
        visa.on.isoformat() if visa else "",
        visa.reference if visa else "",
    ]
    return hashlib.sha256(msgspec.json.encode(frozen)).hexdigest()


def inventory_text(inventory: Sequence[InventoryLine]) -> str:
    """An inventory as the database keeps it, the same text for the same lines."""
    return msgspec.json.encode(inventory).decode()


def _line(row: Row) -> InventoryLine:
    return InventoryLine(
        nature=Nature.LOAN if row["usage"] == Usage.INDIVIDUAL else Nature.DEPOSIT,
        year=int(row["year"]),
        first_on=as_date(row["first_on"]),
        last_on=as_date(row["last_on"]),
        files=row["files"],
        documents=int(row["documents"]),
        size=int(row["size"]),
    )


def _pupil_lines(rows: Sequence[Row], zone: ZoneInfo) -> list[InventoryLine]:
    """Records without a loan, by the civil year of their last act."""
    by_year: dict[int, list[tuple[date, date]]] = {}
    for row in rows:
        first, last = _civil(row["first_at"], zone), _civil(row["last_at"], zone)
        by_year.setdefault(last.year, []).append((first, last))
    return [
        InventoryLine(
            nature=Nature.PUPIL,
            year=year,
            first_on=min(first for first, _ in dates),
            last_on=max(last for _, last in dates),
            files=len(dates),
            documents=0,
            size=0,
        )
        for year, dates in sorted(by_year.items())
    ]


def _civil(value: object, zone: ZoneInfo) -> date:
    """The date of an instant; SQLite gives a computed one as the text that it keeps."""
    return civil_date(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)), zone)


def _elimination(row: Row) -> Elimination:
    visa = None
    if row["visa_on"] is not None:
        # Its columns are named as no field is.
        visa = Visa(
            on=row["visa_on"],
            reference=row["visa_reference"],
            recorded_by=row["visaed_by"],
            recorded_at=row["visaed_at"],
        )
    return _ELIMINATION.value(row, visa=visa)
