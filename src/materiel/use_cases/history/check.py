"""Verify the journal and the documents of one service, in the background: millions of entries take minutes."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.work.job import Job
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import act as acts
from materiel.store.papers import authenticity
from materiel.store.work import job as jobs
from materiel.use_cases.history.proofs import verify_proofs
from materiel.use_cases.work.job import JobOutcome, JobRun

KIND = "journal_check"
SIGN_OF_LIFE_SECONDS = 20.0
"""Well below the lease of a job."""


@in_one_visit
async def ask_for_check(*, actor: Actor, now: datetime) -> Job:
    """Have the journal and the documents of the actor's service verified; an administrator's."""
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        return await jobs.enqueue(actor.service_id, KIND, "{}", created_by=actor.id, created_at=now)


async def check_history(run: JobRun) -> JobOutcome:
    """Handler of the job; its result is `{"entries", "documents", "eliminated", "fault"}`, a sentence or null."""
    service_id = run.job.service_id
    chain = asyncio.create_task(journal.verify_chain(service_id))
    await _wait(chain, run)
    entries = chain.result()
    if entries.fault is not None:
        broken = f"Écriture n° {entries.fault.sequence} : {entries.fault.reason}."
        nothing_read = {"documents": 0, "eliminated": 0, "seals": 0}
        return JobOutcome({"entries": entries.checked, **nothing_read, "fault": broken})
    reading = asyncio.create_task(authenticity.verify(service_id))
    await _wait(reading, run)
    papers = reading.result()
    altered, seals = papers.fault, 0
    if altered is None:
        proving = asyncio.create_task(verify_proofs(service_id))
        await _wait(proving, run)
        altered, seals = proving.result().fault, proving.result().seals
    if altered is None:
        comparing = asyncio.create_task(acts.verify(service_id))
        await _wait(comparing, run)
        altered = comparing.result().fault
    fault = None if altered is None else f"Document {altered.number} : {altered.reason}."
    found = {"documents": papers.checked, "eliminated": papers.eliminated, "seals": seals}
    return JobOutcome({"entries": entries.checked, **found, "fault": fault})


async def _wait(task: asyncio.Task[Any], run: JobRun) -> None:
    """Wait for a reading without losing the job to another worker meanwhile."""
    try:
        while not (await asyncio.wait({task}, timeout=SIGN_OF_LIFE_SECONDS))[0]:
            await run.advance(0, 0)
    finally:
        task.cancel()
