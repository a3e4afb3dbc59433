"""What of a demonstration may be lent one by one."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.circuit.workshop.kit import KitFilter
from materiel.domain.item.item import Item, ItemStatus
from materiel.store.item import item as items
from materiel.use_cases.circuit.workshop.kit import list_kits


async def stock_of(service_id: UUID) -> list[Item]:
    """Things in the stock, of no kit, that no other service lends."""
    reader = Actor("tests", Role.READER, service_id)
    parts = {part.id for kit in await list_kits(KitFilter(), actor=reader, limit=50) for part in kit.parts}
    stock = await items.page(service_id, status=ItemStatus.IN_STOCK, limit=50)
    return [each for each in stock if not each.is_software and each.id not in parts and each.lent_until is None]
