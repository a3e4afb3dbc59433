"""The rarest word of a search: few items hold it, that are read to look for the other words.

Each index would otherwise go through all that it knows of a word found everywhere, beside a rare one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from materiel.store.engine.database import is_postgres
from materiel.store.engine.search import matching
from materiel.store.engine.statement import Statement

RARE = 2_000
"""Items of one status that SQLite reads one by one in a few milliseconds."""

TAIL = 5
"""Last signs of a number that few others have."""

_FIGURE = re.compile(r"[0-9]")
MATCHING = (
    "SELECT item_search.item AS id FROM item_trigram"
    " CROSS JOIN item_search ON item_search.position = item_trigram.rowid"
    " WHERE item_trigram MATCH {} AND item_search.service = {} LIMIT {}"
)
"""On SQLite: the items of a service that hold words, as FTS5 writes them, so many at most."""

ItemId = UUID | str
"""As the database lists it: a text on SQLite."""


class FoundOrder(NamedTuple):
    """In which order items are listed, by a column of theirs, and what is said of those that follow one."""

    column: str
    sign: str
    direction: str

    @property
    def descends(self) -> bool:
        """Whether the greatest comes first."""
        return self.direction == "DESC"


BY_AGE = FoundOrder("id", ">", "ASC")


async def few_items(
    service_id: UUID, words: Sequence[str], order: FoundOrder = BY_AGE, after: object = None
) -> list[ItemId] | None:
    """The items that hold all the words, in order, when one of the words is rare; None when every word is common.

    The others are looked for in the items that hold the rare one. References are tried first, then long words.

    Args:
        order: by the number or by the id.
        after: the number or the id of the last item of the page before.
    """
    for word in sorted(words, key=lambda each: (not is_reference(each), -len(each))):
        part = _rarest_part(word) if is_postgres() else word
        others = [f"%{each}%" for each in words if each != part]
        last = [] if after is None else [after]
        needle = f"%{part}%" if is_postgres() else matching([part])
        holding = _holding(order, len(others), after is not None)
        (row,) = await holding.fetch_planned(*others, *last, needle, service_id, RARE + 1)
        if row["found"] <= RARE:
            return _in_order(row["ids"], order)
    return None


def is_worth_it(words: Sequence[str]) -> bool:
    """Whether PostgreSQL is told which word to follow: it follows one as well as it can by itself, unless a number."""
    return len(words) > 1 or (bool(words) and is_reference(words[0]))


def is_reference(word: str) -> bool:
    """Whether a word is likely to be a number, of the inventory or of a series: few items hold it."""
    return _FIGURE.search(word) is not None


def _rarest_part(word: str) -> str:
    """What PostgreSQL is to look for of a number, the whole of which is then compared.

    Numbers begin alike: an index of three letters goes through every item for what they all begin with.
    """
    return word[-TAIL:] if is_reference(word) and len(word) > TAIL else word


@lru_cache
def _holding(order: FoundOrder, others: int, follows: bool) -> Statement:
    """How many items hold the rarest word, and those of them that hold the others.

    In one row: a thousand identifiers made values and texts again would cost more than finding them.
    """
    kept = " AND ".join(["search LIKE {}"] * others + [f"key {order.sign} {{}}"] * follows) or "true"
    column = {"id": "item", "inventory_number": "number"}[order.column]
    matches = MATCHING.replace(" AS id FROM", f" AS id, item_search.{column} AS key, item_search.search FROM")
    return Statement(
        f"SELECT count(*) AS found, json_group_array(json_array(key, id)) FILTER (WHERE {kept}) AS ids"
        f" FROM ({matches}) AS few",
        postgres=f"SELECT count(*) AS found, coalesce(array_agg(id ORDER BY key {order.direction})"
        f" FILTER (WHERE {kept}), ARRAY[]::uuid[]) AS ids"
        f" FROM (SELECT id, {order.column} AS key, search FROM item"
        " WHERE search LIKE {} AND service = {} LIMIT {}) AS few",
    )


def _in_order(ids: Any, order: FoundOrder) -> list[ItemId]:
    """SQLite gives an aggregate in the order that it likes."""
    if is_postgres():
        return list(ids)
    return [item_id for _, item_id in sorted(msgspec.json.decode(ids), reverse=order.descends)]


def among(ids: Sequence[ItemId]) -> tuple[str, object]:
    """The condition on `item` that it is one of these, with its value."""
    if is_postgres():
        return "item.id = ANY({})", list(ids)
    return "item.id IN (SELECT value FROM json_each({}))", json.dumps(ids)
