"""Say where several items are kept, at once: a cupboard is emptied into another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.fields import Fields
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.item.bulk import chosen_items
from materiel.use_cases.papers.printable import printable

PLACE_MAX = 200


@in_one_visit
async def set_places(item_ids: Sequence[UUID], place: str, *, actor: Actor, now: datetime) -> int:
    """Note where the items are kept when nobody holds them, empty for nowhere known; how many changed.

    Raises:
        BadInput: `item.none_chosen`, `item.too_many`.
        RuleBroken: `item.invalid`, `text.not_printable`.
        NotFound: `item.not_found`, one of them is not the service's.
        Conflict: `item.changed`, somebody wrote one of them meanwhile.
    """
    actor.require(Permission.WRITE)
    chosen = chosen_items(item_ids)
    fields = Fields("item.invalid")
    kept_in = fields.text("/storage_place", place, longest=PLACE_MAX, name="le lieu de rangement")
    fields.check()
    async with write_transaction():
        changes = [each for each in await items.get_many(chosen, actor.service_id) if each.storage_place != kept_in]
        for item in changes:
            saved = await items.save(printable(replace(item, storage_place=kept_in)))
            await journal.by(actor, now).note("item.updated", saved.id, {"fields": ["storage_place"]})
    return len(changes)
