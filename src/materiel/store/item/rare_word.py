"""The rarest word of a search: few items hold it, that are read to look for the other words.

Each index would otherwise go through all that it knows of a word found everywhere, beside a rare one.
"""

from __future__ import annotations

import json
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
_HOLDING = Statement(MATCHING, postgres="SELECT id FROM item WHERE search LIKE {} AND service = {} LIMIT {}")


@dataclass(frozen=True, slots=True)
class FewItems:
    """The items that hold the rarest word, and the words that are left to look for in them."""

    ids: Sequence[UUID]
    left: tuple[str, ...]

    @property
    def condition(self) -> str:
        """On `item`, with one value."""
        return "item.id = ANY({})" if is_postgres() else "item.id IN (SELECT value FROM json_each({}))"

    @property
    def value(self) -> object:
        """That of the condition."""
        return self.ids if is_postgres() else json.dumps([str(each) for each in self.ids])


HOLDS = "(item.search || '') LIKE {}"
"""Whether an item holds a word, read in the item itself: no index serves an expression."""


async def few_items(service_id: UUID, words: Sequence[str]) -> FewItems | None:
    """The items that hold one of the words, when they are few; None when every word is common.

    References are tried first, then long words.
    """
    for word in sorted(words, key=lambda each: (_FIGURE.search(each) is None, -len(each))):
        rows = await _HOLDING.fetch_planned(f"%{word}%" if is_postgres() else matching([word]), service_id, RARE + 1)
        if len(rows) <= RARE:
            return FewItems([row["id"] for row in rows], tuple(each for each in words if each != word))
    return None
