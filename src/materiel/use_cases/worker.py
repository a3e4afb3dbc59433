"""The worker: which handler runs each kind of job, and the loops that `serve` and `worker` start."""

from __future__ import annotations

import asyncio

from materiel.domain.mail_server import Server
from materiel.use_cases import eliminating, elimination, import_file, import_job, item_bulk, journal_check, scan
from materiel.use_cases.housekeeping import run_housekeeping
from materiel.use_cases.job import Clock, Handler, run_jobs
from materiel.use_cases.sending import run_outbox

HANDLERS: dict[str, Handler] = {
    scan.KIND: scan.file_pile,
    item_bulk.KIND: item_bulk.change_statuses,
    journal_check.KIND: journal_check.check_history,
    import_file.EXAMINE: import_job.examine,
    import_file.IMPORT: import_job.import_,
    elimination.KIND: eliminating.eliminate,
}


async def run_worker(
    stop: asyncio.Event, *, clock: Clock, mail_server: Server | None = None, base_url: str = ""
) -> None:
    """Run the jobs of every service, send its mail and forget what is over, until `stop` is set.

    Args:
        stop: set by the caller to end all; see `use_cases.job.run_jobs`.
        clock: the current instant, in UTC.
        mail_server: where mail is handed; without one it stays in the outbox, to be read there.
        base_url: the public address, for the addresses that messages bear.
    """
    loops = [run_jobs(stop, HANDLERS, clock=clock), run_housekeeping(stop, clock=clock)]
    if mail_server is not None:
        loops.append(run_outbox(stop, mail_server, base_url=base_url, clock=clock))
    await asyncio.gather(*loops)
