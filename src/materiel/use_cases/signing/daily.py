"""The reminders of a service that asks for them: once each working day, by a job, whatever the number of workers.

The day is claimed in the transaction that enqueues the job: one of them wins. The job reminds by the use case of
`materiel remind`; killed in the middle it goes on, since whoever was just written to is no longer due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission, Role
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.civil_day import first_instant, local_time
from materiel.domain.calendar.working_day import working_day_from
from materiel.domain.signing.daily import REMINDED_FROM, is_due, next_day
from materiel.domain.work.job import REMINDERS, Job
from materiel.domain.work.pause import ServicePause, pause_on, resumes_on
from materiel.errors import MaterielError, NotFound, Unavailable
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, undone_alone, write_transaction
from materiel.store.history import journal
from materiel.store.work import job as jobs
from materiel.store.work import pause as pauses
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.loop import Beat, Loop
from materiel.use_cases.signing.reminder import DueReminder, due_reminders, remind
from materiel.use_cases.work.job import Clock, JobOutcome, JobRun

EVERY_SECONDS = 60.0
ACTOR_ID = "daily"
"""Who reminds, as the journal keeps it."""


class ToldDocument(msgspec.Struct, frozen=True):
    """A document in the report: its identifier, its number, and why nobody was written to, if so."""

    id: UUID
    number: str
    why: str = ""


class _Asked(msgspec.Struct, frozen=True):
    """For which site, and what is done."""

    base_url: str
    reminded: int = 0
    documents: tuple[ToldDocument, ...] = ()
    refused: tuple[ToldDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextReminders:
    """When the service reminds by itself next, from which instant, and whom it would write to then.

    `day` is None when it does not ask for it. `last` is the job of the last time, if it is still known; `pause` the
    holidays of the service, when they hold today.
    """

    day: date | None
    at: datetime | None
    due: tuple[DueReminder, ...]
    last_on: date | None
    last: Job | None
    pause: ServicePause | None = None

    @property
    def letters(self) -> int:
        """How many letters that makes."""
        return sum(len(each.names) for each in self.due)


async def read_next_reminders(*, actor: Actor, now: datetime, with_due: bool = True) -> NextReminders:
    """When the actor's service reminds next, and whom: those who are due at that instant if nobody signs until then.

    Args:
        actor: who asks.
        now: the current instant, in UTC.
        with_due: also say whom; otherwise the day alone, which reads nothing else.
    """
    actor.require(Permission.READ)
    service = await services.get(actor.service_id)
    paused = await pauses.of_service(service.id)
    last_on, job_id = await services.last_reminders(service.id)
    day, at = None, None
    if service.reminds_daily:
        day = next_day(service.civil_date(now), last_on, service.departement)
        while pause_on(paused, day) is not None and (free := resumes_on(paused, day)) != day:
            day = working_day_from(free, service.departement)
        at = max(now, first_instant(day, service.zone) + timedelta(hours=REMINDED_FROM.hour))
    due: tuple[DueReminder, ...] = ()
    if with_due:
        due = tuple(await due_reminders(issuer=Issuer(actor=actor, now=at or now, base_url="")))
    return NextReminders(
        day=day,
        at=at,
        due=due,
        last_on=last_on,
        last=await _known(job_id, service.id),
        pause=pause_on(paused, service.civil_date(now)),
    )


async def _known(job_id: UUID | None, service_id: UUID) -> Job | None:
    try:
        return await jobs.get(job_id, service_id) if job_id is not None else None
    except NotFound:
        return None


def reminder_loop(*, clock: Clock, base_url: str, every_seconds: float = EVERY_SECONDS) -> Loop:
    """The loop that has each service remind when its day has come; with a mail server only, else letters pile up.

    Args:
        clock: the current instant, in UTC.
        base_url: the public address that the letters bear.
        every_seconds: how long to sleep between two looks.
    """

    async def turn(beat: Beat) -> bool:
        for service in await services.reminding():
            await start_reminders(service, base_url=base_url, now=clock())
            beat()
        return False

    return Loop(name="reminders", turn=turn, every_seconds=every_seconds, late_after=10 * EVERY_SECONDS)


@in_one_visit
async def start_reminders(service: ManagingService, *, base_url: str, now: datetime) -> Job | None:
    """Have a service remind, if its day has come and nobody has had it done; of the installation, hence no actor."""
    today, clock = service.civil_date(now), local_time(now, service.zone).time()
    reminded_on, _ = await services.last_reminders(service.id)
    if not service.reminds_daily or not is_due(today, clock, reminded_on, service.departement):
        return None
    if pause_on(await pauses.of_service(service.id), today) is not None:
        return None
    payload = msgspec.json.encode(_Asked(base_url)).decode()
    async with write_transaction():
        if not await services.claim_reminders(service.id, today):
            return None
        job = await jobs.enqueue(service.id, REMINDERS, payload, created_by=ACTOR_ID, created_at=now)
        await services.note_reminders(service.id, job.id)
        await journal.By(service.id, ACTOR_ID, now).note("reminders.started", job.id, {}, of="job")
    return job


async def remind_all(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts letters `reminded` and what is `left`, names `documents` and `refused`."""
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    zone = await services.zone(run.job.service_id)
    actor = Actor(run.job.created_by, Role.MANAGER, run.job.service_id, zone)
    before = len(asked.documents) + len(asked.refused)
    refused = {each.id for each in asked.refused}
    found = await due_reminders(issuer=_issuer(actor, run, asked))
    due = [each for each in found if each.documents[0].id not in refused]
    left = len(due)
    for rank, each in enumerate(due, 1):
        if await run.is_asked_to_stop():
            break
        asked = await _remind(run, asked, each, _issuer(actor, run, asked), done=before + rank, total=before + len(due))
        left -= 1

    told = {name: msgspec.to_builtins(getattr(asked, name)) for name in ("reminded", "documents", "refused")}
    return JobOutcome({**told, "left": left})


@in_one_visit
async def _remind(run: JobRun, asked: _Asked, due: DueReminder, issuer: Issuer, *, done: int, total: int) -> _Asked:
    """Write to those of one reminder, with what is left to the job once it is done."""
    async with run.step(done, total):
        named = tuple(ToldDocument(each.id, each.number) for each in due.documents)
        try:
            async with undone_alone():
                letters = await remind(due, issuer=issuer)
        except Unavailable:
            raise
        except MaterielError as refusal:
            why = tuple(msgspec.structs.replace(each, why=refusal.message) for each in named)
            asked = msgspec.structs.replace(asked, refused=(*asked.refused, *why))
        else:
            told = (*asked.documents, *(named if letters else ()))
            asked = msgspec.structs.replace(asked, reminded=asked.reminded + letters, documents=told)
        await run.keep_left(msgspec.json.encode(asked).decode())
    return asked


def _issuer(actor: Actor, run: JobRun, asked: _Asked) -> Issuer:
    return Issuer(actor=actor, now=run.now(), base_url=asked.base_url)
