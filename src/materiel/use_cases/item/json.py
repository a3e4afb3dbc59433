"""Reading items and labels as the JSON of the API; the rules are those of `item` and `code`, the plain forms."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import ItemStatus
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.store.item import code_json
from materiel.store.item import json as items


async def get_item(item_id: UUID, *, actor: Actor) -> str | None:
    """An item of the actor's service, or None where `use_cases.item.item.get_item` refuses."""
    actor.require(Permission.READ)
    return await items.get(item_id, actor.service_id)


async def find_item(inventory_number: str, *, actor: Actor) -> str | None:
    """The item of an inventory number, however it is typed, or None."""
    actor.require(Permission.READ)
    return await items.by_inventory_number(actor.service_id, clean_inventory_number(inventory_number))


async def list_items(
    *,
    actor: Actor,
    q: str,
    status: ItemStatus | None,
    family: ItemFamily | None,
    limit: int,
    after: UUID | None,
) -> Sequence[tuple[str, str]]:
    """What `use_cases.item.item.list_items` finds: the id of each item, then its JSON."""
    actor.require(Permission.READ)
    return await items.page(actor.service_id, q=q, status=status, family=family, limit=limit, after=after)


async def item_of_code(code: str, *, actor: Actor) -> str | None:
    """What `use_cases.item.code.item_of_code` finds, or None where it refuses."""
    actor.require(Permission.READ)
    return await code_json.item_of_code(code.strip().upper(), actor.service_id)
