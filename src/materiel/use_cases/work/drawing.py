"""A file that a job draws beside, in a thread: how far it is, told to stop, and the file kept for a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from materiel.store.work import output as outputs
from materiel.use_cases.work.job import JobRun

Drawn = TypeVar("Drawn")

KEPT = timedelta(days=1)
"""A file that is made to be printed is printed, then needless."""

TELL_EVERY = 0.5


class Drawing:
    """What the thread that draws and the task that waits tell each other: how many are `done`, and to stop there."""

    done = 0
    stops = False


async def draw_beside(run: JobRun, draw: Callable[[Drawing], Drawn], drawing: Drawing, total: int) -> Drawn:
    """What a function draws, in a thread; told to stop, it ends with what is drawn.

    Raises:
        JobLost: the job is no longer this worker's.
    """
    drawing.stops = await run.is_asked_to_stop()
    work = asyncio.create_task(asyncio.to_thread(draw, drawing))
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=TELL_EVERY)
            await run.advance(drawing.done, total)
            drawing.stops = await run.is_asked_to_stop()
    finally:
        # Nobody waits any more for what a thread goes on drawing.
        drawing.stops = True
    return work.result()


async def keep_file(job_id: UUID, name: str, data: bytes, at: datetime) -> None:
    """Keep the file of a job, in the transaction that ends it."""
    await outputs.keep(job_id, name, data, expires_at=at + KEPT)
