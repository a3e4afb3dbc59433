"""Piccolo's PostgreSQL engine, whose transactions always give their connection back.

The stock engine keeps the pool's connection, and its context variable, when COMMIT fails or the task is cancelled
at the wrong moment; a few of those and every later query hangs for ever. It also connects at construction, and
waits without limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal

import asyncpg
from piccolo.engine.postgres import AsyncBatch, PostgresEngine, PostgresTransaction
from piccolo.query.base import Query
from piccolo.querystring import QueryString

from materiel.errors import Unavailable
from materiel.postgres_url import PostgresUrl
from materiel.store.engine.failure import repair_needed
from materiel.store.engine.turn import PerLoop, busy, take

Rows = Sequence[Mapping[str, Any]]

ACQUIRE_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 10.0

BUSY_ERRORS = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
)
LOST_STATES = ("08", "57P01", "57P02", "57P03", "57P04", "57P05", "25P03")
"""How begin the SQLSTATE codes of a connection that ended, or of a server that starts or stops. A pooler in front of
the server uses the first too."""


def unreachable() -> Unavailable:
    """The error told to the caller when the server is down or restarting."""
    return Unavailable(
        "database.unreachable",
        "La base de données ne répond pas. Recommencez dans quelques instants ; "
        "si cela dure, prévenez l’administrateur.",
    )


def unsure() -> Unavailable:
    """The error told when the connection died as COMMIT was on its way: nobody knows here whether it arrived."""
    return Unavailable(
        "database.unsure",
        "La liaison avec la base de données s’est rompue au moment d’enregistrer. "
        "Vérifiez si l’opération a été faite avant de recommencer.",
    )


def is_lost(error: BaseException) -> bool:
    """Whether an error says that the connection is dead, or that none can be had."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate).startswith(LOST_STATES)
    return isinstance(error, OSError)


class _ToldAsUnavailable:
    """Around what talks to the server. A class: a generator would cost each query several microseconds."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None and (needed := repair_needed(error)):
            raise needed from error
        if isinstance(error, (*BUSY_ERRORS, TimeoutError)):
            raise busy() from error
        if error is not None and is_lost(error):
            raise unreachable() from error


_told_as_unavailable = _ToldAsUnavailable()


class _Over:
    """Around what a connection is asked: one that is dead is told as `unreachable`, and nobody gets it again.

    asyncpg tells of it in three ways: the connection was closed, it was taken back into the pool by its own death, or
    its protocol failed and it looks alive. A fault of the program (a wrong argument) is an `InterfaceError` as well.
    """

    __slots__ = ("_connection",)

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, asyncpg.InternalClientError):
            with suppress(asyncpg.InterfaceError):
                self._connection.terminate()
            raise unreachable() from error
        if isinstance(error, asyncpg.InterfaceError) and _is_dead(self._connection):
            raise unreachable() from error


def _is_dead(connection: asyncpg.Connection) -> bool:
    try:
        closed: bool = connection.is_closed()
    except asyncpg.InterfaceError:
        return True
    return closed


async def _keep_session_state(connection: asyncpg.Connection) -> None:
    """No RESET between two users of a connection: nothing here sets session state, and it costs a round trip.

    asyncpg still rolls an open transaction back before it calls this.
    """


class SafeTransaction(PostgresTransaction):
    """A transaction that releases its connection on every way out; one that writes waits for its turn without one."""

    engine: SafePostgresEngine
    turn: asyncio.Semaphore | None = None

    async def __aenter__(self) -> SafeTransaction:
        if self._parent is not None:
            parent: SafeTransaction = self._parent
            return parent
        if self.turn is not None:
            await take(self.turn)
        try:
            await self._begin()
        except BaseException:
            self._leave()
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
            if not self._committed and not self._rolled_back:
                await self._end(failed=exception is not None)
        finally:
            try:
                await asyncio.shield(self.engine.give_back(self.connection))
            finally:
                self._leave()
                self.engine.current_transaction.reset(self.context)
        return False

    async def _begin(self) -> None:
        with _told_as_unavailable:
            self.connection = await self.engine.take_connection()
            try:
                with _Over(self.connection):
                    self.transaction = self.connection.transaction()
                    await self.begin()
            except BaseException:
                await asyncio.shield(self.engine.give_back(self.connection))
                raise

    async def _end(self, *, failed: bool) -> None:
        was_dead = _is_dead(self.connection)
        try:
            with _told_as_unavailable, _Over(self.connection):
                await (self.rollback() if failed else self.commit())
        except Unavailable as error:
            if error.code != "database.unreachable":
                raise
            if not failed:
                raise error if was_dead else unsure() from error
            # A dead connection took its transaction with it: what ended the block is what there is to tell.

    def _leave(self) -> None:
        if self.turn is not None:
            self.turn.release()


class SafeBatch(AsyncBatch):
    """Piccolo's batch, without swallowing the exceptions of its block."""

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        await super().__aexit__(exception_type, exception, traceback)
        return False


