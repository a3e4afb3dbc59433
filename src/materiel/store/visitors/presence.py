"""Confirmations of presence: added, never changed. The last one of an item under a loan is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.visitors.presence import Presence
from materiel.store.engine.database import Row
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import PresenceRow

_OF_ITEM = Statement("SELECT * FROM presence WHERE service = {} AND item = {} ORDER BY id")


async def insert(*presences: Presence) -> None:
    """Add confirmations."""
    if presences:
        await insert_rows(PresenceRow, *(_written(each) for each in presences))


async def latest(loan_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], Presence]:
    """The last confirmation of each item under these loans, by loan and item."""
    if not loan_ids:
        return {}
    statement = Statement(
        f"SELECT * FROM presence WHERE loan IN ({placeholders(loan_ids)}) AND id = ("
        " SELECT last.id FROM presence AS last WHERE last.loan = presence.loan AND last.item = presence.item"
        " ORDER BY last.id DESC LIMIT 1)"
    )
    found = [_presence(row) for row in await statement.fetch(*loan_ids)]
    return {(each.loan_id, each.item_id): each for each in found}


async def of_item(item_id: UUID, service_id: UUID) -> list[Presence]:
    """Every confirmation about an item, oldest first."""
    return [_presence(row) for row in await _OF_ITEM.fetch(service_id, item_id)]


def _written(presence: Presence) -> dict[str, object]:
    return {
        "id": presence.id,
        "service": presence.service_id,
        "item": presence.item_id,
        "loan": presence.loan_id,
        "is_present": presence.is_present,
        "seen_on": presence.seen_on,
        "confirmed_by": presence.confirmed_by,
        "confirmed_link": presence.confirmed_link,
        "confirmed_at": presence.confirmed_at,
    }


def _presence(row: Row) -> Presence:
    return Presence(
        id=row["id"],
        service_id=row["service"],
        item_id=row["item"],
        loan_id=row["loan"],
        is_present=bool(row["is_present"]),
        seen_on=row["seen_on"],
        confirmed_by=row["confirmed_by"],
        confirmed_link=row["confirmed_link"],
        confirmed_at=row["confirmed_at"],
    )
