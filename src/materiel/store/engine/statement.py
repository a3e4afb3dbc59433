"""SQL text compiled once, for the hot reads: Piccolo builds a query again each time, at about 110 µs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from itertools import count
from typing import Any

from materiel.store.engine.database import Row, current_engine, is_postgres

_SETTINGS = {
    "join_collapse_limit": "1",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashagg": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}
_INDEXED_BY = re.compile(r" INDEXED BY \w+")
_SIGNED_DAY = re.compile(r" \+(\w+\.\w+_on)\b")
_SET = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items())
_BY_INDEX = f"SELECT {_SET}"


def words(members: Iterable[StrEnum]) -> str:
    """The values of an enumeration as SQL texts, sorted: what stands between the parentheses of an IN."""
    return ", ".join(f"'{each.value}'" for each in sorted(members))


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


def in_order(text: str) -> Statement:
    """A statement whose tables are joined in the order in which they stand: SQLite keeps that of a CROSS JOIN.

    PostgreSQL does not accept one with ON, and keeps the order of a JOIN inside `by_index` only. INDEXED BY is SQLite's
    own; a sign before a day keeps both from the index of its column.
    """
    joined = text.replace("CROSS JOIN", "JOIN")
    return Statement(text, postgres=_SIGNED_DAY.sub(r" (\1 + 0)", _INDEXED_BY.sub("", joined)))


@asynccontextmanager
async def by_index() -> AsyncIterator[None]:
    """Statements that stop early: PostgreSQL joins in the order written, one row after the other, by its indexes.

    It guesses how many rows a list holds, and prepares for all of them where a hundred are asked for. One plan serves
    every value, and is made once.
    """
    if not is_postgres():
        yield
        return
    async with current_engine().transaction():
        await current_engine().fetch(_BY_INDEX)
        yield
