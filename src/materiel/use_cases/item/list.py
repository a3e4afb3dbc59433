"""The inventory of the actor's service looked through: filters, orders, pages, and where each item is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.item.list import BY_NUMBER, ItemFilter
from materiel.domain.language.order import LinePlace
from materiel.errors import BadInput
from materiel.exchange.item import HEADINGS, item_cells
from materiel.exchange.writing import csv_lines, csv_start
from materiel.store.desk import version
from materiel.store.desk.version import DeskVersion
from materiel.store.engine.database import together
from materiel.store.engine.kept import Kept
from materiel.store.item import list as store
from materiel.store.item import tally
from materiel.store.item.list import FoundByWords, ItemHolder
from materiel.use_cases.search.total import COUNTED_AT_ONCE, Total, whole_total

EXPORT_PAGE = 500

_FOUND: Kept[DeskVersion, FoundByWords] = Kept(most=16)
"""The searches of a moment: whatever changes the words of an item writes in the journal of its service."""


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item and the open loan that holds or reserves it, if any."""

    item: Item
    holder: ItemHolder | None
    place: LinePlace


async def look_through(
    wanted: ItemFilter, *, actor: Actor, limit: int, after: LinePlace | None = None
) -> list[ListedItem]:
    """Items of the actor's service, after the place of one of them."""
    actor.require(Permission.READ)
    words = await _found(wanted, actor) if after is None else None
    found: list[ListedItem]
    (found,) = await together(_page(wanted, actor.service_id, limit, after, words))
    return found


async def _page(
    wanted: ItemFilter, service_id: UUID, limit: int, after: LinePlace | None, words: FoundByWords | None
) -> list[ListedItem]:
    found = await store.page(service_id, wanted, limit=limit, after=after, found_before=words)
    holders = await store.holders([item.id for item, _ in found])
    return [ListedItem(item, holders.get(item.id), place) for item, place in found]


async def total_items(wanted: ItemFilter, *, actor: Actor, now: datetime) -> Total:
    """How many items of the actor's service match, on all pages, and what they cost."""
    actor.require(Permission.READ)
    asked = replace(wanted, order=BY_NUMBER)

    async def add_up(at_most: int | None) -> Total:
        words = await _found(wanted, actor)
        count, cents = await store.total(actor.service_id, asked, at_most=at_most, found_before=words)
        return Total(count, {} if cents is None else {"prix": cents})

    counted: int | None = None
    if replace(asked, status=None).is_empty:
        by_status = await count_by_status(actor=actor)
        counted = sum(by_status.values()) if asked.status is None else by_status.get(asked.status, 0)
    key = ("items", actor.service_id, asked)
    many = counted is not None and counted > COUNTED_AT_ONCE
    found = await whole_total(key, add_up, now, many=many, searched=bool(asked.q))
    return found if counted is None else replace(found, count=counted)


async def _found(wanted: ItemFilter, actor: Actor) -> FoundByWords | None:
    """What the words of a filter find, once for the page and for its total; None when there are none."""
    if not wanted.q:
        return None

    async def find(_: DeskVersion) -> FoundByWords:
        return await store.found_by_words(actor.service_id, wanted)

    return await _FOUND.get((actor.service_id, wanted), partial(version.read, actor.service_id), find)


async def count_by_status(*, actor: Actor) -> dict[ItemStatus, int]:
    """How many items of the actor's service are in each state; those of no item are left out."""
    actor.require(Permission.READ)
    return {status: count for status, count in (await tally.items_by_status(actor.service_id)).items() if count}


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
    found = [item.id for item, _ in await store.page(actor.service_id, wanted, limit=most + 1)]
    if len(found) > most:
        number, _ = await store.total(actor.service_id, wanted)
        raise BadInput(
            "item.too_many",
            f"Cette recherche trouve {number} matériels ; agissez sur {most} au plus à la fois. Précisez la recherche.",
        )
    return found


async def export_found(wanted: ItemFilter, *, actor: Actor) -> AsyncIterator[bytes]:
    """Every item that matches as a CSV, with the columns that an import reads; by pages, whatever their number."""
    actor.require(Permission.READ)
    yield csv_start(list(HEADINGS.values()))
    after: LinePlace | None = None
    while found := await store.page(actor.service_id, wanted, limit=EXPORT_PAGE, after=after):
        yield csv_lines([item_cells(item) for item, _ in found])
        after = found[-1][1]
