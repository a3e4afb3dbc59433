"""Background jobs: read one, and the loop that runs them, in `materiel serve` or in `materiel worker`.

A handler prepares and writes nothing; what it prepared is committed together with the end of its job, by whoever
still owns the job. A worker that dies leaves no half-done job: another one takes it again from the start. Work too
long for one transaction is written by steps, each of which bears being done again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.work.job import STOPPABLE, Job
from materiel.errors import Conflict, MaterielError, Unavailable, trace_of
from materiel.store.engine.database import enclosing_transaction, in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.work import job as jobs
from materiel.use_cases.process.loop import Beat, Loop

LEASE = timedelta(minutes=2)
"""Longer than a step of any handler: see `scans.process.LONGEST_WAIT`."""
POLL_SECONDS = 1.0
PROGRESS_EVERY = timedelta(seconds=1)

Clock = Callable[[], datetime]

_log = logging.getLogger("materiel.jobs")


class JobLost(Exception):
    """The lease has ended and another worker has the job: stop, and write nothing."""


class TryAgain(Exception):
    """What was prepared no longer holds: prepare it anew, a little later. Carries what to tell if that never ends."""

    def __init__(self, told: MaterielError) -> None:
        super().__init__(told.code)
        self.told = told


async def _all_is_written(_: datetime) -> None:
    """Nothing is left to write."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What a handler prepared: the job's result, a JSON value without a name, and what is left to write.

    `write` runs inside the transaction that ends the job, with the instant of that end; nothing, where each part wrote
    its own.
    """

    result: object
    write: Callable[[datetime], Awaitable[None]] = _all_is_written


class JobRun:
    """One job under way: tells how far it is, and keeps its lease."""

    def __init__(self, job: Job, worker: str, clock: Clock, beat: Beat) -> None:
        """Of a job that this worker has just claimed."""
        self.job = job
        self._beat = beat
        self._worker = worker
        self._clock = clock
        self._told_at = clock()

    def now(self) -> datetime:
        """The current instant, in UTC, for a handler that writes as it goes."""
        return self._clock()

    async def advance(self, done: int, total: int) -> None:
        """Say how far the job is; at most once a second is written.

        Raises:
            JobLost: the job is no longer this worker's.
        """
        self._beat()
        if 0 < done < total and is_too_soon(self._told_at, self._clock(), PROGRESS_EVERY):
            return
        await self._tell(done, total)

    @asynccontextmanager
    async def step(self, done: int, total: int) -> AsyncIterator[None]:
        """A transaction that writes a part of the work, after which so much is done; it holds only if the job does.

        The transactions of the use cases that the part calls join it.

        Raises:
            JobLost: the job is no longer this worker's, and nothing was written.
        """
        async with enclosing_transaction():
            yield
            await self._tell(done, total)

    async def is_asked_to_stop(self) -> bool:
        """Whether to end here, with what is done."""
        return await jobs.is_asked_to_stop(self.job.id)

    async def keep_left(self, payload: str) -> None:
        """Write down, inside a step, what is left to do once it is done: the payload of whoever takes the job up.

        Raises:
            JobLost: the job is no longer this worker's.
        """
        if not await jobs.keep_left(self.job.id, self._worker, payload):
            raise JobLost

    async def _tell(self, done: int, total: int) -> None:
        self._beat()
        self._told_at = now = self._clock()
        if not await jobs.report_progress(self.job.id, self._worker, done=done, total=total, now=now, lease=LEASE):
            raise JobLost


Handler = Callable[[JobRun], Awaitable[JobOutcome]]


async def get_job(job_id: UUID, *, actor: Actor) -> Job:
    """A job of the actor's service.

    Raises:
        NotFound: `job.not_found`.
    """
    actor.require(Permission.READ)
    return await jobs.get(job_id, actor.service_id)


@in_one_visit
async def stop_job(job_id: UUID, *, actor: Actor, now: datetime) -> Job:
    """Ask for a job to end with what is done, which stays; asking twice changes nothing.

    Raises:
        NotFound: `job.not_found`.
        Conflict: `job.over`; `job.not_stoppable`, its work is whole or nothing.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        job = await jobs.get(job_id, actor.service_id)
        if job.is_over:
            raise Conflict("job.over", "Cette tâche est terminée : lisez son compte rendu.")
        if job.kind not in STOPPABLE:
            raise Conflict("job.not_stoppable", "Cette tâche se fait en entier ou pas du tout : attendez sa fin.")
        if await jobs.ask_to_stop(job_id, actor.service_id, now):
            await journal.by(actor, now).note("job.stopped", job_id, {"done": job.done, "total": job.total}, of="job")
    return await jobs.get(job_id, actor.service_id)