class SafePostgresEngine(PostgresEngine):
    """A server named by its address. Nothing connects before `start_connection_pool` or the first query.

    Statements are prepared once for a connection, unless `url.prepared` is off: a pooler in transaction mode gives
    another connection each time, where what was prepared is unknown.
    """

    def __init__(self, url: PostgresUrl) -> None:
        self.stamp_seen = ""
        config: dict[str, Any] = {"dsn": url.dsn, "timeout": CONNECT_TIMEOUT_S}
        if not url.prepared:
            config["statement_cache_size"] = 0
        super().__init__(config=config, extensions=())
        self._pool_size = url.pool
        self._turns = PerLoop(lambda: asyncio.Semaphore(url.writers))

    async def get_version(self) -> float:
        """Piccolo asks at construction; a version of 0 means unknown to it."""
        return 0.0

    async def start_connection_pool(self, **kwargs: Any) -> None:
        """Open the pool, and one connection of it; `kwargs` are those of `asyncpg.create_pool`."""
        # A least number of connections would be opened again in the background, with a trace in the log at each
        # second of a server that is away.
        sizes = {"min_size": 0, "max_size": self._pool_size, **kwargs}
        with _told_as_unavailable:
            await super().start_connection_pool(**sizes, reset=_keep_session_state)
            await self.give_back(await self.take_connection())

    async def take_connection(self) -> asyncpg.Connection:
        """A connection of the pool, or a new one when there is no pool (Piccolo's own commands)."""
        if self.pool is None:
            return await self.get_new_connection()
        # Waiting with a limit costs asyncpg a task: only done when nothing is idle.
        if self.pool.get_idle_size():
            return await self.pool.acquire()
        taking = asyncio.ensure_future(self.pool.acquire(timeout=ACQUIRE_TIMEOUT_S))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            # Cut while it connects, asyncpg complains on the error output and keeps the place in the pool.
            await asyncio.wait({taking})
            if not taking.cancelled() and taking.exception() is None:
                await self.pool.release(taking.result())
            raise

    async def give_back(self, connection: asyncpg.Connection) -> None:
        """Undo `take_connection`."""
        if self.pool is None:
            await connection.close()
            return
        # One that dies just then has given itself back already, and asyncpg takes a second time for a fault.
        with suppress(asyncpg.InternalClientError):
            await self.pool.release(connection)

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> Rows:
        """Run one statement, with `$1`, `$2`… for the values, in the current transaction if there is one."""
        with _told_as_unavailable:
            transaction = self.current_transaction.get()
            if transaction is not None:
                with _Over(transaction.connection):
                    rows: Rows = await transaction.connection.fetch(sql, *args)
                return rows
            connection = await self.take_connection()
            try:
                with _Over(connection):
                    rows = await connection.fetch(sql, *args)
            finally:
                # No shield of ours: the pool has its own, and a second one is a second task for each query.
                await self.give_back(connection)
            return rows

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Rows:
        """Piccolo's entry for queries."""
        sql, args = querystring.compile_string(engine_type=self.engine_type)
        return await self.fetch(sql, args)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Rows:
        """Piccolo's entry for schema statements."""
        return await self.fetch(ddl)

    async def batch(self, query: Query, batch_size: int = 100, node: str | None = None) -> SafeBatch:
        """Piccolo's entry for long selects, on a connection of its own."""
        return SafeBatch(connection=await self.get_new_connection(), query=query, batch_size=batch_size)

    async def together(self, reads: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
        """Run reads at once, each on a connection of its own; one after the other in a transaction, which has one."""
        if self.current_transaction.get() is not None:
            return [await read for read in reads]
        return await asyncio.gather(*reads)

    @property
    def turn_to_write(self) -> asyncio.Semaphore:
        """Held by each of the few tasks that write at once."""
        return self._turns.get()

    def transaction(self, allow_nested: bool = True) -> SafeTransaction:
        """READ COMMITTED; what must be exclusive is locked by its statement."""
        return SafeTransaction(engine=self, allow_nested=allow_nested)

    def writing_transaction(self) -> SafeTransaction:
        """A transaction of one of the few that write at once, never nested."""
        transaction = SafeTransaction(engine=self, allow_nested=False)
        transaction.turn = self.turn_to_write
        return transaction
