"""What needs a hand today, found by index: each list is a keyset page, each count stops as soon as it is « 100+ ».

Every statement is scoped to a service and reads what it lists, not the years of history behind: see the partial
indexes of the migration `dashboard`, whose condition `ACTIVE` repeats word for word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.calendar.school_year import add_months
from materiel.domain.circuit.service_loan import SOON
from materiel.domain.circuit.workshop.repair import RepairFilter, RepairStage
from materiel.domain.desk.dashboard import MONTHS_SHOWN, Concern, Horizon
from materiel.domain.item.item import Item
from materiel.domain.papers.document import AGREEMENTS
from materiel.domain.usage import Custody, Usage
from materiel.store.circuit import transfer as transfers
from materiel.store.circuit import waiting
from materiel.store.circuit.use import UNUSED_IN_A_ROW
from materiel.store.circuit.waiting import NeedWait
from materiel.store.circuit.workshop import licence, repair
from materiel.store.desk.version import COUNTED
from materiel.store.engine.database import Row
from materiel.store.engine.rows import as_date, placeholders
from materiel.store.engine.statement import Statement, by_index, in_order, words
from materiel.store.item.idle import IDLE, LAST_HELD
from materiel.store.item.item import ITEM
from materiel.store.loan import leaving
from materiel.store.papers import scan_pile
from materiel.store.papers.awaited import COUNT_OTHERS, COUNT_OWN
from materiel.store.papers.recipient import TO_SEND

FIRST_DAY = date.min
ACTIVE = "loan.status IN ('issued', 'partially_signed', 'signed', 'handed_over')"

_OUT = (
    "EXISTS (SELECT 1 FROM loan_item WHERE loan_item.loan = loan.id"
    " AND loan_item.handed_over_on IS NOT NULL AND loan_item.removed_on IS NULL)"
)
_AGREEMENTS = words(AGREEMENTS)
_AGREEMENT = (
    "SELECT 1 FROM document AS paper WHERE paper.loan = loan.id AND paper.status = 'in_force'"
    f" AND paper.kind IN ({_AGREEMENTS})"
)

_COVERED = (
    "EXISTS (SELECT 1 FROM document AS former WHERE former.id = loan.covered_by AND former.status = 'in_force'"
    " AND NOT EXISTS (SELECT 1 FROM signature AS box WHERE box.document = former.id AND box.status = 'pending'))"
)
"""By the signed agreement of the loan that this one was split from, until its own is signed."""

_AMENDED = (
    "(EXISTS (SELECT 1 FROM document AS paper WHERE paper.loan = loan.id AND paper.status = 'in_force'"
    " AND paper.kind = 'amendment') OR (loan.origin = 'taken_over' AND loan.renewed_by IS NOT NULL))"
)
# By the last days: nearly all the first ones are past.
_ITS_DAY = (
    "loan.starts_on AS day FROM managing_service AS lender"
    " CROSS JOIN loan INDEXED BY ix_loan_active_end ON loan.service = lender.id"
    f" WHERE lender.id = {{}} AND lender.renewal_policy = 'yearly' AND {ACTIVE} AND +loan.starts_on <= {{}}"
)
# The two marks of a loan tell where to look: see the migration `loan_marks`.
_AWAITING = "AND EXISTS (SELECT 1 FROM signature WHERE signature.document = paper.id AND signature.status = 'pending')"
_UNCOVERED = (
    f"NOT EXISTS ({_AGREEMENT}"
    " AND NOT EXISTS (SELECT 1 FROM signature AS box WHERE box.document = paper.id AND box.status = 'pending'))"
    f" AND NOT {_COVERED}"
)
_OLD_PAPER = "loan.paper_signed_on IS NOT NULL AND loan.paper_ended_on IS NULL"
"""Of a loan taken over: signed, it covers what no paper of ours brought in."""
_FIRST_OUT = (
    "SELECT min(loan_item.handed_over_on) FROM loan_item{} WHERE loan_item.loan = loan.id"
    " AND loan_item.handed_over_on IS NOT NULL AND loan_item.removed_on IS NULL"
)
# Since the first item that is out without a signed paper: all of them, or those that an unsigned one brought in.
_UNSIGNED = (
    f"SELECT id, day FROM (SELECT loan.id, CASE WHEN {_UNCOVERED} AND {_OLD_PAPER}"
    f" THEN ({_FIRST_OUT.format('')} AND loan_item.agreed_by IS NOT NULL)"
    f" WHEN {_UNCOVERED} THEN ({_FIRST_OUT.format('')})"
    f" ELSE ({_FIRST_OUT.format(' JOIN document AS paper ON paper.id = loan_item.agreed_by')}"
    f" AND paper.status = 'in_force' {_AWAITING}) END AS day FROM loan INDEXED BY ix_loan_unsigned"
    " WHERE loan.service = {} AND loan.status = 'handed_over' AND loan.unsigned = true) AS dated WHERE day IS NOT NULL"
)
_TO_HAND_OVER = (
    "SELECT loan.id, loan.starts_on AS day FROM loan INDEXED BY ix_loan_to_hand_over WHERE loan.service = {}"
    " AND loan.status IN ('partially_signed', 'signed', 'handed_over') AND loan.reserves = true"
    f" AND EXISTS ({_AGREEMENT}) AND NOT EXISTS ({_AGREEMENT} {_AWAITING})"
)
# Each gives the loans of a concern with the day since when, or by when, it needs a hand; its values are `_values`.
_SOURCES: dict[Concern, str] = {
    # By the day of the death: nothing else is known of when it began, and it weighs nothing.
    Concern.VOICE: (
        "SELECT loan.id, pupil.died_on AS day FROM pupil CROSS JOIN loan ON loan.pupil = pupil.id"
        f" WHERE pupil.service = {{}} AND pupil.died_on IS NOT NULL AND {ACTIVE}"
    ),
    Concern.UNSIGNED: _UNSIGNED,
    Concern.RETURN: (
        f"SELECT loan.id, loan.recalled_on AS day FROM loan WHERE loan.service = {{}} AND {ACTIVE}"
        # Where no loan is recalled SQLite would read every loan for « IS NOT NULL ».
        f" AND loan.recalled_on > '{FIRST_DAY}' AND {_OUT}"
        # Nothing is out of a loan that is not handed over, of which many terms may be past.
        " UNION ALL SELECT loan.id, loan.ends_on AS day FROM loan WHERE loan.service = {}"
        f" AND loan.status = 'handed_over' AND loan.recalled_on IS NULL AND loan.ends_on <= {{}} AND {_OUT}"
    ),
    Concern.ENDING: f"SELECT loan.id, loan.ends_on AS day FROM loan WHERE loan.service = {{}} AND {ACTIVE}"
    " AND loan.ends_on <= {}",
    Concern.BASIS: "SELECT loan.id, loan.basis_valid_until AS day FROM loan"
    f" WHERE loan.service = {{}} AND {ACTIVE} AND loan.usage = 'individual' AND loan.basis_valid_until <= {{}}",
    Concern.CAPPED: (
        "SELECT id, min(day) AS day FROM ("
        "SELECT loan.id AS id, item.lease_ends_on AS day FROM item CROSS JOIN loan_item ON loan_item.item = item.id"
        " CROSS JOIN loan ON loan.id = loan_item.loan WHERE item.service = {} AND item.lease_ends_on IS NOT NULL"
        f" AND item.ownership = 'rented' AND loan_item.removed_on IS NULL AND {ACTIVE}"
        " AND (loan.ends_on IS NULL OR loan.ends_on > item.lease_ends_on) UNION ALL"
        f" SELECT loan.id AS id, {_ITS_DAY} AND loan.ends_on > {{}} AND (loan.ends_on > {{}} OR NOT {_AMENDED})"
        f" UNION ALL SELECT loan.id AS id, {_ITS_DAY} AND loan.ends_on IS NULL) AS capped GROUP BY id"
    ),
    Concern.TO_HAND_OVER: _TO_HAND_OVER,
    # Leaves the list once the pupil can be written to and no paper awaits somebody who no longer acts.
    Concern.CAME_OF_AGE: (
        "SELECT loan.id, pupil.birth_date AS day FROM pupil CROSS JOIN loan ON loan.pupil = pupil.id"
        f" WHERE pupil.service = {{}} AND pupil.birth_date <= {{}} AND {ACTIVE} AND pupil.died_on IS NULL"
        " AND pupil.protection <> 'guardianship' AND (pupil.email = '' OR EXISTS (SELECT 1 FROM document"
        " JOIN signature ON signature.document = document.id WHERE document.loan = loan.id"
        " AND document.status = 'in_force' AND signature.status = 'pending' AND signature.signer = 'representative'"
        " AND NOT EXISTS (SELECT 1 FROM representative WHERE representative.id = signature.signer_id"
        " AND representative.capacity IN ('curator', 'protection'))))"
    ),
    Concern.REMARKS: (
        "SELECT id, min(day) AS day FROM (SELECT loan.id AS id, box.signed_on AS day FROM signature_evidence AS told"
        " CROSS JOIN document AS paper ON paper.id = told.document"
        " CROSS JOIN signature AS box ON box.id = told.signature"
        " CROSS JOIN loan ON loan.id = paper.loan WHERE loan.service = {} AND told.remarks <> ''"
        " AND NOT EXISTS (SELECT 1 FROM remark_reading WHERE remark_reading.signature = told.signature)"
        # What the signatory of the State sent back to the service is a remark too.
        " UNION ALL SELECT paper.loan AS id, back.returned_on AS day FROM signature AS back"
        " CROSS JOIN document AS paper ON paper.id = back.document WHERE back.returned_on IS NOT NULL"
        " AND paper.service = {} AND paper.status = 'in_force'"
        # What a family says of the condition of what it was handed is one too.
        " UNION ALL SELECT said.loan AS id, said.said_on AS day FROM condition_remark AS said"
        " WHERE said.service = {} AND said.read_at IS NULL) AS remarks GROUP BY id"
    ),
    Concern.UNUSED: f"SELECT loan.id, min(note.said_on) AS day {UNUSED_IN_A_ROW} GROUP BY loan.id",
    Concern.DRAFT: (
        "SELECT loan.id, min(loan_item.added_on) AS day FROM loan CROSS JOIN loan_item ON loan_item.loan = loan.id"
        " WHERE loan.service = {} AND loan.status = 'draft' GROUP BY loan.id"
    ),
}


_APART = (
    "id NOT IN (SELECT loan.id FROM pupil CROSS JOIN loan ON loan.pupil = pupil.id"
    " WHERE pupil.service = {} AND pupil.died_on IS NOT NULL)"
)
"""After a death a loan is listed apart, and under no other concern (E29)."""


def _listed(concern: Concern) -> str:
    source = f"SELECT id, day FROM ({_SOURCES[concern]}) AS source"
    return source if concern is Concern.VOICE else f"{source} WHERE {_APART}"


_COUNTS = {
    concern: in_order(f"SELECT count(*) AS found FROM (SELECT 1 FROM ({_listed(concern)}) AS listed LIMIT {{}}) AS few")
    for concern in _SOURCES
}
_PAGES = {
    concern: in_order(
        f"SELECT id, day FROM ({_listed(concern)}) AS listed WHERE day > {{}} OR (day = {{}} AND id > {{}})"
        " ORDER BY day, id LIMIT {}"
    )
    for concern in _SOURCES
}

_IDLE_ONES = f"FROM item WHERE item.service = {{}} AND {IDLE}"
_COUNT_IDLE = Statement(f"SELECT count(*) AS found FROM (SELECT 1 {_IDLE_ONES} LIMIT {{}}) AS few")
_IDLE, _MORE_IDLE = (
    Statement(f"SELECT item.*, {LAST_HELD} {_IDLE_ONES}{after} ORDER BY item.created_at, item.id LIMIT {{}}")
    for after in ("", " AND (item.created_at, item.id) > (SELECT created_at, id FROM item WHERE id = {})")
)
_COUNT_TO_PREPARE = Statement(
    "SELECT count(*) AS found FROM (SELECT 1 FROM item WHERE service = {} AND status = 'to_prepare' LIMIT {}) AS few"
)
_TO_PREPARE = Statement(
    f"SELECT item.*, {LAST_HELD} FROM item WHERE item.service = {{}} AND item.status = 'to_prepare'"
    " AND item.id > {} ORDER BY item.id LIMIT {}"
)

_COUNT_NOTICES = in_order(f"SELECT count(*) AS found FROM (SELECT 1 {TO_SEND} LIMIT {{}}) AS few")
_COUNT_INCIDENTS = Statement(
    "SELECT count(*) AS found FROM (SELECT 1 FROM incident WHERE service = {} AND state = 'open' LIMIT {}) AS few"
)
_COUNT_STOCKTAKES = Statement(
    "SELECT count(*) AS found FROM (SELECT 1 FROM stocktake WHERE service = {} AND closed_at IS NULL LIMIT {}) AS few"
)
_COUNTS_OF_A_SERVICE = {
    Concern.OWN_SIGNATURE: COUNT_OWN,
    Concern.SIGNATURE: COUNT_OTHERS,
    Concern.NOTICE: _COUNT_NOTICES,
    Concern.INCIDENT: _COUNT_INCIDENTS,
    Concern.STOCKTAKE: _COUNT_STOCKTAKES,
    Concern.TO_PREPARE: _COUNT_TO_PREPARE,
}
_INCIDENTS = Statement(
    "SELECT incident.id, incident.kind, incident.declared_at, incident.declared_as, incident.loan AS loan_id,"
    " item.id AS item_id, item.inventory_number, item.designation"
    " FROM incident JOIN item ON item.id = incident.item"
    " WHERE incident.service = {} AND incident.state = 'open' AND incident.id > {} ORDER BY incident.id LIMIT {}"
)

_BY_KIND = Statement(
    f"SELECT usage, custody, count(*) AS found FROM loan WHERE service = {{}} AND {ACTIVE} GROUP BY usage, custody"
)
_STARTED = "(SELECT count(*) FROM loan WHERE service = {} AND starts_on >= {} AND starts_on < {})"
_STARTED_BY_MONTH = Statement(f"SELECT {', '.join(f'{_STARTED} AS month_{number}' for number in range(MONTHS_SHOWN))}")


@dataclass(frozen=True, slots=True)
class LoanPlace:
    """Where a loan is, as a list shows it. The pupil's name is for the service's own pages."""

    loan_id: UUID
    school_name: str
    school_uai: str
    pupil_id: UUID | None
    pupil_name: str
    pupil_died: bool


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """One incident not settled yet; `declared_at` is an instant in UTC."""

    id: UUID
    kind: str
    declared_as: str
    declared_at: datetime
    loan_id: UUID | None
    item_id: UUID
    inventory_number: str
    designation: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item at the service, and the day on which it was last held by somebody; None when nobody ever held it."""

    item: Item
    last_held: date | None


