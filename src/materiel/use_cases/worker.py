"""The worker: which handler runs each kind of job, and the loop that `serve` and `worker` start."""

from __future__ import annotations

import asyncio

from materiel.use_cases import item_bulk, scan
from materiel.use_cases.job import Clock, Handler, run_jobs

HANDLERS: dict[str, Handler] = {
    scan.KIND: scan.file_pile,
    item_bulk.KIND: item_bulk.change_statuses,
}


async def run_worker(stop: asyncio.Event, *, clock: Clock) -> None:
    """Run the jobs of every service until `stop` is set; see `use_cases.job.run_jobs`."""
    await run_jobs(stop, HANDLERS, clock=clock)
