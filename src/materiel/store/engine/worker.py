"""A thread that owns one sqlite3 connection: what runs there, and how it is awaited."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from materiel.store.engine.failure import repair_needed, told

Result = TypeVar("Result")
Jobs = queue.SimpleQueue[tuple[Any, ...] | None]


_here = threading.local()


def connection_here() -> sqlite3.Connection | None:
    """The connection of the thread that calls, when it is that of a worker."""
    return getattr(_here, "connection", None)


class Worker:
    """A thread that owns one sqlite3 connection, opened at its first job.

    `jobs` may be shared by several, any of which then does a job: none waits behind the slow statement of another.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], name: str, jobs: Jobs | None = None) -> None:
        self._connect = connect
        self._jobs: Jobs = queue.SimpleQueue() if jobs is None else jobs
        self._connection: sqlite3.Connection | None = None
        # A daemon, so that a forgotten engine cannot keep the process alive.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run `function(connection, *args)` in the thread; jobs of a worker with its own queue run in order."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put((loop, future, function, args))
        return future

    def is_here(self) -> bool:
        """Whether the caller runs in this very thread, as one of its jobs."""
        return threading.current_thread() is self._thread

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run it in the thread and await it to the end, however the task is cancelled; at once for whoever is there."""
        if not self.is_here():
            return await settled(self.call(function, *args))
        try:
            return function(self._connection, *args)
        except sqlite3.Error as error:
            if (needed := repair_needed(error)) is None:
                raise
            raise needed from error

    def dismiss(self) -> None:
        """Tell one worker of the queue to close its connection after the jobs already given."""
        self._jobs.put(None)

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join(10)

    def stop(self) -> None:
        """Close the connection after the jobs already given, and wait for that."""
        self.dismiss()
        self.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            loop, future, function, args = job
            result, error = None, None
            try:
                if self._connection is None:
                    self._connection = _here.connection = self._connect()
                result = function(self._connection, *args)
            except BaseException as raised:
                error = told(raised)
            # The loop may have been closed while the thread was working.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_resolve, future, result, error)
        if self._connection is not None:
            self._connection.close()


def _resolve(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


async def settled(future: asyncio.Future[Any]) -> Any:
    """Await a job; when cancelled, first let the thread finish, since a statement cannot be left half way."""
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.done():
            await asyncio.wait([future])
        if not future.cancelled():
            # Marks the exception as seen, or the event loop would report it as lost.
            future.exception()
        raise


def run_whole(
    _: sqlite3.Connection, context: contextvars.Context, act: Callable[[], Coroutine[Any, Any, Result]]
) -> Result:
    """Run an act that never waits: each of its statements is answered before it goes on."""
    return context.run(_to_its_end, act())


def run_each(
    _: sqlite3.Connection, context: contextvars.Context, acts: Sequence[Coroutine[Any, Any, Result]]
) -> list[Result]:
    """Run several, one after the other."""
    return [context.run(_to_its_end, act) for act in acts]


def _to_its_end(coroutine: Coroutine[Any, Any, Result]) -> Result:
    try:
        coroutine.send(None)
    except StopIteration as ended:
        result: Result = ended.value
        return result
    coroutine.close()
    raise RuntimeError("an act in one visit awaited something else than the database")
