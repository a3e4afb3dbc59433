"""What is drawn in a thread: a paper that somebody waits for; the file of a job, stopped at will and kept for a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from materiel.documents.aids.aid import Aid
from materiel.documents.content import Content
from materiel.documents.pdf.render import render_pdf
from materiel.domain.papers.letterhead import Letterhead
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


async def draw_paper(content: Content | Aid, letterhead: Letterhead | None = None) -> bytes:
    """The PDF of a paper, drawn in a thread: the others are answered meanwhile.

    Raises:
        RuleBroken: `text.right_to_left`, `text.not_drawable`, `document.address_too_long`.
    """
    return (await asyncio.to_thread(render_pdf, content, letterhead)).data


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
