"""Waiting for one's turn to write, within a limit, and being told when it does not come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from materiel.errors import Unavailable

Turn = TypeVar("Turn", bound=asyncio.Lock | asyncio.Semaphore)

TURN_TIMEOUT_S = 30.0


def busy() -> Unavailable:
    """The error told to the caller when the database could not be had in time."""
    return Unavailable("database.busy", "La base de données est très sollicitée. Recommencez dans quelques instants.")


async def take(turn: asyncio.Lock | asyncio.Semaphore) -> None:
    """Acquire.

    Raises:
        Unavailable: `database.busy`, too many are waiting before.
    """
    try:
        async with asyncio.timeout(TURN_TIMEOUT_S):
            await turn.acquire()
    except TimeoutError as error:
        raise busy() from error


class PerLoop(Generic[Turn]):
    """One lock or semaphore for each event loop: Piccolo's own commands run each query in a new one."""

    def __init__(self, make: Callable[[], Turn]) -> None:
        self._make = make
        self._made: tuple[asyncio.AbstractEventLoop, Turn] | None = None

    def get(self) -> Turn:
        """That of the running loop."""
        loop = asyncio.get_running_loop()
        if self._made is None or self._made[0] is not loop:
            self._made = loop, self._make()
        return self._made[1]
