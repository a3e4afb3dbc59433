"""Items of equipment: rows in, domain values out. An item is never deleted, so its number is never free again.

The one exception: an import that is undone while nothing depends on what it made takes its items and numbers back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import TERMINAL, Item, ItemStatus
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import ROWS_AT_ONCE, placeholders, update_version
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.search import matching, searchable, words_of
from materiel.store.engine.statement import Statement, words
from materiel.store.item.rare_word import RARE, among, few_items, is_worth_it
from materiel.store.tables import ItemRow

ITEM = Mapper(Item, ItemRow)
_COLUMNS = ITEM.selected("item")
_SELECT = f"SELECT {_COLUMNS} FROM item"
_BY_ID = Statement(f"{_SELECT} WHERE id = {{}} AND service = {{}}")
_BY_NUMBER = Statement(f"{_SELECT} WHERE service = {{}} AND inventory_number = {{}}")
_BY_CODE = Statement(f"{_SELECT} WHERE public_code = {{}}")
_OUT_OF_STOCK = words(TERMINAL)
NEVER_LABELLED = "item.labelled_on IS NULL"
STILL_IN_STOCK = f"item.status NOT IN ({_OUT_OF_STOCK})"
_COUNT_UP_TO = Statement(
    "SELECT count(*) AS found FROM (SELECT 1 FROM item WHERE service = {} AND status = {} LIMIT {}) AS few"
)


async def insert(item: Item, created_at: datetime) -> None:
    """Add an item.

    Raises:
        Conflict: `item.inventory_number_taken`, by an item of the same service, written off or not.
    """
    await insert_many([item], created_at)


async def insert_many(items: Sequence[Item], created_at: datetime) -> None:
    """Add items in as few statements as possible; all or none. Errors are those of `insert`."""
    with refusing({"item_service_inventory_number_key": _number_taken()}):
        await insert_rows(
            ItemRow, *(_written(item) | {"created_at": created_at, "labelled_on": None} for item in items)
        )


async def get(item_id: UUID, service_id: UUID) -> Item:
    """The item of an id in a service.

    Raises:
        NotFound: `item.not_found`.
    """
    row = await _BY_ID.fetch_one(item_id, service_id)
    if row is None:
        raise NotFound("item.not_found", "Ce matériel n’existe pas dans votre service. Vérifiez le lien.")
    return ITEM.value(row)


async def get_many(item_ids: Sequence[UUID], service_id: UUID) -> list[Item]:
    """The items of these ids in a service, in the order asked.

    Raises:
        NotFound: `item.not_found`, one of them at least; the fact `position` is the first missing one's.
    """
    found: dict[UUID, Item] = {}
    for start in range(0, len(item_ids), ROWS_AT_ONCE):
        some = item_ids[start : start + ROWS_AT_ONCE]
        rows = await Statement(f"{_SELECT} WHERE service = {{}} AND id IN ({placeholders(some)})").fetch(
            service_id, *some
        )
        found |= {row["id"]: ITEM.value(row) for row in rows}
    for position, item_id in enumerate(item_ids):
        if item_id not in found:
            raise NotFound("item.not_found", "Un des matériels n’existe pas dans votre service.", position=position)
    return [found[item_id] for item_id in item_ids]


async def known(item_ids: Sequence[UUID], service_id: UUID) -> list[UUID]:
    """Those of these identifiers that are items of a service, in the order asked."""
    if not item_ids:
        return []
    rows = await Statement(f"SELECT id FROM item WHERE service = {{}} AND id IN ({placeholders(item_ids)})").fetch(
        service_id, *item_ids
    )
    found = {row["id"] for row in rows}
    return [each for each in item_ids if each in found]


async def by_inventory_number(service_id: UUID, inventory_number: str) -> Item | None:
    """The item that bears a number in a service, or None."""
    row = await _BY_NUMBER.fetch_one(service_id, inventory_number)
    return ITEM.value(row) if row is not None else None


async def by_inventory_numbers(service_id: UUID, numbers: Sequence[str]) -> dict[str, Item]:
    """Those of these numbers that an item of the service bears, by number."""
    if not numbers:
        return {}
    found = Statement(f"{_SELECT} WHERE service = {{}} AND inventory_number IN ({placeholders(numbers)})")
    return {row["inventory_number"]: ITEM.value(row) for row in await found.fetch(service_id, *numbers)}


async def by_public_code(code: str) -> Item | None:
    """The item of a label's code, whatever its service, or None; codes are upper case."""
    row = await _BY_CODE.fetch_one(code)
    return ITEM.value(row) if row is not None else None


async def save(item: Item) -> Item:
    """Write an item back and return it with its version raised.

    Raises:
        Conflict: `item.changed`, someone wrote it since it was read; `item.inventory_number_taken`.
    """
    with refusing({"item_service_inventory_number_key": _number_taken()}):
        version = await update_version(ItemRow, _written(item))
    if version is None:
        raise Conflict("item.changed", "Ce matériel a été modifié entre-temps. Rechargez-le, puis recommencez.")
    return replace(item, version=version)


async def take_back(item_ids: Sequence[UUID]) -> None:
    """Delete items that an import not yet undone has made; the database refuses it for any other."""
    if item_ids:
        await Statement(f"DELETE FROM item WHERE id IN ({placeholders(item_ids)})").fetch(*item_ids)


