"""A database that only reads, for whatever a block asks of it: what would write is refused loudly.

Only the block's own task is held to it: the loops of the server go on writing what was noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from materiel.store.engine.postgres import Rows, SafePostgresEngine
from materiel.store.engine.sqlite import PooledSQLiteEngine

_reads_only: ContextVar[bool] = ContextVar("reads_only", default=False)


class Wrote(Exception):
    """Somebody asked for the writer where nobody may."""


@contextmanager
def nothing_written() -> Iterator[None]:
    """Refuse the writer of SQLite, and a turn to write on PostgreSQL, even to a transaction that only reads.

    Any connection of PostgreSQL can write: its single statements are made read-only, so that the server refuses.
    """
    writer, turn, fetch = PooledSQLiteEngine.writer, SafePostgresEngine.turn_to_write, SafePostgresEngine.fetch

    def kept(original: Any) -> property:
        def asked(engine: object) -> object:
            if _reads_only.get():
                raise Wrote
            return original.fget(engine)

        return property(asked)

    async def fetch_only(engine: SafePostgresEngine, sql: str, args: Sequence[Any] = ()) -> Rows:
        if not _reads_only.get() or engine.current_transaction.get() is not None:
            return await fetch(engine, sql, args)
        connection = await engine.take_connection()
        try:
            async with connection.transaction(readonly=True):
                rows: Rows = await connection.fetch(sql, *args)
                return rows
        finally:
            await engine.give_back(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PooledSQLiteEngine, "writer", kept(writer))
        patch.setattr(SafePostgresEngine, "turn_to_write", kept(turn))
        patch.setattr(SafePostgresEngine, "fetch", fetch_only)
        token = _reads_only.set(True)
        try:
            yield
        finally:
            _reads_only.reset(token)