NEED_WAITS = {
    Concern.NEED_RECEIVED: NeedWait.RECEIVED,
    Concern.TRIAL: NeedWait.TRIAL,
    Concern.NEED_ASKED: NeedWait.ASKED,
    Concern.NEED_FORGOTTEN: NeedWait.FORGOTTEN,
}


async def counts(
    service_id: UUID, concerns: Sequence[Concern], horizon: Horizon, idle_before: datetime
) -> dict[Concern, int]:
    """How many things each of these concerns lists, counted up to one more than `COUNTED`.

    Mail that was refused and changes of the annuaire are counted by `version`.

    Args:
        idle_before: the instant before which an item was registered to be called idle.
    """
    async with by_index():
        return {concern: await _count(service_id, concern, horizon, idle_before) for concern in concerns}


async def _count(service_id: UUID, concern: Concern, horizon: Horizon, idle_before: datetime) -> int:
    if concern is Concern.LIAISON:
        return await leaving.count_to_do(service_id, horizon.today, COUNTED + 1)
    if concern is Concern.SERVICE_LOAN:
        return len(await transfers.due(service_id, horizon.today + SOON, limit=COUNTED + 1))
    if concern is Concern.SCANS:
        return len(await scan_pile.left_to_read(service_id))
    if concern is Concern.LICENCE:
        return await licence.count_to_see(service_id, horizon.today, COUNTED + 1)
    if concern is Concern.REPAIR_LATE:
        return min(await repair.count(service_id, late_repairs(horizon.today)), COUNTED + 1)
    if concern in NEED_WAITS:
        return await waiting.count(service_id, NEED_WAITS[concern], horizon.today, COUNTED + 1)
    if concern is Concern.IDLE:
        row = await _COUNT_IDLE.fetch_one(service_id, idle_before, horizon.idle_since, COUNTED + 1)
    elif concern in _COUNTS_OF_A_SERVICE:
        row = await _COUNTS_OF_A_SERVICE[concern].fetch_one(service_id, COUNTED + 1)
    else:
        row = await _COUNTS[concern].fetch_one(*_values(concern, service_id, horizon), COUNTED + 1)
    return row["found"] if row is not None else 0


