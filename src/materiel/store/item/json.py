"""Items as the JSON that the API answers, made by the database: no domain value, date or enum on the way.

Turning columns into values and values into text again is most of a list's cost. Measured through the application on
SQLite, with the short way of `web.http.quick`: a page of fifty went from 2.8 to 0.5 ms of processor time. The shape is
`ItemOut`'s of `web/api/item/item.py`; a test compares both, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import FIELDS, ItemStatus
from materiel.store.engine.database import is_postgres
from materiel.store.engine.json_sql import ON_POSTGRES, ON_SQLITE, JsonSql, columns_of
from materiel.store.engine.search import words_of
from materiel.store.engine.statement import Statement
from materiel.store.item.item import page_rows

_SHOWN = ("id", *(each.name for each in FIELDS), "public_code", "version")
_LISTS = ("accessories", "missing_accessories")


def item_object(sql: JsonSql) -> str:
    """The expression of the JSON of a row of `item`."""
    return sql.object(columns_of("item", *_SHOWN) | {name: sql.kept(f"item.{name}") for name in _LISTS})


_ON_SQLITE = f"{item_object(ON_SQLITE)} AS body"
# As text: asyncpg would ask for the codec of JSON.
_ON_POSTGRES = f"{item_object(ON_POSTGRES)}::text AS body"


def _reading(where: str) -> Statement:
    return Statement(
        f"SELECT {_ON_SQLITE} FROM item WHERE {where}",
        postgres=f"SELECT {_ON_POSTGRES} FROM item WHERE {where.format('$1', '$2')}",
    )


_BY_ID = _reading("id = {} AND service = {}")
_BY_NUMBER = _reading("service = {} AND inventory_number = {}")


async def get(item_id: UUID, service_id: UUID) -> str | None:
    """The item of an id in a service, or None."""
    row = await _BY_ID.fetch_one(item_id, service_id)
    return row["body"] if row is not None else None


async def by_inventory_number(service_id: UUID, inventory_number: str) -> str | None:
    """The item that bears a number in a service, or None."""
    row = await _BY_NUMBER.fetch_one(service_id, inventory_number)
    return row["body"] if row is not None else None


async def page(
    service_id: UUID,
    *,
    q: str,
    status: ItemStatus | None,
    family: ItemFamily | None,
    limit: int,
    after: UUID | None,
) -> Sequence[tuple[str, str]]:
    """What `store.item.item.page` finds: the id of each item, then its JSON."""
    columns = f"CAST(item.id AS TEXT) AS id, {_ON_POSTGRES if is_postgres() else _ON_SQLITE}"
    words = words_of(q)
    rows = await page_rows(columns, service_id, wanted=words, status=status, family=family, limit=limit, after=after)
    return [(row["id"], row["body"]) for row in rows]
