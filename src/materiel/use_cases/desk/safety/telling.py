"""Telling whoever holds what a safety recall concerns: one act, however many they are.

It is a job, asked for in the transaction that opens or extends the recall: few are told while whoever asked waits, more
by a worker, a mailbox at a time. Killed at any point it goes on where it was, since whoever was just told is no longer
to be. Told to stop, it ends with what is done, and telling again goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import thread_time
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission, Role
from materiel.domain.circuit.workshop.safety import SafetyRecall, check_open
from materiel.domain.work.job import SAFETY, Job
from materiel.domain.work.lot import MANY
from materiel.errors import MaterielError, Unavailable
from materiel.store.accounts import service as services
from materiel.store.circuit.workshop import safety
from materiel.store.engine.database import enclosing_transaction, in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.work import job as jobs
from materiel.use_cases.circuit.workshop.safety import (
    AddToSafetyRecall,
    OpenSafetyRecall,
    add_to_safety_recall,
    open_safety_recall,
)
from materiel.use_cases.desk.safety.holders import Reached, loans_to_tell, tell_together
from materiel.use_cases.loan.case import load_case
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.turns import rest_since
from materiel.use_cases.work.job import JobOutcome, JobRun, run_at_once


class UntoldLoan(msgspec.Struct, frozen=True):
    """A loan whose holders could not be written to: its identifier, its reference, and why."""

    id: UUID
    number: str
    why: str


class _Asked(msgspec.Struct, frozen=True):
    """Which recall, whether also those who have not answered, for which site."""

    recall: UUID
    again: bool
    base_url: str


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What a run has done, for whoever waits for it."""

    reached: list[Reached] = field(default_factory=list)
    refused: list[UntoldLoan] = field(default_factory=list)
    left: int = 0

    def add_up(self, name: str) -> int:
        """The sum of one count of what was reached."""
        return sum(getattr(each, name) for each in self.reached)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyTold:
    """What was done: messages written, who can only be told on paper, loans nobody is written to after a death.

    `left` loans are being told by `job`, that goes on by itself; `refused` are those of which something is wrong.
    """

    written: int = 0
    to_print: tuple[str, ...] = ()
    silenced: int = 0
    refused: tuple[UntoldLoan, ...] = ()
    left: int = 0
    job: Job | None = None


async def tell_holders(recall_id: UUID, *, issuer: Issuer, again: bool = False) -> SafetyTold:
    """Write to those who hold what a recall concerns and were not told yet; `again`, to those who have not answered.

    Raises:
        NotFound: `safety_recall.not_found`.
        Conflict: `safety_recall.closed`.
    """
    issuer.actor.require(Permission.WRITE)
    return await _told(await _ask(recall_id, issuer, again=again), issuer)


async def open_and_tell(command: OpenSafetyRecall, *, issuer: Issuer) -> tuple[SafetyRecall, SafetyTold]:
    """Open a recall and tell its holders, in one act. Errors: `open_safety_recall`."""
    issuer.actor.require(Permission.WRITE)
    recall, job = await _open(command, issuer)
    return recall, await _told(job, issuer)


async def add_and_tell(command: AddToSafetyRecall, *, issuer: Issuer) -> SafetyTold:
    """Add items to a recall and tell their holders, in one act. Errors: `add_to_safety_recall`."""
    issuer.actor.require(Permission.WRITE)
    return await _told(await _extend(command, issuer), issuer)


async def telling_of(recall_id: UUID, *, actor: Actor) -> Job | None:
    """The job that tells the holders of a recall now."""
    actor.require(Permission.READ)
    return await jobs.speaking_of(actor.service_id, SAFETY, recall_id)


@in_one_visit
async def _open(command: OpenSafetyRecall, issuer: Issuer) -> tuple[SafetyRecall, Job | None]:
    async with enclosing_transaction():
        recall = await open_safety_recall(command, actor=issuer.actor, now=issuer.now)
        return recall, await _ask(recall.id, issuer)


@in_one_visit
async def _extend(command: AddToSafetyRecall, issuer: Issuer) -> Job | None:
    async with enclosing_transaction():
        await add_to_safety_recall(command, actor=issuer.actor, now=issuer.now)
        return await _ask(command.recall_id, issuer)


