"""The worker: which handler runs each kind of job, and the loops that `serve` and `worker` start."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from materiel.errors import MaterielError
from materiel.mail.smtp import Server
from materiel.use_cases import import_file, import_job, item_bulk, journal_check, scan
from materiel.use_cases.job import Clock, Handler, run_jobs
from materiel.use_cases.outbox import run_outbox

_log = logging.getLogger("materiel.jobs")

HANDLERS: dict[str, Handler] = {
    scan.KIND: scan.file_pile,
    item_bulk.KIND: item_bulk.change_statuses,
    journal_check.KIND: journal_check.check_history,
    import_file.EXAMINE: import_job.examine,
    import_file.IMPORT: import_job.import_,
}
FORGET_SECONDS = 600.0


async def run_worker(stop: asyncio.Event, *, clock: Clock, smtp_url: str = "", base_url: str = "") -> None:
    """Run the jobs of every service, send its mail and forget its imported files, until `stop` is set.

    Args:
        stop: set by the caller to end all; see `use_cases.job.run_jobs`.
        clock: the current instant, in UTC.
        smtp_url: where mail is handed; empty leaves it in the outbox, to be read there.
        base_url: the public address, for the addresses that messages bear.

    Raises:
        BadInput: `mail.url`.
    """
    loops = [run_jobs(stop, HANDLERS, clock=clock), forget_in_time(stop, clock=clock)]
    if smtp_url:
        loops.append(run_outbox(stop, Server.from_url(smtp_url), base_url=base_url, clock=clock))
    await asyncio.gather(*loops)


async def forget_in_time(stop: asyncio.Event, *, clock: Clock, every_seconds: float = FORGET_SECONDS) -> None:
    """Delete the files to import whose time is over, now and then; a database away for a while does not end it."""
    while not stop.is_set():
        try:
            await import_file.forget_expired_imports(now=clock())
        except MaterielError as error:
            _log.warning("no file could be forgotten: %s", error.code)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_seconds)
