"""How many items of a service are in each state: added up by the triggers of the migration `desk_counts`."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.item.item import ItemStatus
from materiel.store.engine.database import is_postgres
from materiel.store.engine.statement import Statement

_BY_STATUS = Statement(
    "SELECT status, CAST(sum(found) AS INTEGER) AS found FROM item_tally WHERE service = {} GROUP BY status"
)
_SUM_UP = Statement(
    "WITH gone AS (DELETE FROM item_tally RETURNING service, status, found)"
    " INSERT INTO item_tally (service, status, found)"
    " SELECT service, status, sum(found) FROM gone GROUP BY service, status HAVING sum(found) <> 0"
)


async def items_by_status(service_id: UUID) -> dict[ItemStatus, int]:
    """How many items are in each state; a state that had some may be there with zero."""
    return {ItemStatus(row["status"]): row["found"] for row in await _BY_STATUS.fetch(service_id)}


async def sum_up() -> None:
    """Make one line for each state of the differences that PostgreSQL's statements have added.

    Call it inside a write transaction.
    """
    if is_postgres():
        await _SUM_UP.fetch()
