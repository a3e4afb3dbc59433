"""The worker: which handler runs each kind of job, and the loops that `serve` and `worker` start."""

from __future__ import annotations

import asyncio

from materiel.domain.work.job import CAMPAIGN, ITEM_STATUSES, LABELS, LOT, PRINT, REMINDERS, SAFETY
from materiel.domain.work.mail_server import Server
from materiel.domain.work.sms_gateway import Gateway
from materiel.use_cases.desk import campaign_running
from materiel.use_cases.desk.lots import job as lot_job
from materiel.use_cases.desk.print_together import draw_documents
from materiel.use_cases.desk.safety.telling import run_telling
from materiel.use_cases.history import check as journal_check
from materiel.use_cases.history.witness import witness_loop
from materiel.use_cases.imports import import_file, import_job, undoing
from materiel.use_cases.item.bulk import end_statuses
from materiel.use_cases.item.label import draw_labels
from materiel.use_cases.mail.sending import outbox_loop
from materiel.use_cases.mail.sms import sms_loop
from materiel.use_cases.papers import signed_scans as scan
from materiel.use_cases.process.loop import Loop, Watch
from materiel.use_cases.retention import eliminating, elimination
from materiel.use_cases.retention.housekeeping import housekeeping_loop
from materiel.use_cases.signing.daily import remind_all, reminder_loop
from materiel.use_cases.signing.signed_copy import Press, sealing_loop
from materiel.use_cases.work.job import Clock, Handler, job_loop
from materiel.use_cases.work.webhook_sending import webhook_loop

HANDLERS: dict[str, Handler] = {
    scan.KIND: scan.file_bundle,
    ITEM_STATUSES: end_statuses,
    journal_check.KIND: journal_check.check_history,
    import_file.EXAMINE: import_job.examine,
    import_file.IMPORT: import_job.import_,
    import_file.UNDO: undoing.undo,
    elimination.KIND: eliminating.eliminate,
    LOT: lot_job.run_lot,
    REMINDERS: remind_all,
    PRINT: draw_documents,
    LABELS: draw_labels,
    CAMPAIGN: campaign_running.run_campaign,
    SAFETY: run_telling,
}


def worker_loops(
    *,
    clock: Clock,
    mail_server: Server | None = None,
    base_url: str = "",
    press: Press | None = None,
    sms_gateway: Gateway | None = None,
    webhook_networks: str = "",
    secret_key: str = "",
) -> list[Loop]:
    """The loops that run the jobs of every service, send its mail, remind whoever has to sign, seal what was signed,
    forget what is over.

    Args:
        clock: the current instant, in UTC.
        mail_server: where mail is handed; without one it stays in the outbox, to be read there.
        base_url: the public address, for the addresses that messages bear.
        press: what seals; without one signed copies wait.
        sms_gateway: where codes by SMS are handed; without one nobody is offered any.
        webhook_networks: those inside that webhooks may be called in.
        secret_key: the installation's, which signs their calls; without one nobody is called.
    """
    loops = [job_loop(HANDLERS, clock=clock), housekeeping_loop(clock=clock)]
    if mail_server is not None:
        loops.append(outbox_loop(mail_server, base_url=base_url, clock=clock))
        loops.append(reminder_loop(clock=clock, base_url=base_url))
        loops.append(witness_loop(clock=clock, base_url=base_url, tsa_url=press.tsa_url if press else ""))
    if secret_key:
        loops.append(webhook_loop(secret_key=secret_key, networks=webhook_networks, clock=clock))
    if sms_gateway is not None:
        loops.append(sms_loop(sms_gateway, clock=clock))
    if press is not None:
        loops.append(sealing_loop(press, clock=clock, base_url=base_url))
    return loops


async def run_worker(
    stop: asyncio.Event,
    *,
    clock: Clock,
    mail_server: Server | None = None,
    base_url: str = "",
    press: Press | None = None,
    sms_gateway: Gateway | None = None,
    webhook_networks: str = "",
    secret_key: str = "",
) -> None:
    """Run the loops of a worker until `stop` is set; see `worker_loops`.

    Raises:
        Unavailable: `loop.lost`, one of them cannot be begun again.
    """
    watch = Watch()
    waits = {asyncio.create_task(stop.wait()), asyncio.create_task(watch.lost.wait())}
    loops = worker_loops(
        clock=clock,
        mail_server=mail_server,
        base_url=base_url,
        press=press,
        sms_gateway=sms_gateway,
        webhook_networks=webhook_networks,
        secret_key=secret_key,
    )
    async with watch.running(*loops):
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()
    if watch.lost.is_set():
        raise watch.refusal()
