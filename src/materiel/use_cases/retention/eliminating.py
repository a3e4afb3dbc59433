"""The work of an elimination: each loan, then each pupil, erased in a transaction of its own.

Unlike the other jobs, this one writes as it goes: thousands of loans in one transaction would stop everybody else. What
is erased is off the list with its entry in the journal, so that a work killed in the middle goes on where it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from materiel.domain.retention.retention import Elimination
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.retention import eliminated, erasure
from materiel.store.retention import elimination as eliminations
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.retention.retention import kept_since
from materiel.use_cases.work.job import JobOutcome, JobRun

PAGE = 200

Listed = Callable[..., Awaitable[list[UUID]]]
Erase = Callable[[UUID, Elimination, str, datetime], Awaitable[None]]


class _Asked(msgspec.Struct, frozen=True):
    elimination: UUID


async def eliminate(run: JobRun) -> JobOutcome:
    """Handler of the job; its result counts `loans`, `documents` and `pupils` eliminated, and what was `left`."""
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    elimination = await eliminations.get(asked.elimination, run.job.service_id)
    if elimination.visa is None:
        raise LookupError("an elimination is launched by its visa")
    # Unsent messages and former answers of the API name people too.
    await forget(now=run.now())
    done = elimination.files - await eliminations.left(elimination.id)
    done = await _each(eliminations.listed_loans, _eliminate_loan, elimination, run, done)
    await _each(eliminations.listed_pupils, _eliminate_pupil, elimination, run, done)
    await erasure.scrub()
    left = await eliminations.left(elimination.id)
    loans, documents = await eliminated.done(elimination.id)
    pupils = (await eliminations.get(elimination.id, elimination.service_id)).pupils
    result = {"loans": loans, "documents": documents, "pupils": pupils, "left": left}
    return JobOutcome({"eliminated": result}, partial(_finish, elimination, run.job.created_by, result))


async def _each(listed: Listed, erase: Erase, elimination: Elimination, run: JobRun, done: int) -> int:
    """Erase what is on a list, a page at a time, telling how far the whole is; how many are done then."""
    after = UUID(int=0)
    while found := await listed(elimination.id, limit=PAGE, after=after):
        for subject_id in found:
            await run.advance(done, elimination.files)
            await erase(subject_id, elimination, run.job.created_by, run.now())
            done += 1
        after = found[-1]
    return done


@in_one_visit
async def _eliminate_loan(loan_id: UUID, elimination: Elimination, actor_id: str, now: datetime) -> None:
    """Erase a loan, and its pupil whom no other loan needs; one held back since the list was made is left."""
    async with write_transaction():
        erased = await erasure.erase_loan(loan_id, elimination.service_id, elimination.id)
        if erased is None:
            return
        details = {"elimination": str(elimination.id), "documents": erased.documents}
        await journal.By(elimination.service_id, actor_id, now).note("loan.eliminated", loan_id, details)
        if erased.pupil_id is not None:
            await _erase_pupil(erased.pupil_id, elimination, actor_id, now)


@in_one_visit
async def _eliminate_pupil(pupil_id: UUID, elimination: Elimination, actor_id: str, now: datetime) -> None:
    async with write_transaction():
        await _erase_pupil(pupil_id, elimination, actor_id, now)


async def _erase_pupil(pupil_id: UUID, elimination: Elimination, actor_id: str, now: datetime) -> None:
    since = kept_since(elimination.due_on, elimination.pupil_years, await services.zone(elimination.service_id))
    if await erasure.erase_pupil(pupil_id, elimination.service_id, since):
        await eliminations.count_pupil(elimination.id)
        details = {"elimination": str(elimination.id)}
        await journal.By(elimination.service_id, actor_id, now).note("pupil.eliminated", pupil_id, details)


async def _finish(elimination: Elimination, actor_id: str, result: dict[str, int], now: datetime) -> None:
    await eliminations.finish(elimination.id, now)
    await journal.By(elimination.service_id, actor_id, now).note("elimination.finished", elimination.id, dict(result))
