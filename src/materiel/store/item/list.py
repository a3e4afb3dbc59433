"""The inventory looked through: filters that combine, three orders, keyset pages, and who holds each item.

PostgreSQL plans each search for its own words. SQLite is told: when one filter leaves few items they are read and
sorted, otherwise the index of the order is walked until the page is full. Neither reads a million rows for one page,
but for two common filters that hardly ever meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from materiel.domain.item.item import Item
from materiel.domain.item.list import ItemFilter, ItemOrder
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.usage import Custody
from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import placeholders
from materiel.store.engine.search import matching, words_of
from materiel.store.engine.statement import Statement
from materiel.store.item import rare_word
from materiel.store.item.item import ITEM
from materiel.store.item.rare_word import BY_AGE, MATCHING, ItemId, Order, among, few_items

MOST_SCHOOLS = 50
MOST_VALUES = 200

_ORDERS = {
    ItemOrder.NUMBER: Order("inventory_number", ">", "ASC"),
    ItemOrder.NEWEST: Order("id", "<", "DESC"),
    ItemOrder.OLDEST: BY_AGE,
}
# Each jump goes to the next value of the index, however many items the one before has.
_IN_USE = {
    column: Statement(
        f"WITH RECURSIVE found (value) AS (SELECT min({column}) FROM item WHERE service = {{}} UNION ALL"
        f" SELECT (SELECT min({column}) FROM item WHERE service = {{}} AND {column} > found.value) FROM found"
        " WHERE found.value IS NOT NULL)"
        f" SELECT value FROM found WHERE value IS NOT NULL AND value <> '' LIMIT {MOST_VALUES}"
    )
    for column in ("category", "funding_service")
}


@dataclass(frozen=True, slots=True)
class ItemHolder:
    """The open loan that holds or reserves an item. The pupil's name is for the service's own pages."""

    loan_id: UUID
    status: LoanStatus
    custody: Custody
    school_name: str
    school_uai: str
    pupil_id: UUID | None
    pupil_name: str
    is_out: bool


_HOLDER = Mapper(ItemHolder, given=("pupil_name", "is_out"))


async def page(service_id: UUID, wanted: ItemFilter, *, limit: int, after: str | UUID | None = None) -> list[Item]:
    """At most `limit` items after the key of one of them: its number, or its id when the order is by age."""
    words = words_of(wanted.q)
    order = _ORDERS[wanted.order]
    few = await _few(service_id, words, order, after)
    found = await _asked(service_id, wanted, () if few is not None else words)
    if found is None:
        return []
    conditions, values = found
    column = f"item.{order.column}"
    if few is not None:
        # Filters choose among all of them; without any, the first ones are the page.
        condition, value = among(few[:limit] if len(conditions) == 1 else few)
        conditions.append(condition)
        values.append(value)
        column = f"+{column}" if not is_postgres() else column
    elif not is_postgres():
        narrow, narrow_values = await _narrowing(service_id, wanted, words)
        if narrow:
            conditions.append(narrow)
            values += narrow_values
            # A sign before the column keeps SQLite from walking its index: the few items are sorted.
            column = f"+{column}"
        elif wanted.school:
            column = f"+{column}"
    if after is not None:
        conditions.append(f"{column} {order.sign} {{}}")
        values.append(after)
    text = f"SELECT item.* FROM item WHERE {' AND '.join(conditions)} ORDER BY {column} {order.direction} LIMIT {{}}"
    statement = Statement(text)
    rows = await (statement.fetch_planned if words else statement.fetch)(*values, limit)
    return [ITEM.value(row) for row in rows]


async def count(service_id: UUID, wanted: ItemFilter, *, at_most: int | None = None) -> int:
    """How many items match: all of them counted, or up to `at_most`."""
    words = words_of(wanted.q)
    few = await _few(service_id, words)
    found = await _asked(service_id, wanted, () if few is not None else words)
    if found is None:
        return 0
    conditions, values = found
    if few is not None:
        if len(conditions) == 1:
            return len(few)
        condition, value = among(few)
        conditions.append(condition)
        values.append(value)
    text = f"SELECT 1 FROM item WHERE {' AND '.join(conditions)}"
    if words and few is None and len(conditions) == 1 + len(words) and not is_postgres():
        # Nothing else to look at in the items than what the trigrams know.
        text, values, at_most = MATCHING, [matching(words), service_id], -1 if at_most is None else at_most
    elif at_most is not None:
        text += " LIMIT {}"
    row = await Statement(f"SELECT count(*) AS found FROM ({text}) AS few").fetch_one(
        *values, *([] if at_most is None else [at_most])
    )
    return row["found"] if row is not None else 0


async def _few(
    service_id: UUID, words: Sequence[str], order: Order = BY_AGE, after: object = None
) -> list[ItemId] | None:
    """The items that hold a rare word, where it costs less than to let the database plan."""
    # PostgreSQL follows one word as well as it can by itself.
    if len(words) > 1 or (words and not is_postgres()):
        return await few_items(service_id, words, order, after)
    return None


async def _asked(service_id: UUID, wanted: ItemFilter, words: Sequence[str]) -> tuple[list[str], list[Any]] | None:
    """The conditions of a filter and their values, with these words; None when no school answers to its own."""
    conditions = ["item.service = {}"]
    values: list[Any] = [service_id]
    for column, value in _exact(wanted):
        conditions.append(f"item.{column} = {{}}")
        values.append(value)
    for word in words:
        conditions.append("item.search LIKE {}")
        values.append(f"%{word}%")
    if wanted.school:
        schools = await _schools_of(wanted.school)
        if not schools:
            return None
        conditions.append(
            "item.id IN (SELECT loan_item.item FROM loan JOIN loan_item ON loan_item.loan = loan.id"
            f" WHERE loan.service = {{}} AND loan_item.removed_on IS NULL AND loan.school IN ({placeholders(schools)}))"
        )
        values += [service_id, *schools]
    return conditions, values


async def categories(service_id: UUID) -> list[str]:
    """The categories in use in a service, in order."""
    return await _in_use("category", service_id)


async def funding_services(service_id: UUID) -> list[str]:
    """The services that paid for items of a service, in order."""
    return await _in_use("funding_service", service_id)


async def holders(item_ids: Sequence[UUID]) -> dict[UUID, ItemHolder]:
    """The open loan of each of these items that has one."""
    if not item_ids:
        return {}
    rows = await Statement(
        "SELECT loan_item.item, loan_item.handed_over_on, loan.id AS loan_id, loan.status, loan.custody,"
        " loan.pupil AS pupil_id, place.name AS school_name, place.uai AS school_uai, pupil.last_name, pupil.first_name"
        " FROM loan_item"
        " JOIN loan ON loan.id = loan_item.loan JOIN school AS place ON place.id = loan.school"
        " LEFT JOIN pupil ON pupil.id = loan.pupil"
        f" WHERE loan_item.removed_on IS NULL AND loan_item.item IN ({placeholders(item_ids)})"
    ).fetch(*item_ids)
    return {row["item"]: _holder(row) for row in rows}


async def _in_use(column: str, service_id: UUID) -> list[str]:
    return [row["value"] for row in await _IN_USE[column].fetch(service_id, service_id)]


def _exact(wanted: ItemFilter) -> list[tuple[str, str]]:
    """The columns that must hold a value, with it; the one whose values are rarest comes first."""
    asked = {
        "category": wanted.category,
        "family": wanted.family.value if wanted.family else "",
        "funding_service": wanted.funding_service,
        "status": wanted.status.value if wanted.status else "",
    }
    return [(column, value) for column, value in asked.items() if value]


async def _schools_of(words: str) -> list[UUID]:
    needles = words_of(words)
    if not needles:
        return []
    text = f"SELECT id FROM school WHERE {' AND '.join(['search LIKE {}'] * len(needles))} LIMIT {MOST_SCHOOLS}"
    return [row["id"] for row in await Statement(text).fetch(*(f"%{needle}%" for needle in needles))]


async def _narrowing(service_id: UUID, wanted: ItemFilter, words: Sequence[str]) -> tuple[str, Sequence[Any]]:
    """A condition on `item.id` that leaves few items to read, for SQLite; an empty one when no filter is rare.

    Called once no word is: see `rare_word`.
    """
    candidates: list[tuple[str, Sequence[Any]]] = []
    if len(words) > 1:
        # Each is common; both together may be rare.
        candidates.append((MATCHING, (matching(words), service_id, rare_word.RARE + 1)))
    by_number = wanted.order is ItemOrder.NUMBER
    for column, value in _exact(wanted):
        # By age, the index of the filter is already in the order of the page.
        if by_number or words:
            rare = f"SELECT id FROM item WHERE service = {{}} AND {column} = {{}} LIMIT {{}}"
            candidates.append((rare, (service_id, value, rare_word.RARE + 1)))
    for text, values in candidates:
        found = await Statement(f"SELECT count(*) AS found FROM ({text}) AS few").fetch_one(*values)
        if found is not None and found["found"] <= rare_word.RARE:
            return f"item.id IN ({text})", values
    return "", ()


def _holder(row: Row) -> ItemHolder:
    name = f"{row['last_name']} {row['first_name']}" if row["pupil_id"] is not None else ""
    return _HOLDER.value(row, pupil_name=name, is_out=row["handed_over_on"] is not None)