async def loans_of(
    service_id: UUID, concern: Concern, horizon: Horizon, *, limit: int, after: tuple[date, UUID] | None = None
) -> list[tuple[UUID, date]]:
    """At most `limit` loans of a concern with their day, in the order of that day, after one of them."""
    day, loan_id = after or (FIRST_DAY, UUID(int=0))
    values = (*_values(concern, service_id, horizon), day, day, loan_id, limit)
    async with by_index():
        rows = await _PAGES[concern].fetch(*values)
    return [(row["id"], as_date(row["day"])) for row in rows]


async def idle_items(
    service_id: UUID, before: datetime, since: date, *, limit: int, after: UUID | None = None
) -> list[Waiting]:
    """Items in the stock since before an instant that nobody has held since a day, oldest first."""
    if after is None:
        rows = await _IDLE.fetch(service_id, before, since, limit)
    else:
        rows = await _MORE_IDLE.fetch(service_id, before, since, after, limit)
    return [_waiting(row) for row in rows]


def late_repairs(today: date) -> RepairFilter:
    """What a provider should have given back."""
    return RepairFilter(today=today, stage=RepairStage.LATE)


async def items_to_prepare(service_id: UUID, *, limit: int, after: UUID | None = None) -> list[Waiting]:
    """Items that came back and whose checks are not done, the first registered first."""
    return [_waiting(row) for row in await _TO_PREPARE.fetch(service_id, after or UUID(int=0), limit)]


