"""Piccolo's SQLite engine with long-lived connections: one writer, a few readers, one thread hop a query.

The stock engine opens a connection and a thread for every query, and may leave a transaction open when a task is
cancelled. Here writers queue on one lock, so that a lock error of SQLite can only come from another process that
holds the file for longer than the time-out; it is then told as `Unavailable`.

An act that awaits nothing but its statements runs whole in the writer's thread (`in_one_visit`): the statements are
then plain calls, and nobody waits for a turn of the event loop between two of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from uuid import UUID

from piccolo.engine.base import BaseBatch
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType
from piccolo.query.base import Query
from piccolo.querystring import QueryString

from materiel.store.engine.replaced import OpenedFile
from materiel.store.engine.turn import PerLoop, busy, take
from materiel.store.engine.worker import Jobs, Worker, connection_here, run_each, run_whole, settled

# Piccolo reads every INTEGER through Decimal; `int` takes the bytes as they are, several times faster.
sqlite3.register_converter("INTEGER", int)

# An identifier is written in several rows of a transaction, and in their indexes' columns: its text is made once.
sqlite3.register_adapter(UUID, lru_cache(maxsize=1024)(str))

Rows = list[dict[str, Any]]
Result = TypeVar("Result")

READ_VERBS = ("SELECT", "WITH", "EXPLAIN", "VALUES")
"""How a read begins. SQLite itself refuses to a reader a `WITH` that writes: such a statement goes in a transaction."""

READERS = 4
"""Threads that read: SQLite reads without Python's lock."""

CACHE_KIB, READER_CACHE_KIB = 16_384, 6_144
"""Of the connection that writes, and of each that reads: what these keep is dropped at the next write of another.

The file is not mapped: SQLite drops the whole map at each write of another connection, and the pages that are then
mapped one by one again cost twice what it costs to read them.
"""

CHECKPOINT_PAGES = 4_000
"""Pages of 4 KiB written before they go from the log to the file, which keeps the log near 16 MiB.

The pages of an index that grows change in every transaction: they go once for several. With more of them, whoever
commits when they go waits for longer, and little is saved.
"""

BUSY_TIMEOUT_S = 15.0
DURABLE = "FULL"
"""`PRAGMA synchronous`: an agreement that was answered must survive a power failure."""


def _fetch(connection: sqlite3.Connection, sql: str, args: Sequence[Any]) -> Rows:
    cursor = connection.cursor()
    try:
        cursor.execute(sql, args)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except sqlite3.OperationalError as error:
        # The low byte of an extended code is the primary one.
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise busy() from error
        raise
    finally:
        # An open cursor keeps its read snapshot: the next read would be stale.
        cursor.close()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL. SQLite does not wait for this lock by itself, so several starters must."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() > deadline:
                raise busy() from error
            time.sleep(0.02)


