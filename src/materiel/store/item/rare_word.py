"""The rarest word of a search: few items hold it, that are read to look for the other words.

Each index would otherwise go through all that it knows of a word found everywhere, beside a rare one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from materiel.store.engine.database import is_postgres
from materiel.store.engine.search import matching
from materiel.store.engine.statement import Statement

RARE = 2_000
"""Items of one status that SQLite reads one by one in a few milliseconds."""

_FIGURE = re.compile(r"[0-9]")
MATCHING = (
    "SELECT item_search.item AS id FROM item_trigram"
    " CROSS JOIN item_search ON item_search.position = item_trigram.rowid"
    " WHERE item_trigram MATCH {} AND item_search.service = {} LIMIT {}"
)
"""On SQLite: the items of a service that hold words, as FTS5 writes them, so many at most."""
# Together in one row: a thousand identifiers made values and texts again would cost more than finding them.
_HOLDING = Statement(
    f"SELECT count(*) AS found, json_group_array(id) AS ids FROM ({MATCHING}) AS few",
    postgres="SELECT count(*) AS found, coalesce(array_agg(id), ARRAY[]::uuid[]) AS ids"
    " FROM (SELECT id FROM item WHERE search LIKE {} AND service = {} LIMIT {}) AS few",
)


@dataclass(frozen=True, slots=True)
class FewItems:
    """The items that hold the rarest word, as the database lists them, and the words left to look for in them."""

    value: object
    left: tuple[str, ...]

    @property
    def condition(self) -> str:
        """On `item`, with one value."""
        return "item.id = ANY({})" if is_postgres() else "item.id IN (SELECT value FROM json_each({}))"


HOLDS = "(item.search || '') LIKE {}"
"""Whether an item holds a word, read in the item itself: no index serves an expression."""


async def few_items(service_id: UUID, words: Sequence[str]) -> FewItems | None:
    """The items that hold one of the words, when they are few; None when every word is common.

    References are tried first, then long words.
    """
    for word in sorted(words, key=lambda each: (_FIGURE.search(each) is None, -len(each))):
        (row,) = await _HOLDING.fetch_planned(f"%{word}%" if is_postgres() else matching([word]), service_id, RARE + 1)
        if row["found"] <= RARE:
            return FewItems(row["ids"], tuple(each for each in words if each != word))
    return None
