"""Confirmations of presence: added, never changed. The last one of an item under a loan is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.visitors.presence import Presence
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import PresenceRow

_PRESENCE = Mapper(Presence, PresenceRow)


async def insert(*presences: Presence) -> None:
    """Add confirmations."""
    if presences:
        await insert_rows(PresenceRow, *(_PRESENCE.row(each) for each in presences))


async def latest(loan_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], Presence]:
    """The last confirmation of each item under these loans, by loan and item."""
    if not loan_ids:
        return {}
    statement = Statement(
        f"SELECT * FROM presence WHERE loan IN ({placeholders(loan_ids)}) AND id = ("
        " SELECT last.id FROM presence AS last WHERE last.loan = presence.loan AND last.item = presence.item"
        " ORDER BY last.id DESC LIMIT 1)"
    )
    found = [_PRESENCE.value(row) for row in await statement.fetch(*loan_ids)]
    return {(each.loan_id, each.item_id): each for each in found}
