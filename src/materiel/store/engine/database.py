"""The database of the process: built from its URL, bound to every table, started and stopped by its owner."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from piccolo.apps.migrations.tables import Migration

from materiel.data_folder import make_base
from materiel.errors import BadInput, MaterielError, Unavailable
from materiel.postgres_url import read_postgres_url
from materiel.settings import sqlite_file
from materiel.store.engine.failure import file_refused
from materiel.store.engine.postgres import SafePostgresEngine
from materiel.store.engine.sqlite import DURABLE, PooledSQLiteEngine
from materiel.store.tables import ALL_TABLES

# Piccolo looks for a `piccolo_conf` in the working directory unless told where ours is.
os.environ.setdefault("PICCOLO_CONF", "materiel.piccolo_conf")

DatabaseEngine = PooledSQLiteEngine | SafePostgresEngine
Row = Mapping[str, Any]
Args = ParamSpec("Args")
Answer = TypeVar("Answer")

_bound: DatabaseEngine | None = None
_enclosed: ContextVar[bool] = ContextVar("enclosed", default=False)

Write = Callable[[Sequence[Any]], Awaitable[None]]
_last: ContextVar[dict[Write, list[Any]] | None] = ContextVar("last", default=None)
"""What the current transaction writes last, by what writes it; None outside of one."""


def build_engine(url: str, *, synchronous: str = DURABLE) -> DatabaseEngine:
    """The engine of `sqlite:///relative`, `sqlite:////absolute` or `postgresql://…`; connects to nothing.

    `synchronous` is SQLite's pragma, lowered by the tests only.

    Raises:
        BadInput: `database.url`, another scheme, or an option that is none.
    """
    if file := sqlite_file(url):
        return PooledSQLiteEngine(str(file), synchronous=synchronous)
    if urlsplit(url).scheme in ("postgresql", "postgres"):
        return SafePostgresEngine(read_postgres_url(url))
    raise BadInput("database.url", "L’adresse de la base doit commencer par « sqlite:/// » ou « postgresql:// ».")


def bind(engine: DatabaseEngine) -> DatabaseEngine:
    """Make every table, and Piccolo's own record of migrations, use this engine."""
    global _bound
    _bound = engine
    for table in (*ALL_TABLES, Migration):
        table._meta.db = engine
    return engine


def bound_engine() -> DatabaseEngine | None:
    """The engine last bound, if any."""
    return _bound


def current_engine() -> DatabaseEngine:
    """The bound engine; a `LookupError` before `bind` is a fault of the program."""
    if _bound is None:
        raise LookupError("no database engine is bound: call bind(build_engine(url)) first")
    return _bound


def is_postgres() -> bool:
    """Whether the bound engine is PostgreSQL, for the few statements that differ."""
    return isinstance(current_engine(), SafePostgresEngine)


async def start(engine: DatabaseEngine) -> None:
    """Open the connections; a SQLite file and its folder are made when missing.

    Raises:
        Unavailable: `database.unreachable`.
        NeedsRepair: what `store.engine.failure` names.
    """
    if isinstance(engine, PooledSQLiteEngine):
        try:
            make_base(Path(engine.path))
        except OSError as error:
            raise file_refused(error) from error
    await engine.start_connection_pool()


async def stop(engine: DatabaseEngine) -> None:
    """Close the connections, whether or not `start` succeeded."""
    if isinstance(engine, PooledSQLiteEngine) or engine.pool is not None:
        await engine.close_connection_pool()


def check_file() -> None:
    """Whether a SQLite base is still the file that was opened. Raises `Unavailable`, `database.replaced`."""
    engine = current_engine()
    if isinstance(engine, PooledSQLiteEngine):
        engine.file.check()


@asynccontextmanager
async def write_transaction() -> AsyncIterator[None]:
    """Run the block in one transaction: commit at its end, roll back on any exception.

    SQLite gets BEGIN IMMEDIATE. No nesting, no `gather` and no new task inside: one connection serves it.

    Raises:
        Unavailable: `database.busy` or `database.unreachable`.
    """
    if _enclosed.get():
        yield
        return
    async with current_engine().writing_transaction():
        token = _last.set({})
        try:
            yield
            await write_what_is_last()
        finally:
            _last.reset(token)


def write_last(write: Write, value: Any) -> bool:
    """Keep a value until the current transaction ends, for `write` to write all of its own at once, before the commit.

    For what every writer writes and waits for: it is then held the shortest time. False outside of a transaction.
    """
    last = _last.get()
    if last is None:
        return False
    last.setdefault(write, []).append(value)
    return True


async def together(*reads: Coroutine[Any, Any, Any]) -> list[Any]:
    """What reads answer that do not wait for one another, in their order; each awaits nothing but its statements."""
    return await current_engine().together(reads)


def is_writing() -> bool:
    """Whether the caller is inside a write transaction."""
    return _last.get() is not None


async def write_what_is_last() -> None:
    """Write it now, for whoever reads it in the same transaction; nothing outside of one."""
    last = _last.get() or {}
    for write in list(last):
        await write(last.pop(write))


def in_one_visit(act: Callable[Args, Coroutine[Any, Any, Answer]]) -> Callable[Args, Coroutine[Any, Any, Answer]]:
    """Make an act that awaits nothing but its statements run whole in the thread that writes, where there is one.

    On SQLite each statement is otherwise a way to that thread and back, that waits for a turn of the event loop.
    """

    @wraps(act)
    async def whole(*args: Args.args, **kwargs: Args.kwargs) -> Answer:
        engine = current_engine()
        if isinstance(engine, SafePostgresEngine):
            return await act(*args, **kwargs)
        return await engine.in_one_visit(partial(act, *args, **kwargs))

    return whole


@asynccontextmanager
async def enclosing_transaction() -> AsyncIterator[None]:
    """A transaction that the `write_transaction` of a use case run inside joins instead of opening its own.

    For what is kept together or not at all: an idempotency key with its effect and its answer, a loan with its papers.
    """
    async with write_transaction():
        token = _enclosed.set(True)
        try:
            yield
        finally:
            _enclosed.reset(token)


@asynccontextmanager
async def undone_alone() -> AsyncIterator[None]:
    """A part of the current write transaction: a refusal that its block raises undoes the block, and nothing else.

    Whoever catches the refusal goes on in the same transaction; no longer when it is the database that cannot answer.
    """
    last = _last.get()
    assert last is not None, "a part belongs to a transaction"
    before = {write: list(values) for write, values in last.items()}
    await fetch("SAVEPOINT part")
    try:
        yield
    except Unavailable:
        raise
    except MaterielError:
        await fetch("ROLLBACK TO SAVEPOINT part")
        # Else a part that holds this one would be undone to here only.
        await fetch("RELEASE SAVEPOINT part")
        last.clear()
        last.update(before)
        raise
    await fetch("RELEASE SAVEPOINT part")


async def fetch(sql: str, args: Sequence[Any] = ()) -> Sequence[Row]:
    """Run one statement in the bound engine's own dialect; `statement.Statement` writes both at once."""
    return await current_engine().fetch(sql, args)
