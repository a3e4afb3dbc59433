"""Every confirmation that an item was where it was deposited; the pages read the last one."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.visitors.presence import Presence
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.statement import Statement
from materiel.store.tables import PresenceRow

_PRESENCE = Mapper(Presence, PresenceRow)
_OF_ITEM = Statement("SELECT * FROM presence WHERE item = {} ORDER BY id")


async def presences_of_item(item_id: UUID) -> list[Presence]:
    """The confirmations about an item, oldest first."""
    return [_PRESENCE.value(row) for row in await _OF_ITEM.fetch(item_id)]