async def open_incidents(service_id: UUID, *, limit: int, after: UUID | None = None) -> list[OpenIncident]:
    """Incidents still open, oldest first."""
    rows = await _INCIDENTS.fetch(service_id, after or UUID(int=0), limit)
    return [OpenIncident(**{name: row[name] for name in OpenIncident.__slots__}) for row in rows]


async def places(service_id: UUID, loan_ids: list[UUID]) -> dict[UUID, LoanPlace]:
    """School and pupil of loans of the service."""
    if not loan_ids:
        return {}
    rows = await Statement(
        "SELECT loan.id, place.name, place.uai, loan.pupil, pupil.last_name, pupil.first_name, pupil.died_on"
        " FROM loan JOIN school AS place ON place.id = loan.school LEFT JOIN pupil ON pupil.id = loan.pupil"
        f" WHERE loan.service = {{}} AND loan.id IN ({placeholders(loan_ids)})"
    ).fetch(service_id, *loan_ids)
    return {row["id"]: _place(row) for row in rows}


async def loans_by_kind(service_id: UUID) -> dict[tuple[Usage, Custody], int]:
    """How many loans are issued and not over, by usage and custody; an index alone is read."""
    rows = await _BY_KIND.fetch(service_id)
    return {(Usage(row["usage"]), Custody(row["custody"])): row["found"] for row in rows}


