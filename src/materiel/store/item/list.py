"""The inventory looked through: filters that combine, sorts, keyset pages, and who holds each item.

PostgreSQL plans each search for its own words. SQLite is told: when one filter leaves few items they are read and
sorted, otherwise the index of the order is walked until the page is full. Neither reads a million rows for one page,
but for two common filters that hardly ever meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from materiel.domain.item.item import Item
from materiel.domain.item.list import ItemFilter
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.usage import Custody
from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import placeholders
from materiel.store.engine.search import matching, words_of
from materiel.store.engine.sorting import ListedRows, SortKey, sorted_page
from materiel.store.engine.statement import Statement
from materiel.store.item import rare_word
from materiel.store.item.item import ITEM, NEVER_LABELLED, STILL_IN_STOCK
from materiel.store.item.rare_word import BY_AGE, MATCHING, FoundOrder, ItemId, among, few_items, is_worth_it

MOST_SCHOOLS = 50
MOST_ADDED = 200
"""Items found by words whose prices are added up."""
MOST_VALUES = 200

_HELD = (
    "(SELECT {} FROM loan_item JOIN loan ON loan.id = loan_item.loan JOIN school AS place ON place.id = loan.school"
    " LEFT JOIN pupil ON pupil.id = loan.pupil WHERE loan_item.item = item.id AND loan_item.removed_on IS NULL)"
)
"""What the open loan of an item says, one at most."""

SORTS = {
    "numero": SortKey("item.inventory_number", indexed=True, unique=True),
    "ajout": SortKey("item.id", UUID, indexed=True, unique=True),
    "designation": SortKey("item.designation", indexed=True),
    "etat": SortKey("item.status", indexed=True),
    "acquis": SortKey("item.acquired_on", date),
    "prix": SortKey("item.purchase_price_cents", int, indexed=True),
    "chez": SortKey(f"coalesce({_HELD.format('trim(pupil.search)')}, '')"),
    "ou": SortKey(f"coalesce({_HELD.format('lower(place.name)')}, '')"),
    "depuis": SortKey(_HELD.format("coalesce(loan_item.handed_over_on, loan_item.added_on)"), date),
}
"""By the name of the column; one without an index is for a list known to be short."""
_FOUND_BY = {"numero": "inventory_number", "ajout": "id"}
"""The columns in whose order the items of a rare word are found."""
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
    """The open loan that holds or reserves an item, and since when. The pupil's name is for the service's own pages."""

    loan_id: UUID
    status: LoanStatus
    custody: Custody
    school_name: str
    school_uai: str
    pupil_id: UUID | None
    pupil_name: str
    is_out: bool
    since: date


_HOLDER = Mapper(ItemHolder, given=("pupil_name", "is_out", "since"))


@dataclass(frozen=True, slots=True)
class FoundByWords:
    """The items that hold the words of a filter, in its order when it is theirs; None when every word is common."""

    few: list[ItemId] | None


async def found_by_words(service_id: UUID, wanted: ItemFilter, after: LinePlace | None = None) -> FoundByWords:
    """What the words of a filter find among all the items of a service; the first page and the total want the same."""
    order = _order(wanted)
    known = _FOUND_BY.get(order.column)
    way = ("<", "DESC") if order.descending else (">", "ASC")
    follows = None if known is None or after is None else after.value
    found_order = FoundOrder(known, *way) if known else BY_AGE
    return FoundByWords(await _few(service_id, words_of(wanted.q), found_order, follows))


async def page(
    service_id: UUID,
    wanted: ItemFilter,
    *,
    limit: int,
    after: LinePlace | None = None,
    found_before: FoundByWords | None = None,
) -> list[tuple[Item, LinePlace]]:
    """At most `limit` items after the place of one of them, each with its own.

    Args:
        found_before: what `found_by_words` has told of this filter, for the first page.
    """
    order = _order(wanted)
    words = words_of(wanted.q)
    known = order.column in _FOUND_BY
    few = (found_before or await found_by_words(service_id, wanted, after)).few
    found = await _asked(service_id, wanted, () if few is not None else words)
    if found is None:
        return []
    conditions, values = found
    by_index = True
    if few is not None:
        # Filters choose among all of them; without any, the first ones are the page.
        condition, value = among(few[:limit] if known and len(conditions) == 1 else few)
        conditions.append(condition)
        values.append(value)
        by_index = False
    elif not is_postgres():
        narrow, narrow_values = await _narrowing(service_id, wanted, words)
        if narrow:
            conditions.append(narrow)
            values += narrow_values
        # The few items are sorted.
        by_index = not (narrow or wanted.school)
    rows = await sorted_page(
        ListedRows(columns="item.*", source="item", conditions=conditions, values=values, id="item.id"),
        SORTS[order.column],
        descending=order.descending,
        limit=limit,
        after=after,
        by_index=by_index,
        planned=bool(words),
    )
    return [(ITEM.value(row), place) for row, place in rows]


def _order(wanted: ItemFilter) -> Order:
    """All in one state, they are told apart by their numbers."""
    return replace(wanted.order, column="numero") if wanted.status and wanted.order.column == "etat" else wanted.order


async def total(
    service_id: UUID, wanted: ItemFilter, *, at_most: int | None = None, found_before: FoundByWords | None = None
) -> tuple[int, int | None]:
    """How many items match, all of them or so many of them, and what they cost, in cents.

    What words find in many items is counted and not added up: each of them would be read.

    Args:
        found_before: what `found_by_words` has told of this filter.
    """
    words = words_of(wanted.q)
    few = (found_before or await found_by_words(service_id, wanted)).few
    found = await _asked(service_id, wanted, () if few is not None else words)
    if found is None:
        return 0, 0
    conditions, values = found
    if few is not None:
        if len(conditions) == 1 and len(few) > MOST_ADDED:
            return len(few), None
        condition, value = among(few)
        # The sign keeps SQLite from walking all that the service has.
        conditions = [f"+{each}" for each in conditions] if not is_postgres() else conditions
        conditions.append(condition)
        values.append(value)
    counted_only = bool(words) and few is None
    text = f"SELECT {1 if counted_only else 'purchase_price_cents'} FROM item WHERE {' AND '.join(conditions)}"
    if counted_only and len(conditions) == 1 + len(words) and not is_postgres():
        # Nothing else to look at in the items than what the trigrams know.
        text, values, at_most = MATCHING, [matching(words), service_id], -1 if at_most is None else at_most
    elif at_most is not None:
        text += " LIMIT {}"
    cents = "" if counted_only else ", CAST(coalesce(sum(purchase_price_cents), 0) AS BIGINT) AS cents"
    (row,) = await Statement(f"SELECT count(*) AS found{cents} FROM ({text}) AS few").fetch(
        *values, *([] if at_most is None else [at_most])
    )
    return row["found"], None if counted_only else row["cents"]


async def _few(service_id: UUID, words: Sequence[str], order: FoundOrder, after: object) -> list[ItemId] | None:
    """The items that hold a rare word, where it costs less than to let the database plan."""
    if words and (not is_postgres() or is_worth_it(words)):
        return await few_items(service_id, words, order, after)
    return None


async def _asked(service_id: UUID, wanted: ItemFilter, words: Sequence[str]) -> tuple[list[str], list[Any]] | None:
    """The conditions of a filter and their values, with these words; None when no school answers to its own."""
    conditions = ["item.service = {}"]
    values: list[Any] = [service_id]
    for column, value in _exact(wanted):
        conditions.append(f"item.{column} = {{}}")
        values.append(value)
    if wanted.never_labelled:
        conditions.append(NEVER_LABELLED)
        if wanted.status is None:
            conditions.append(STILL_IN_STOCK)
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
        "SELECT loan_item.item, loan_item.handed_over_on, loan_item.added_on,"
        " loan.id AS loan_id, loan.status, loan.custody, loan.pupil AS pupil_id,"
        " place.name AS school_name, place.uai AS school_uai, pupil.last_name, pupil.first_name"
        " FROM loan_item"
        " JOIN loan ON loan.id = loan_item.loan JOIN school AS place ON place.id = loan.school"
        " LEFT JOIN pupil ON pupil.id = loan.pupil"
        f" WHERE loan_item.removed_on IS NULL AND loan_item.item IN ({placeholders(item_ids)})"
    ).fetch(*item_ids)
    return {row["item"]: _holder(row) for row in rows}


async def held_designations(loan_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """What the items that each of these loans holds or reserves are called, in the order of its lines."""
    found: dict[UUID, list[str]] = defaultdict(list)
    if loan_ids:
        rows = await Statement(
            "SELECT loan_item.loan, item.designation FROM loan_item JOIN item ON item.id = loan_item.item"
            f" WHERE loan_item.removed_on IS NULL AND loan_item.loan IN ({placeholders(loan_ids)})"
            " ORDER BY loan_item.position"
        ).fetch(*loan_ids)
        for row in rows:
            found[row["loan"]].append(row["designation"])
    return found


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
    by_age = wanted.order.column == "ajout"
    for column, value in _exact(wanted):
        # By age, the index of the filter is already in the order of the page.
        if words or not by_age:
            rare = f"SELECT id FROM item WHERE service = {{}} AND {column} = {{}} LIMIT {{}}"
            candidates.append((rare, (service_id, value, rare_word.RARE + 1)))
    if wanted.never_labelled:
        never = "SELECT id FROM item WHERE service = {} AND labelled_on IS NULL LIMIT {}"
        candidates.append((never, (service_id, rare_word.RARE + 1)))
    for text, values in candidates:
        found = await Statement(f"SELECT count(*) AS found FROM ({text}) AS few").fetch_one(*values)
        if found is not None and found["found"] <= rare_word.RARE:
            return f"item.id IN ({text})", values
    return "", ()


def _holder(row: Row) -> ItemHolder:
    name = f"{row['last_name']} {row['first_name']}" if row["pupil_id"] is not None else ""
    handed_over = row["handed_over_on"]
    return _HOLDER.value(row, pupil_name=name, is_out=handed_over is not None, since=handed_over or row["added_on"])
