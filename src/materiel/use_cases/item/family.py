"""Give several items their neutral family at once: what a first import left to guess is put right by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.family import ItemFamily
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.item.bulk import chosen_items


@in_one_visit
async def set_families(item_ids: Sequence[UUID], family: ItemFamily, *, actor: Actor, now: datetime) -> int:
    """Give the items a family and return how many changed; papers already issued keep what they say.

    Raises:
        BadInput: `item.none_chosen`, `item.too_many`.
        NotFound: `item.not_found`, one of them is not the service's.
    """
    actor.require(Permission.WRITE)
    chosen = chosen_items(item_ids)
    async with write_transaction():
        changes = [item for item in await items.get_many(chosen, actor.service_id) if item.family is not family]
        await items.set_family([item.id for item in changes], family)
        for item in changes:
            await journal.by(actor, now).note("item.updated", item.id, {"fields": ["family"]})
    return len(changes)