def _roll_back_if_open(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.rollback()


class _WriterConnection:
    """What Piccolo's transaction and savepoint ask of a connection."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> Rows:
        rows: Rows = await self._worker.run(_fetch, sql, args)
        return rows


class PooledTransaction(SQLiteTransaction):
    """A transaction of the writer that always gives the lock back and never stays open."""

    engine: PooledSQLiteEngine

    async def __aenter__(self) -> PooledTransaction:
        if self._parent is not None:
            parent: PooledTransaction = self._parent
            return parent
        self.engine.file.check()
        # An act that visits the thread holds the lock already.
        self._lock = None if self.engine.is_visited() else self.engine.write_lock
        if self._lock is not None:
            await take(self._lock)
        try:
            self.connection = _WriterConnection(self.engine.writer)
            await self.begin()
        except BaseException:
            # Also when the task is cancelled just after BEGIN went through.
            await self._end()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        if self._parent is not None:
            return False
        try:
            if exception is None and not self._committed and not self._rolled_back:
                await self.commit()
        finally:
            try:
                await self._end()
            finally:
                self.engine.current_transaction.reset(self.context)
        return False

    async def _end(self) -> None:
        """Release the lock once the thread has left the transaction, even if this task is cancelled again."""
        lock = self._lock
        if lock is None:
            await self.engine.writer.run(_roll_back_if_open)
            return
        if self._committed:
            lock.release()
            return
        rollback = self.engine.writer.call(_roll_back_if_open)
        rollback.add_done_callback(lambda _: lock.release())
        await settled(rollback)


class PooledBatch(BaseBatch):
    """Rows of a select, a batch at a time, on a connection of its own; exceptions of the block go through."""

    def __init__(self, engine: PooledSQLiteEngine, query: Query, batch_size: int) -> None:
        self._query, self._batch_size = query, batch_size
        self._worker = Worker(engine.connect_reader, "sqlite-batch")

    async def __aenter__(self) -> Self:
        sql, args = self._query.querystrings[0].compile_string(engine_type="sqlite")
        try:
            self._cursor = await self._worker.call(lambda connection: connection.execute(sql, args))
        except BaseException:
            self._worker.stop()
            raise
        self._names = [column[0] for column in self._cursor.description]
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Rows:
        rows = await self._worker.call(lambda _: self._cursor.fetchmany(self._batch_size))
        if not rows:
            raise StopAsyncIteration
        named = [dict(zip(self._names, row, strict=True)) for row in rows]
        result: Rows = await self._query._process_results(named)
        return result

    async def __aexit__(self, *exception: object) -> Literal[False]:
        self._worker.stop()
        return False


class PooledSQLiteEngine(SQLiteEngine):
    """One file in WAL mode. `synchronous` is lowered by the tests only."""

    def __init__(self, path: str, *, synchronous: str = DURABLE) -> None:
        self._pragmas = (
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            # What is deleted is overwritten; many builds of SQLite leave it readable in the file.
            "secure_delete=ON",
            "temp_store=MEMORY",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        )
        self._writer: Worker | None = None
        self._readers: list[Worker] = []
        self.file = OpenedFile(path)
        self.stamp_seen = ""
        self._locks = PerLoop(asyncio.Lock)
        super().__init__(path=path, timeout=BUSY_TIMEOUT_S)

    # Connections

    def _connect(self, cache_kib: int = CACHE_KIB) -> sqlite3.Connection:
        # A reader opens at its first use: under a name whose file was moved meanwhile it would make an empty one.
        self.file.check()
        connection = sqlite3.connect(**self.connection_kwargs, check_same_thread=False, cached_statements=256)
        _write_ahead(connection)
        for pragma in (*self._pragmas, f"cache_size=-{cache_kib}"):
            connection.execute(f"PRAGMA {pragma}")
        self.file.note()
        return connection

    def connect_reader(self) -> sqlite3.Connection:
        """A connection that SQLite itself keeps from writing."""
        connection = self._connect(READER_CACHE_KIB)
        connection.execute("PRAGMA query_only=ON")
        return connection

    @property
    def writer(self) -> Worker:
        """The thread of the only connection that writes."""
        if self._writer is None:
            self._writer = Worker(self._connect, "sqlite-writer")
        return self._writer

    @property
    def write_lock(self) -> asyncio.Lock:
        """Held by the one task that writes."""
        return self._locks.get()

    def is_visited(self) -> bool:
        """Whether the caller runs in the writer's thread."""
        return self._writer is not None and self._writer.is_here()

    async def in_one_visit(self, act: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run an act whole in the writer's thread, in the transaction of the caller if there is one.

        It awaits nothing but its statements. When the task is cancelled the act ends first, and stays committed.

        Raises:
            RuntimeError: it awaited something else; nothing of it is kept.
            Unavailable: `database.busy`.
        """
        if self.is_visited():
            return await act()
        inside = self.current_transaction.get() is not None
        async with contextlib.nullcontext() if inside else self._exclusive():
            result: Result = await self.writer.run(run_whole, contextvars.copy_context(), act)
        return result

    async def together(self, reads: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
        """Run reads one after the other in the thread of one reader, values and all, or where the caller is.

        Side by side, threads would take Python's lock from one another at each row, and end later.
        """
        if self.is_visited() or self.current_transaction.get() is not None:
            return [await read for read in reads]
        if not self._readers:
            await self.start_connection_pool()
        answers: list[Any] = await self._readers[0].call(run_each, contextvars.copy_context(), reads)
        return answers

    async def start_connection_pool(self, **kwargs: Any) -> None:
        """Open the readers; the writer opens at its first use."""
        if not self._readers:
            jobs: Jobs = queue.SimpleQueue()
            self._readers = [Worker(self.connect_reader, f"sqlite-reader-{n}", jobs) for n in range(READERS)]

    async def close_connection_pool(self) -> None:
        """Close every connection; the writer, the last one, folds the write-ahead log back into the file.

        Two that closed at the same moment would each leave it to the other.
        """
        readers, writer = self._readers, self._writer
        self._readers, self._writer = [], None
        for reader in readers:
            reader.dismiss()
        for reader in readers:
            reader.join()
        if writer is not None:
            writer.stop()

    # Queries

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> Rows:
        """Run one statement, with `?` for each value, in the current transaction if there is one."""
        transaction = self.current_transaction.get()
        if self.is_visited():
            rows: Rows = await self.writer.run(_fetch, sql, args)
        elif (connection := connection_here()) is not None:
            rows = _fetch(connection, sql, args)
        elif transaction is not None:
            rows = await transaction.connection.execute(sql, args)
        elif sql.lstrip()[:7].upper().startswith(READ_VERBS):
            if not self._readers:
                await self.start_connection_pool()
            # Whichever reader is free takes it.
            rows = await self._readers[0].call(_fetch, sql, args)
        else:
            async with self._exclusive() as writer:
                rows = await writer.run(_fetch, sql, args)
        return rows

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[Worker]:
        self.file.check()
        lock = self.write_lock
        await take(lock)
        try:
            yield self.writer
        finally:
            lock.release()

    async def run_querystring(self, querystring: QueryString, in_pool: bool = False) -> Rows:
        """Piccolo's entry for queries."""
        sql, args = querystring.compile_string(engine_type="sqlite")
        return await self.fetch(sql, args)

    async def run_ddl(self, ddl: str, in_pool: bool = False) -> Rows:
        """Piccolo's entry for schema statements."""
        return await self.fetch(ddl)

    async def batch(self, query: Query, batch_size: int = 100, node: str | None = None) -> PooledBatch:
        """Piccolo's entry for long selects."""
        return PooledBatch(self, query, batch_size)

    def transaction(
        self,
        transaction_type: TransactionType = TransactionType.immediate,
        allow_nested: bool = True,
    ) -> PooledTransaction:
        """BEGIN IMMEDIATE unless told otherwise: a read followed by a write cannot meet a lock error."""
        return PooledTransaction(engine=self, transaction_type=transaction_type, allow_nested=allow_nested)

    def writing_transaction(self) -> PooledTransaction:
        """BEGIN IMMEDIATE, never nested."""
        return self.transaction(allow_nested=False)
