"""Changes of the annuaire kept for the services that have running loans at the school."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.loan.reference_change import FoundChange, ReferenceChange, Settlement
from materiel.errors import NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import ReferenceChangeRow

_CHANGE = Mapper(ReferenceChange, ReferenceChangeRow)

RUNNING = "loan.status IN ('draft', 'issued', 'partially_signed', 'signed', 'handed_over')"

_LENDERS = Statement(
    "SELECT DISTINCT loan.service, loan.school, known.decided_kind, known.held_municipality FROM loan"
    " LEFT JOIN school_contact AS known ON known.school = loan.school AND known.service = loan.service"
    f" WHERE {RUNNING}"
)
_OPEN = "SELECT * FROM reference_change WHERE service = {} AND settled_at IS NULL"
_SAME = Statement(f"{_OPEN} AND school = {{}} AND kind = {{}}")
_PAGE = Statement(f"{_OPEN} AND id > {{}} ORDER BY id LIMIT {{}}")
_ONE = Statement("SELECT * FROM reference_change WHERE service = {} AND id = {}")
_COUNT = Statement(f"SELECT count(*) AS found FROM ({_OPEN} LIMIT {{}}) AS few")
_AFTER = Statement("UPDATE reference_change SET after = {}, found_at = {} WHERE id = {}")
_FORGET = Statement("DELETE FROM reference_change WHERE id = {} AND settled_at IS NULL")
_SETTLE = Statement(
    "UPDATE reference_change SET settled_at = {}, decision = {}, reason = {}, settled_by = {}"
    " WHERE id = {} AND settled_at IS NULL RETURNING id"
)


class Lender:
    """A service with running loans at a school, and what it decided there."""

    __slots__ = ("decided_kind", "held_municipality", "service_id")

    def __init__(self, row: Row) -> None:
        """From a row of the statement."""
        self.service_id: UUID = row["service"]
        self.decided_kind: str | None = row["decided_kind"]
        self.held_municipality: str | None = row["held_municipality"]


async def lenders() -> dict[UUID, list[Lender]]:
    """The services that have running loans, by school."""
    found: dict[UUID, list[Lender]] = {}
    for row in await _LENDERS.fetch():
        found.setdefault(row["school"], []).append(Lender(row))
    return found


async def note(change: FoundChange, service_id: UUID, at: datetime) -> None:
    """Keep a change for a service; one of the same kind still open takes its end, or goes when all is as before."""
    known = await _SAME.fetch_one(service_id, change.school_id, change.kind.value)
    if known is not None and change.after and known["before"] == change.after:
        await _FORGET.fetch(known["id"])
        return
    if known is not None:
        await _AFTER.fetch(change.after, at, known["id"])
        return
    await insert_rows(
        ReferenceChangeRow,
        {
            "id": new_id(),
            "service": service_id,
            "school": change.school_id,
            "kind": change.kind.value,
            "before": change.before,
            "after": change.after,
            "found_at": at,
            "settled_at": None,
            "decision": None,
            "reason": "",
            "settled_by": "",
        },
    )


async def page(service_id: UUID, *, limit: int, after: UUID | None = None) -> Sequence[ReferenceChange]:
    """Changes still to settle, oldest first, after one of them."""
    return [_CHANGE.value(row) for row in await _PAGE.fetch(service_id, after or UUID(int=0), limit)]


async def count(service_id: UUID, most: int) -> int:
    """How many changes are to settle, counted up to `most`."""
    row = await _COUNT.fetch_one(service_id, most)
    return row["found"] if row is not None else 0


async def get(change_id: UUID, service_id: UUID) -> ReferenceChange:
    """One change of a service.

    Raises:
        NotFound: `reference_change.not_found`.
    """
    row = await _ONE.fetch_one(service_id, change_id)
    if row is None:
        raise NotFound("reference_change.not_found", "Ce changement de l'annuaire n'existe pas dans votre service.")
    return _CHANGE.value(row)


async def settle(change_id: UUID, decision: Settlement, *, reason: str, by: str, at: datetime) -> bool:
    """Settle a change; False when somebody did already."""
    return await _SETTLE.fetch_one(at, decision.value, reason, by, change_id) is not None