@in_one_visit
async def _ask(recall_id: UUID, issuer: Issuer, *, again: bool = False) -> Job | None:
    """The job that tells them, the one under way if there is; None when nobody waits for a word."""
    service_id = issuer.actor.service_id
    async with write_transaction():
        await services.lock(service_id)
        recall = await safety.get(recall_id, service_id)
        check_open(recall)
        total = sum(map(len, await loans_to_tell(recall, issuer.now, again=again)))
        if not total:
            return None
        payload = msgspec.json.encode(_Asked(recall_id, again, issuer.base_url)).decode()
        if (same := await jobs.under_way(service_id, SAFETY, payload)) is not None:
            return same
        job = await jobs.enqueue(
            service_id, SAFETY, payload, total=total, created_by=issuer.actor.id, created_at=issuer.now
        )
        await journal.by(issuer.actor, issuer.now).note("safety_recall.telling", recall_id, {"loans": total})
    return job


async def _told(job: Job | None, issuer: Issuer) -> SafetyTold:
    """What became of a job: done at once when it is small, else going on by itself."""
    if job is None:
        return SafetyTold()
    heard = _Heard()

    async def tell(run: JobRun) -> JobOutcome:
        return await _run(run, heard)

    if job.total <= MANY:
        await run_at_once(job.id, tell, clock=lambda: issuer.now)
    now = await jobs.get(job.id, issuer.actor.service_id)
    return SafetyTold(
        written=heard.add_up("written"),
        to_print=tuple(dict.fromkeys(name for each in heard.reached for name in each.to_print)),
        silenced=heard.add_up("silenced"),
        refused=tuple(heard.refused),
        left=0 if now.is_over else max(now.total - now.done, 0),
        job=None if now.is_over else now,
    )


async def run_telling(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts the loans `told`, those told `by_hand` only, `silenced`, and `left`."""
    return await _run(run, _Heard())


async def _run(run: JobRun, heard: _Heard) -> JobOutcome:
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    zone = await services.zone(run.job.service_id)
    actor = Actor(run.job.created_by, Role.MANAGER, run.job.service_id, zone)
    recall = await safety.get(asked.recall, run.job.service_id)
    groups = await loans_to_tell(recall, run.now(), again=asked.again)
    heard.left = sum(map(len, groups))
    before = await safety.loans_told_since(recall.id, run.job.created_at)
    total = before + heard.left
    for loan_ids in groups:
        if await run.is_asked_to_stop():
            break
        began = thread_time()
        issuer = Issuer(actor=actor, now=run.now(), base_url=asked.base_url)
        if not await _tell(run, asked, loan_ids, issuer, heard, total):
            break
        await rest_since(began)

    counts = {name: heard.add_up(name) for name in ("by_hand", "silenced")}
    counts |= {"told": await safety.loans_told_since(recall.id, run.job.created_at), "left": heard.left}
    refused = [msgspec.to_builtins(each) for each in heard.refused]
    return JobOutcome({"safety_recall": str(recall.id), **counts, "refused": refused})


async def _tell(
    run: JobRun, asked: _Asked, loan_ids: Sequence[UUID], issuer: Issuer, heard: _Heard, total: int
) -> bool:
    """Tell those of a mailbox; what is wrong with one of its loans leaves that one alone. False: the recall is over."""
    try:
        reached = await _step(run, asked, loan_ids, issuer, total - heard.left + len(loan_ids), total)
    except Unavailable:
        raise
    except MaterielError as refusal:
        if len(loan_ids) > 1:
            for each in loan_ids:
                if not await _tell(run, asked, (each,), issuer, heard, total):
                    return False
            return True
        case = await load_case(loan_ids[0], issuer.actor)
        heard.refused.append(UntoldLoan(loan_ids[0], case.reference, refusal.message))
        heard.left -= 1
        return True
    if reached is None:
        return False
    heard.reached.append(reached)
    heard.left -= len(loan_ids)
    return True


@in_one_visit
async def _step(
    run: JobRun, asked: _Asked, loan_ids: Sequence[UUID], issuer: Issuer, done: int, total: int
) -> Reached | None:
    async with run.step(done, total):
        recall = await safety.get(asked.recall, issuer.actor.service_id)
        return await tell_together(recall, loan_ids, issuer, again=asked.again) if recall.is_open else None
