"""Turns of the event loop: a long work leaves it as much as it takes, so that a page is answered meanwhile."""

from __future__ import annotations

import asyncio
from time import perf_counter, thread_time

LONGEST_REST = 0.02
"""Seconds after one part of the work: busy neighbours slow it down, and do not stop it."""

LONGEST_HOLD = 0.2
"""Seconds for which a part of the work may keep others from the loop, or from writing, before the next is smaller."""


async def rest_since(began: float) -> None:
    """Rest, after a part of a long work, for as long as the loop's thread has worked since `time.thread_time`."""
    await asyncio.sleep(min(thread_time() - began, LONGEST_REST))


class Stretch:
    """A part of a long work, timed from here on, some of which is done by other threads while the loop is free."""

    __slots__ = ("_at", "_worked")

    def __init__(self) -> None:
        self._at, self._worked = perf_counter(), thread_time()

    async def rest(self) -> None:
        """Rest until the loop has been free as long as its thread has worked; give everybody else a turn at least."""
        worked = thread_time() - self._worked
        free = perf_counter() - self._at - worked
        await asyncio.sleep(max(0.0, min(worked - free, LONGEST_REST)))


class Pace:
    """How much of a long work is one part: less where the machine is slow, or busy with something else."""

    __slots__ = ("_fewest", "_most", "size")

    def __init__(self, fewest: int, most: int) -> None:
        """The most to begin with."""
        self._fewest, self._most = fewest, most
        self.size = most

    def took(self, seconds: float) -> None:
        """Say how long one part held others."""
        if seconds > LONGEST_HOLD:
            self.size = max(self._fewest, self.size // 2)
        elif seconds < LONGEST_HOLD / 2:
            self.size = min(self._most, 2 * self.size)
