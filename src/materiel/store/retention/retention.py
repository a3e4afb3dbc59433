"""Which loans and pupils of a service are over, and which loans are held back. No name is read here.

A loan's years count from its last return, or from the end of one never handed over. A loan is held by a person's
reason, or by an incident that is still open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from materiel.domain.usage import Usage
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import as_date
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import LoanHoldRow

ENDED = "COALESCE((SELECT max(loan_item.returned_on) FROM loan_item WHERE loan_item.loan = loan.id), loan.closed_on)"
INCIDENT_OPEN = "EXISTS (SELECT 1 FROM incident WHERE incident.loan = loan.id AND incident.state = 'open')"
HELD = f"(EXISTS (SELECT 1 FROM loan_hold WHERE loan_hold.loan = loan.id) OR {INCIDENT_OPEN})"
LOAN_OVER = f"loan.service = {{}} AND loan.status IN ('closed', 'cancelled') AND {ENDED} < {{}}"
"""Values: the service, then the first end whose time is not over."""

LAST_ACT = (
    "COALESCE((SELECT max(journal.at) FROM journal WHERE journal.chain = CAST(pupil.service AS VARCHAR(36))"
    " AND journal.subject_id = CAST(pupil.id AS VARCHAR(40))), pupil.created_at)"
)
WAITED_FOR = "EXISTS (SELECT 1 FROM need WHERE need.pupil = pupil.id AND need.state IN ('open', 'asked'))"
"""Something was decided for the pupil, or is said to be, and is not handed over yet."""

PUPIL_OVER = (
    "pupil.service = {} AND NOT EXISTS (SELECT 1 FROM loan WHERE loan.pupil = pupil.id)"
    f" AND NOT {WAITED_FOR} AND pupil.created_at < {{}} AND {LAST_ACT} < {{}}"
)
"""Values: the service, then twice the instant since when an act keeps a record."""

_AGREEMENT = (
    "(SELECT max(document.number) FROM document WHERE document.loan = loan.id AND document.kind IN"
    " ('loan_agreement', 'tripartite_agreement', 'deposit_agreement'))"
)
_LINE = (
    f"SELECT loan.id, loan.usage, {ENDED} AS ended_on, COALESCE({_AGREEMENT}, loan.paper_reference) AS number,"
    " school.name AS school,"
    f" COALESCE(loan_hold.reason, '') AS reason, {INCIDENT_OPEN} AS has_incident"
    " FROM loan JOIN school ON school.id = loan.school LEFT JOIN loan_hold ON loan_hold.loan = loan.id"
)
_RETURNED = Statement(
    f"SELECT count(*) AS found FROM loan WHERE loan.service = {{}} AND loan.status = 'returned' AND {ENDED} < {{}}"
)
_COUNT_LOANS = Statement(
    f"SELECT count(*) AS found, COALESCE(sum(CASE WHEN {HELD} THEN 1 ELSE 0 END), 0) AS held"
    f" FROM loan WHERE {LOAN_OVER}"
)
_COUNT_PUPILS = Statement(f"SELECT count(*) AS found FROM pupil WHERE {PUPIL_OVER}")
_LIFT = Statement("DELETE FROM loan_hold WHERE loan = {} RETURNING loan")
_HOLD = Statement("SELECT * FROM loan_hold WHERE loan = {}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a loan is held back from any elimination, by whom and since when (UTC)."""

    loan_id: UUID
    reason: str
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanOver:
    """A loan whose time is over, or that is on a list. `number` is its agreement's, empty for a draft cancelled.

    `reason` and `has_incident` say what holds it back, if anything.
    """

    id: UUID
    usage: Usage
    ended_on: date
    number: str
    school: str
    reason: str
    has_incident: bool

    @property
    def is_held(self) -> bool:
        """Whether no elimination takes it."""
        return bool(self.reason) or self.has_incident


_HELD = Mapper(Hold, LoanHoldRow)
# What is computed: SQLite gives it as the text or the number that it keeps.
_OVER = Mapper(LoanOver, given=("ended_on", "has_incident"))


async def count_loans(service_id: UUID, first_kept: date) -> tuple[int, int]:
    """How many loans are over, and how many of them are held back."""
    row = await _COUNT_LOANS.fetch_one(service_id, first_kept)
    assert row is not None
    return row["found"], int(row["held"])


async def count_returned(service_id: UUID, first_kept: date) -> int:
    """How many loans came back as long ago, and wait for somebody to close them."""
    row = await _RETURNED.fetch_one(service_id, first_kept)
    assert row is not None
    found: int = row["found"]
    return found


async def count_pupils(service_id: UUID, kept_since: datetime) -> int:
    """How many pupils have no loan, and about whom nothing was done since an instant."""
    row = await _COUNT_PUPILS.fetch_one(service_id, kept_since, kept_since)
    assert row is not None
    found: int = row["found"]
    return found


async def page(
    service_id: UUID, first_kept: date, *, held: bool | None = None, limit: int, after: UUID | None = None
) -> list[LoanOver]:
    """At most `limit` loans that are over after one of them, oldest first; held ones only, or the others only."""
    rows = await _page_statement(held).fetch(service_id, first_kept, after or UUID(int=0), limit)
    return [loan_over(row) for row in rows]


async def hold(held: Hold) -> None:
    """Hold a loan back; a second reason replaces the first. Call it inside a write transaction."""
    await _LIFT.fetch(held.loan_id)
    await insert_rows(LoanHoldRow, _HELD.row(held))


async def lift(loan_id: UUID) -> bool:
    """Let a loan go its way again; False when nothing held it."""
    return await _LIFT.fetch_one(loan_id) is not None


async def hold_of(loan_id: UUID) -> Hold | None:
    """What holds a loan back, or None; incidents are not told here."""
    row = await _HOLD.fetch_one(loan_id)
    return None if row is None else _HELD.value(row)


def line_statement(where: str) -> Statement:
    """Loans as `loan_over` reads them, by id, a page at a time."""
    return Statement(f"{_LINE} WHERE {where} AND loan.id > {{}} ORDER BY loan.id LIMIT {{}}")


def loan_over(row: Row) -> LoanOver:
    """A row of `line_statement`."""
    return _OVER.value(row, ended_on=as_date(row["ended_on"]), has_incident=bool(row["has_incident"]))


@lru_cache
def _page_statement(held: bool | None) -> Statement:
    which = {None: "", True: f" AND {HELD}", False: f" AND NOT {HELD}"}[held]
    return line_statement(f"{LOAN_OVER}{which}")
