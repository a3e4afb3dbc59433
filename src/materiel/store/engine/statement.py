"""SQL text compiled once, for the hot reads: Piccolo builds a query again each time, at about 110 µs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Any

from materiel.store.engine.database import Row, current_engine, is_postgres


class Statement:
    """One statement for both engines, with `{}` where a value goes.

    `postgres` gives the text for PostgreSQL where the two dialects differ.
    """

    __slots__ = ("_postgres", "_sqlite")

    def __init__(self, text: str, *, postgres: str | None = None) -> None:
        numbers = count(1)
        self._sqlite = text.replace("{}", "?")
        self._postgres = re.sub(r"\{\}", lambda _: f"${next(numbers)}", text if postgres is None else postgres)

    async def fetch(self, *args: Any) -> Sequence[Row]:
        """Every row, in the order of the statement."""
        return await current_engine().fetch(self._postgres if is_postgres() else self._sqlite, args)

    async def fetch_planned(self, *args: Any) -> Sequence[Row]:
        """Like `fetch`, with a plan made for these very values.

        PostgreSQL soon settles on one plan for every value of a prepared statement; for a search, the plan of a word
        found everywhere is a hundred times slower for a word found once.
        """
        if not is_postgres():
            return await self.fetch(*args)
        async with current_engine().transaction():
            await current_engine().fetch("SET LOCAL plan_cache_mode = force_custom_plan")
            return await self.fetch(*args)

    async def fetch_one(self, *args: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(*args)
        return rows[0] if rows else None
