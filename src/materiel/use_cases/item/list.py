"""The inventory of the actor's service looked through: filters, orders, pages, and where each item is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import Item
from materiel.domain.item.list import ItemFilter, ItemOrder
from materiel.errors import BadInput
from materiel.exchange.item import HEADINGS, item_cells
from materiel.exchange.writing import csv_lines, csv_start
from materiel.store.item import list as store
from materiel.store.item import tally
from materiel.store.item.list import ItemHolder

EXPORT_PAGE = 500


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item and the open loan that holds or reserves it, if any."""

    item: Item
    holder: ItemHolder | None


async def look_through(
    wanted: ItemFilter, *, actor: Actor, limit: int, after: str | UUID | None = None
) -> list[ListedItem]:
    """Items of the actor's service, after the key that `key_of` gives of one of them."""
    actor.require(Permission.READ)
    found = await store.page(actor.service_id, wanted, limit=limit, after=after)
    holders = await store.holders([item.id for item in found])
    return [ListedItem(item, holders.get(item.id)) for item in found]


MOST_COUNTED = 10_000
"""A search that finds more says so; what a state holds is always told whole."""


@dataclass(frozen=True, slots=True)
class Total:
    """How many items a list holds; `more` when there are more than the number told."""

    count: int
    more: bool = False


async def count_items(wanted: ItemFilter, *, actor: Actor) -> Total:
    """How many items of the actor's service match, on all pages."""
    actor.require(Permission.READ)
    if replace(wanted, status=None).is_empty:
        counted = await tally.items_by_status(actor.service_id)
        return Total(sum(counted.values()) if wanted.status is None else counted.get(wanted.status, 0))
    found = await store.count(actor.service_id, wanted, at_most=MOST_COUNTED + 1)
    return Total(min(found, MOST_COUNTED), found > MOST_COUNTED)


async def item_categories(*, actor: Actor) -> list[str]:
    """The categories in use in the actor's service, in order."""
    actor.require(Permission.READ)
    return await store.categories(actor.service_id)


async def item_funding_services(*, actor: Actor) -> list[str]:
    """The services that paid for items of the actor's service, in order."""
    actor.require(Permission.READ)
    return await store.funding_services(actor.service_id)


async def matching_ids(wanted: ItemFilter, *, actor: Actor, most: int) -> list[UUID]:
    """The ids of all the items that match, in the order asked.

    Raises:
        BadInput: `item.too_many`, more than `most` match: some of them are never taken for all.
    """
    actor.require(Permission.READ)
    found = [item.id for item in await store.page(actor.service_id, wanted, limit=most + 1)]
    if len(found) > most:
        number = await store.count(actor.service_id, wanted)
        raise BadInput(
            "item.too_many",
            f"Cette recherche trouve {number} matériels ; agissez sur {most} au plus à la fois. Précisez la recherche.",
        )
    return found


async def export_found(wanted: ItemFilter, *, actor: Actor) -> AsyncIterator[bytes]:
    """Every item that matches as a CSV, with the columns that an import reads; by pages, whatever their number."""
    actor.require(Permission.READ)
    yield csv_start(list(HEADINGS.values()))
    after: str | UUID | None = None
    while found := await store.page(actor.service_id, wanted, limit=EXPORT_PAGE, after=after):
        yield csv_lines([item_cells(item) for item in found])
        after = key_of(found[-1], wanted.order)


def key_of(item: Item, order: ItemOrder) -> str | UUID:
    """What tells the place of an item in an order."""
    return item.inventory_number if order is ItemOrder.NUMBER else item.id
