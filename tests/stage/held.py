"""What a setting-up leaves in a fresh base, written at once for each test of the process that wants the same.

The first test pays for the use cases; the others get the rows that they left, whole: on SQLite the pages of the file,
on PostgreSQL the rows and the sequences. What came before in the base is replaced, so it must be fresh.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from asyncpg import Connection
from tests.stage.reused_database import OPEN, Rows, read_rows, write_rows

from materiel.store.engine.database import current_engine, fetch
from materiel.store.engine.postgres import SafePostgresEngine
from materiel.store.engine.sqlite import PooledSQLiteEngine

T = TypeVar("T")

_FOLDER = tempfile.TemporaryDirectory(prefix="materiel-held-")
_FILES: dict[str, tuple[Path, object]] = {}
_ROWS: dict[str, tuple[Rows, object]] = {}


async def held(name: str, fill: Callable[[], Awaitable[T]]) -> T:
    """Do `fill` in the bound base, or give this base what it left in another; what it returned is returned again."""
    found = await fetch("SELECT (SELECT count(*) FROM managing_service) + (SELECT count(*) FROM journal) AS rows")
    if found[0]["rows"]:
        return await fill()
    engine = current_engine()
    if isinstance(engine, SafePostgresEngine):
        return await _held_rows(engine, name, fill)
    return await _held_file(engine, name, fill)


async def _held_file(engine: PooledSQLiteEngine, name: str, fill: Callable[[], Awaitable[T]]) -> T:
    if name in _FILES:
        path, returned = _FILES[name]
        await engine.writer.call(_copy_from, path)
        return returned  # type: ignore[return-value]
    filled = await fill()
    path = Path(_FOLDER.name) / f"{len(_FILES)}.sqlite3"
    await engine.writer.call(lambda connection: connection.execute("VACUUM INTO ?", (str(path),)))
    _FILES[name] = (path, filled)
    return filled


def _copy_from(connection: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as source:
        source.backup(connection)


async def _held_rows(engine: SafePostgresEngine, name: str, fill: Callable[[], Awaitable[T]]) -> T:
    base = (await fetch("SELECT current_database() AS name"))[0]["name"]
    kept = OPEN.get((base, asyncio.get_running_loop()))
    if kept is not None:
        return await _held_through(kept, name, fill)
    connection = await engine.take_connection()
    try:
        return await _held_through(connection, name, fill)
    finally:
        await engine.give_back(connection)


async def _held_through(connection: Connection, name: str, fill: Callable[[], Awaitable[T]]) -> T:
    if name not in _ROWS:
        filled = await fill()
        _ROWS[name] = (await read_rows(connection), filled)
        return filled
    rows, returned = _ROWS[name]
    async with connection.transaction():
        await write_rows(connection, rows)
    return returned  # type: ignore[return-value]