async def loans_started(service_id: UUID, months: Sequence[date]) -> dict[date, int]:
    """How many loans start in each of the months of the chart, by their first days; an index alone is read."""
    values = [value for first in months for value in (service_id, first, add_months(first, 1))]
    row = await _STARTED_BY_MONTH.fetch_one(*values)
    return {first: row[f"month_{number}"] for number, first in enumerate(months)} if row is not None else {}


def _values(concern: Concern, service_id: UUID, horizon: Horizon) -> tuple[object, ...]:
    values = _of_source(concern, service_id, horizon)
    return values if concern is Concern.VOICE else (*values, service_id)


def _of_source(concern: Concern, service_id: UUID, horizon: Horizon) -> tuple[object, ...]:
    if concern is Concern.RETURN:
        return service_id, service_id, horizon.ended_by
    if concern is Concern.ENDING:
        return service_id, horizon.ending_by
    if concern is Concern.BASIS:
        return service_id, horizon.basis_by
    if concern is Concern.CAPPED:
        running = service_id, horizon.today
        return service_id, *running, horizon.year_ends_on, horizon.next_year_ends_on, *running
    if concern is Concern.REMARKS:
        return service_id, service_id, service_id
    if concern is Concern.CAME_OF_AGE:
        return service_id, horizon.adult_born_by
    return (service_id,)


def _waiting(row: Row) -> Waiting:
    return Waiting(ITEM.value(row), as_date(row["last_held"]) if row["last_held"] is not None else None)


def _place(row: Row) -> LoanPlace:
    name = f"{row['last_name']} {row['first_name']}" if row["pupil"] is not None else ""
    return LoanPlace(row["id"], row["name"], row["uai"], row["pupil"], name, row["died_on"] is not None)