def job_loop(handlers: Mapping[str, Handler], *, clock: Clock, poll_seconds: float = POLL_SECONDS) -> Loop:
    """The loop that runs jobs one at a time; the one under way at a stop is given back for another worker to take.

    Args:
        handlers: what runs each kind of job.
        clock: the current instant, in UTC.
        poll_seconds: how long to sleep when nothing is due.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    async def turn(beat: Beat) -> bool:
        return await run_next(worker, handlers, clock=clock, beat=beat)

    async def give_back() -> None:
        await jobs.give_back(worker)

    late_after = 2 * LEASE.total_seconds()
    return Loop(name="jobs", turn=turn, every_seconds=poll_seconds, late_after=late_after, at_stop=give_back)


async def run_next(worker: str, handlers: Mapping[str, Handler], *, clock: Clock, beat: Beat = lambda: None) -> bool:
    """Claim one job and run it to its end; False when nothing is due.

    Cancelled, it leaves the job claimed: whoever cancels gives it back (`store.work.job.give_back`) or lets its lease
    end.
    """
    job = await jobs.claim(worker, now=clock(), lease=LEASE)
    if job is None:
        return False
    await _run_claimed(job, worker, handlers[job.kind], clock, beat)
    return True


async def run_at_once(job_id: UUID, handler: Handler, *, clock: Clock) -> None:
    """Run a small job that was just asked for while whoever asked waits, unless a worker has it already.

    Cut short, it is given back, and a worker takes it up.
    """
    worker = f"request:{secrets.token_hex(8)}"
    try:
        job = await jobs.claim_this(job_id, worker, now=clock(), lease=LEASE)
        if job is not None:
            await _run_claimed(job, worker, handler, clock, lambda: None)
    except BaseException:
        # Also when the asker goes away just after the claim went through.
        await jobs.give_back(worker)
        raise


async def _run_claimed(job: Job, worker: str, handler: Handler, clock: Clock, beat: Beat) -> None:
    try:
        outcome = await handler(JobRun(job, worker, clock, beat))
        async with write_transaction():
            now = clock()
            await outcome.write(now)
            result = msgspec.json.encode(outcome.result).decode()
            if not await jobs.finish(job.id, worker, result=result, now=now):
                raise JobLost
    except JobLost:
        _log.warning("job %s was taken by another worker", job.id)
    except TryAgain as again:
        await _fail(job, worker, clock, again.told.code, again.told.message, retry=True)
    except MaterielError as error:
        await _fail(job, worker, clock, error.code, error.message, retry=isinstance(error, Unavailable))
    except BaseException as error:
        # The outer edge of a job: whatever its handler raises, even what ends a task, must not stop the other jobs.
        if _asked_to_stop(error):
            raise
        _log.error("job %s failed: %s", job.id, trace_of(error))
        message = "Une erreur interne est survenue. Si elle se répète, prévenez votre administrateur."
        await _fail(job, worker, clock, "job.error", message, retry=True)


def _asked_to_stop(error: BaseException) -> bool:
    """Whether somebody cancelled this task; a handler may raise the same error by itself."""
    task = asyncio.current_task()
    return isinstance(error, GeneratorExit) or (task is not None and task.cancelling() > 0)


@in_one_visit
async def _fail(job: Job, worker: str, clock: Clock, code: str, message: str, *, retry: bool) -> None:
    result = msgspec.json.encode({"code": code, "message": message}).decode()
    async with write_transaction():
        await jobs.fail(job, worker=worker, result=result, now=clock(), retry=retry)