async def set_status(item_ids: Iterable[UUID], status: ItemStatus) -> dict[UUID, Item]:
    """Give items the status that a loan's life implies and raise their versions; they are returned by id."""
    ids = list(item_ids)
    if not ids:
        return {}
    update = Statement(
        f"UPDATE item SET status = {{}}, version = version + 1 WHERE id IN ({placeholders(ids)}) RETURNING {_COLUMNS}"
    )
    return {row["id"]: ITEM.value(row) for row in await update.fetch(status.value, *ids)}


async def set_family(item_ids: Sequence[UUID], family: ItemFamily) -> None:
    """Give items a family, and raise their versions."""
    if item_ids:
        await Statement(
            f"UPDATE item SET family = {{}}, version = version + 1 WHERE id IN ({placeholders(item_ids)})"
        ).fetch(family.value, *item_ids)


async def page(
    service_id: UUID,
    *,
    q: str = "",
    whole: bool = False,
    status: ItemStatus | None = None,
    family: ItemFamily | None = None,
    never_labelled: bool = False,
    limit: int,
    after: UUID | None = None,
) -> list[Item]:
    """At most `limit` items of a service after one of them, in the order of their ids: oldest first.

    Args:
        q: every word must be in the number, the designation, the category, the brand, the model or the serial
            number; see `search`. SQLite gives the matches in the order in which they were added.
        whole: every word as a whole, no part of one.
        never_labelled: as `ItemFilter` has it.
    """
    rows = await page_rows(
        _COLUMNS,
        service_id,
        wanted=words_of(q, whole=whole),
        status=status,
        family=family,
        never_labelled=never_labelled,
        limit=limit,
        after=after,
    )
    return [ITEM.value(row) for row in rows]


async def page_rows(
    columns: str,
    service_id: UUID,
    *,
    wanted: Sequence[str],
    status: ItemStatus | None,
    family: ItemFamily | None,
    never_labelled: bool = False,
    limit: int,
    after: UUID | None,
) -> Sequence[Row]:
    """The rows of `page`, with these columns of `item` in the dialect of the bound engine; `wanted`: see `words_of`."""
    by_word = bool(wanted) and not is_postgres() and not (status and await _is_rare(service_id, status))
    # No identifier sorts before the nil UUID.
    values: list[Any] = [service_id, after or UUID(int=0)]
    exact = {column: each.value for column, each in (("status", status), ("family", family)) if each is not None}
    values += exact.values()
    narrowed = "".join(f" AND item.{column} = {{}}" for column in exact)
    if never_labelled:
        narrowed += f" AND {NEVER_LABELLED}" + ("" if status else f" AND {STILL_IN_STOCK}")
    # FTS5 stops as soon as the page is full; PostgreSQL finds every match of every word before the first.
    few = await few_items(service_id, wanted) if is_postgres() and is_worth_it(wanted) else None
    if few is not None:
        condition, value = among(few)
        return await _page_of_few(columns, narrowed, condition).fetch(*values, value, limit)
    values += [matching(wanted)] if by_word else [f"%{word}%" for word in wanted]
    statement = _page_statement(columns, narrowed, len(wanted), by_word)
    return await (statement.fetch_planned if wanted else statement.fetch)(*values, limit)


@lru_cache
def _page_of_few(columns: str, narrowed: str, condition: str) -> Statement:
    return Statement(
        f"SELECT {columns} FROM item WHERE item.service = {{}} AND item.id > {{}}{narrowed} AND {condition}"
        " ORDER BY item.id LIMIT {}"
    )


@lru_cache
def _page_statement(columns: str, narrowed: str, words: int, by_word: bool) -> Statement:
    if not by_word:
        return Statement(
            f"SELECT {columns} FROM item WHERE item.service = {{}} AND item.id > {{}}{narrowed}"
            + " AND item.search LIKE {}" * words
            + " ORDER BY item.id LIMIT {}"
        )
    # FTS5 gives its rows in the order of their number, so the page stops as soon as it is full.
    return Statement(
        f"SELECT {columns} FROM item_trigram"
        " CROSS JOIN item_search ON item_search.position = item_trigram.rowid"
        " CROSS JOIN item ON item.id = item_search.item"
        " WHERE item_search.service = {}"
        " AND item_trigram.rowid > coalesce((SELECT position FROM item_search WHERE item = {}), 0)"
        f"{narrowed} AND item_trigram MATCH {{}} ORDER BY item_trigram.rowid LIMIT {{}}"
    )


async def _is_rare(service_id: UUID, status: ItemStatus) -> bool:
    """Whether reading every item of a status costs less than reading every item that holds a common word."""
    row = await _COUNT_UP_TO.fetch_one(service_id, status.value, RARE)
    return row is not None and row["found"] < RARE


def _written(item: Item) -> dict[str, Any]:
    words = searchable(
        item.designation, item.category, names=(item.inventory_number, item.brand, item.model, item.serial_number)
    )
    return ITEM.row(item, search=words)


def _number_taken() -> Conflict:
    return Conflict(
        "item.inventory_number_taken",
        "Ce numéro d’inventaire est déjà pris dans votre service. Un numéro ne sert qu’une fois, "
        "même après une réforme : choisissez-en un autre.",
    )
