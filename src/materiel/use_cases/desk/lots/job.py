"""The job of a lot: what goes together is done in one transaction with the line that says so.

Killed at any point it goes on where it was: a line that is settled was done, one that is left was not. Told to stop,
it ends with what is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from time import thread_time

import msgspec

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.work.job import Job
from materiel.domain.work.lot import LineState, LotLine
from materiel.errors import Conflict, MaterielError, Unavailable
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, undone_alone
from materiel.store.work import lot as store
from materiel.use_cases.desk.lots.acts import ACTS, Settled
from materiel.use_cases.desk.lots.lot import LotAsked
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.turns import rest_since
from materiel.use_cases.work.job import JobOutcome, JobRun, run_at_once

ATTEMPTS = 5
"""How often what somebody else changes at the same time is done anew, before it is told as refused."""


class _Overtaken(Exception):
    """Somebody wrote what the act had read: nothing of it is kept."""


async def run_lot(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts what is `done`, `refused` and `left`, of the act `act`."""
    asked = msgspec.json.decode(run.job.payload, type=LotAsked)
    zone = await services.zone(run.job.service_id)
    actor = Actor(run.job.created_by, Role.MANAGER, run.job.service_id, zone)
    settled = run.job.total - (await store.counts(run.job.id))[LineState.LEFT]
    while not await run.is_asked_to_stop() and (lines := await store.next_together(run.job.id)):
        began = thread_time()
        settled += len(lines)
        for attempt in range(1, ATTEMPTS + 1):
            issuer = Issuer(actor=actor, now=run.now(), base_url=asked.base_url, label_url=asked.label_url)
            try:
                await _settle(run, lines, asked, issuer, settled, is_last=attempt == ATTEMPTS)
                break
            except _Overtaken:
                continue
        await rest_since(began)
    counts = await store.counts(run.job.id)

    return JobOutcome({"act": asked.values.act.value, **{state.value: counts[state] for state in LineState}})


async def settle_at_once(job: Job, *, now: datetime) -> None:
    """Do a lot of few things while whoever asked waits, unless a worker has begun it."""
    await run_at_once(job.id, run_lot, clock=lambda: now)


@in_one_visit
async def _settle(
    run: JobRun, lines: Sequence[LotLine], asked: LotAsked, issuer: Issuer, settled: int, *, is_last: bool
) -> None:
    """Do the act to lines that go together, and write what became of each; a refusal undoes them alone."""
    async with run.step(settled, run.job.total):
        try:
            async with undone_alone():
                told = await ACTS[asked.values.act](lines, asked.values, issuer)
        except Unavailable:
            raise
        except MaterielError as refusal:
            if isinstance(refusal, Conflict) and refusal.code.endswith(".changed") and not is_last:
                raise _Overtaken from refusal
            told = [Settled(said=refusal.message, code=refusal.code, refused=True) for _ in lines]
        for line, each in zip(lines, told, strict=True):
            state = LineState.REFUSED if each.refused else LineState.DONE
            await store.settle(replace(line, state=state, said=each.said, code=each.code, made=each.made))
