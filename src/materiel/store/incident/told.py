"""Incidents with the items that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.incident.incident import Incident, ToldIncident
from materiel.store.item import item as items


async def with_items(found: Sequence[Incident], service_id: UUID) -> list[ToldIncident]:
    """Incidents of a service, each with its item."""
    item_ids = list(dict.fromkeys(each.item_id for each in found))
    by_id = {item.id: item for item in await items.get_many(item_ids, service_id)}
    return [ToldIncident(incident=each, item=by_id[each.item_id]) for each in found]
