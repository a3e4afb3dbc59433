"""Turns of the event loop: a long work leaves it as much as it takes, so that a page is answered meanwhile."""

from __future__ import annotations

import asyncio
from time import thread_time

LONGEST_REST = 0.02
"""Seconds after one part of the work: busy neighbours slow it down, and do not stop it."""


async def rest_since(began: float) -> None:
    """Rest, after a part of a long work, for as long as the loop's thread has worked since `time.thread_time`."""
    await asyncio.sleep(min(thread_time() - began, LONGEST_REST))
