"""Background loops: a turn made again and again whatever it meets, and a watch that knows which of them live.

A turn that fails is told once by its kind and tried again after a growing delay. A loop that ends by itself is begun
again a few times; then it is lost, and whoever runs the process ends it. Delays are measured on the monotonic clock:
the system's may be set back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from materiel.errors import MaterielError, Unavailable, trace_of

FIRST_DELAY = 1.0
"""Seconds before what failed is tried again; doubled after each failure in a row."""
LONGEST_DELAY = 30.0
MOST_RESTARTS = 5
STOP_SECONDS = 10.0
"""How long a stop waits for the turns under way, then for what they held to be given back."""

Beat = Callable[[], None]
"""A sign of life, given by a turn that lasts."""

_log = logging.getLogger("materiel.loop")


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop to be run by a `Watch`.

    `turn` says whether the next one may begin at once; else `every_seconds` pass. A loop that has made no turn, nor
    given a sign of life, for `late_after` seconds is late. `at_stop` gives back what a turn cut by a stop held.
    """

    name: str
    turn: Callable[[Beat], Awaitable[bool]]
    every_seconds: float
    late_after: float
    at_stop: Callable[[], Coroutine[Any, Any, None]] = _nothing


class Watch:
    """The loops of a process, and the sign of life of each."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Of no loop yet; the tests move `monotonic` themselves."""
        self.lost = asyncio.Event()
        """Set once a loop cannot be begun again: the process must end."""
        self._lost_names: list[str] = []
        self._monotonic = monotonic
        self._loops: dict[str, _Running] = {}

    @asynccontextmanager
    async def running(self, *loops: Loop) -> AsyncIterator[None]:
        """Run loops for the block; at its end their turns are cut, and what these held is given back."""
        begun = [_Running(loop, self._lose, self._monotonic) for loop in loops]
        for each in begun:
            self._loops[each.loop.name] = each
            each.begin()
        try:
            yield
        finally:
            await asyncio.gather(*(each.stop() for each in begun))
            for each in begun:
                del self._loops[each.loop.name]

    def checks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """For each loop, by its name: what raises when it is dead or late."""
        return {f"loop.{name}": each.check for name, each in self._loops.items()}

    def refusal(self) -> Unavailable:
        """What the process ends with once a loop is lost."""
        return Unavailable(
            "loop.lost",
            f"Une boucle de fond s'arrête sans cesse ({', '.join(self._lost_names)}) : le processus s'arrête aussi. "
            "Lisez les lignes précédentes du journal, corrigez-en la cause, puis relancez.",
        )

    def _lose(self, name: str) -> None:
        self._lost_names.append(name)
        self.lost.set()


class _Running:
    """One loop under way."""

    def __init__(self, loop: Loop, lose: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        self.loop = loop
        self._lose = lose
        self._monotonic = monotonic
        self._task: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._stopping = False
        self._restarts = 0
        self._failures = 0
        self._kind = ""
        self.beat()

    @property
    def dead(self) -> bool:
        return self._task is not None and self._task.done()

    def begin(self) -> None:
        self._begun_at = self._monotonic()
        self._task = asyncio.create_task(self._run(), name=f"loop {self.loop.name}")
        self._task.add_done_callback(self._ended)

    def beat(self) -> None:
        self._beat_at = self._monotonic()

    async def check(self) -> None:
        name, last = self.loop.name, f" Dernière erreur : {self._kind.split()[0]}." if self._kind else ""
        if self.dead:
            raise Unavailable("loop.dead", f"La boucle de fond « {name} » s'est arrêtée.{last}")
        silent = self._monotonic() - self._beat_at
        if silent > self.loop.late_after:
            raise Unavailable(
                "loop.late", f"La boucle de fond « {name} » ne donne plus signe de vie depuis {silent:.0f} s.{last}"
            )

    async def stop(self) -> None:
        """Cut the turn under way, then give back what it held; neither can make the stop last or fail."""
        self._stopping = True
        if self._again is not None:
            self._again.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=STOP_SECONDS)
        given = asyncio.create_task(self.loop.at_stop())
        done, _ = await asyncio.wait({given}, timeout=STOP_SECONDS)
        error = given.exception() if done and not given.cancelled() else None
        if error is not None or not done:
            _log.warning("loop %s could not end well: %s", self.loop.name, _kind_of(error) if error else "too slow")

    async def _run(self) -> None:
        while not self._stopping:
            try:
                again = await self.loop.turn(self.beat)
            except GeneratorExit:
                raise
            except BaseException as error:
                # The outer edge of a loop: whatever a turn meets, even what was meant to end a task, there is a next.
                if self._stopping:
                    raise
                delay = self._failed(error)
            else:
                self._succeeded()
                delay = 0.0 if again else self.loop.every_seconds
            await asyncio.sleep(delay)

    def _failed(self, error: BaseException) -> float:
        if (task := asyncio.current_task()) is not None:
            while task.cancelling():
                task.uncancel()
        kind = _kind_of(error)
        if kind != self._kind:
            _log.log(logging.WARNING if isinstance(error, MaterielError) else logging.ERROR, "loop %s failed: %s",
                     self.loop.name, kind)  # fmt: skip
        self._kind = kind
        self._failures += 1
        return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(self._failures - 1, 30))

    def _succeeded(self) -> None:
        self.beat()
        if self._failures:
            _log.warning("loop %s works again after %d failures", self.loop.name, self._failures)
        self._failures, self._kind = 0, ""

    def _ended(self, task: asyncio.Task[None]) -> None:
        """The loop itself is over: begin it again, unless it was told to stop or does that all the time."""
        error = None if task.cancelled() else task.exception()
        if self._stopping:
            return
        if self._monotonic() - self._begun_at > self.loop.late_after:
            self._restarts = 0
        if self._restarts < MOST_RESTARTS:
            delay = FIRST_DELAY * 2**self._restarts
            self._restarts += 1
            self._again = asyncio.get_running_loop().call_later(delay, self.begin)
        else:
            self._lose(self.loop.name)
        # Its kind alone: what ended a loop may well be what a trace cannot be made of.
        self._kind = type(error).__qualname__ if error is not None else "cancelled"
        _log.error("loop %s ended: %s", self.loop.name, self._kind)


async def ended(work: Coroutine[Any, Any, None]) -> None:
    """Await what must not be left half way, even when this task is cancelled meanwhile."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _kind_of(error: BaseException) -> str:
    return error.code if isinstance(error, MaterielError) else trace_of(error)
