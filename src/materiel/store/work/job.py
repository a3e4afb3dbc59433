"""The queue of background work, in the application's own database: a job exists if what asked for it was committed.

A worker claims a job for a lease and renews it as it goes. When the worker dies the lease ends, and another one takes
the job again: a handler must therefore do only what is left to do. Every write of a worker holds only while the job is
still its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.work.job import Job, JobState
from materiel.errors import NotFound
from materiel.store.engine.ids import new_id
from materiel.store.engine.lease import ENDED, bounds
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import JobFileRow, JobRow

MOST_ATTEMPTS = 5
FIRST_RETRY = timedelta(seconds=5)
"""Doubled after each failure."""
LONGEST_RETRY = FIRST_RETRY * 2 ** (MOST_ATTEMPTS - 2)

ABANDONED = '{"code":"job.abandoned","message":"Cette tâche a échoué plusieurs fois. Prévenez votre administrateur."}'
"""Result of a job whose workers all died, in the shape of any failure."""

_JOB = Mapper(Job, JobRow)
_COLUMNS = _JOB.selected("job")
_BY_ID = Statement(f"SELECT {_COLUMNS} FROM job WHERE id = {{}} AND service = {{}}")
# A retry farther ahead than anything writes was written by a clock that was set back since, too.
_CLAIM = (
    "UPDATE job SET state = 'running', worker = {}, lease_until = {}, attempts = attempts + 1 WHERE id = ("
    " SELECT id FROM job WHERE (state = 'queued' AND (attempts = 0 OR run_at <= {} OR run_at > {}))"
    f" OR (state = 'running' AND {ENDED})"
    " ORDER BY run_at, id LIMIT 1%s) RETURNING " + _COLUMNS
)
# SQLite runs the whole statement under its write lock.
_CLAIM_NEXT = Statement(_CLAIM % "", postgres=_CLAIM % " FOR UPDATE SKIP LOCKED")
_CLAIM_THIS = Statement(
    "UPDATE job SET state = 'running', worker = {}, lease_until = {}, attempts = attempts + 1"
    f" WHERE id = {{}} AND state = 'queued' AND attempts = 0 RETURNING {_COLUMNS}"
)
_MINE = "WHERE id = {} AND worker = {} AND state = 'running' RETURNING id"
_PROGRESS = Statement(f"UPDATE job SET done = {{}}, total = {{}}, lease_until = {{}} {_MINE}")
_LEFT = Statement(f"UPDATE job SET payload = {{}} {_MINE}")
_FINISH = Statement(
    "UPDATE job SET state = 'done', result = {}, finished_at = {}, worker = NULL, lease_until = NULL,"
    f" done = CASE WHEN stop_asked_at IS NULL THEN total ELSE done END {_MINE}"
)
_RETRY = Statement(
    f"UPDATE job SET state = 'queued', result = {{}}, run_at = {{}}, worker = NULL, lease_until = NULL {_MINE}"
)
_FAIL = Statement(
    f"UPDATE job SET state = 'failed', result = {{}}, finished_at = {{}}, worker = NULL, lease_until = NULL {_MINE}"
)
# The claim is not counted: nothing went wrong with the job.
_GIVE_BACK = Statement(
    "UPDATE job SET state = 'queued', attempts = attempts - 1, worker = NULL, lease_until = NULL"
    " WHERE worker = {} AND state = 'running'"
)
_ASK_TO_STOP = Statement(
    "UPDATE job SET stop_asked_at = {} WHERE id = {} AND service = {} AND state IN ('queued', 'running')"
    " AND stop_asked_at IS NULL RETURNING id"
)
_STOPS = Statement("SELECT 1 AS stops FROM job WHERE id = {} AND stop_asked_at IS NOT NULL")
_SAME = Statement(
    f"SELECT {_COLUMNS} FROM job WHERE service = {{}} AND kind = {{}} AND payload = {{}}"
    " AND state IN ('queued', 'running') AND stop_asked_at IS NULL ORDER BY id LIMIT 1"
)
_SPEAKING_OF = Statement(
    f"SELECT {_COLUMNS} FROM job WHERE service = {{}} AND kind = {{}} AND state IN ('queued', 'running')"
    " AND payload LIKE {} ORDER BY id LIMIT 1"
)
_FILES = Statement("SELECT media_type, content FROM job_file WHERE job = {} ORDER BY id")
_FILE_IDS = Statement("SELECT id FROM job_file WHERE job = {} ORDER BY id")
_FILE = Statement("SELECT content FROM job_file WHERE id = {}")
_DROP_FILES = Statement("DELETE FROM job_file WHERE job = {}")
# A job that kills its worker each time would otherwise be claimed for ever.
_GIVE_UP = Statement(
    "UPDATE job SET state = 'failed', result = {}, finished_at = {}, worker = NULL, lease_until = NULL"
    f" WHERE state = 'running' AND {ENDED} AND attempts >= {{}} RETURNING id"
)


async def enqueue(
    service_id: UUID, kind: str, payload: str, *, total: int = 0, created_by: str, created_at: datetime
) -> Job:
    """Add a job, in the caller's transaction, to be run from now on.

    Args:
        payload: a JSON text, without personal data.
        total: how many steps there will be, if known.
    """
    job = Job(
        id=new_id(),
        service_id=service_id,
        kind=kind,
        payload=payload,
        state=JobState.QUEUED,
        attempts=0,
        worker=None,
        done=0,
        total=total,
        result=None,
        created_by=created_by,
        created_at=created_at,
        finished_at=None,
    )
    await insert_rows(JobRow, _JOB.row(job, run_at=created_at, lease_until=None))
    return job


async def add_file(job_id: UUID, media_type: str, content: bytes) -> None:
    """Hand a file to a job, in the transaction that enqueues it."""
    await insert_rows(JobFileRow, {"id": new_id(), "job": job_id, "media_type": media_type, "content": content})


async def files(job_id: UUID) -> list[tuple[str, bytes]]:
    """The media types and bytes of the files handed to a job, in their order; none once it has ended."""
    return [(row["media_type"], row["content"]) for row in await _FILES.fetch(job_id)]


async def file_ids(job_id: UUID) -> list[UUID]:
    """The files handed to a job, in their order, for whoever reads them one at a time."""
    return [row["id"] for row in await _FILE_IDS.fetch(job_id)]


async def file(file_id: UUID) -> bytes:
    """The bytes of one of them; empty once the job has ended."""
    row = await _FILE.fetch_one(file_id)
    return bytes(row["content"]) if row is not None else b""


async def get(job_id: UUID, service_id: UUID) -> Job:
    """The job of an id in a service.

    Raises:
        NotFound: `job.not_found`.
    """
    row = await _BY_ID.fetch_one(job_id, service_id)
    if row is None:
        raise NotFound("job.not_found", "Cette tâche n’existe pas dans votre service.")
    return _JOB.value(row)


async def claim(worker: str, *, now: datetime, lease: timedelta) -> Job | None:
    """Take the job that has waited longest, or one whose worker let its lease end; None when nothing is due.

    Args:
        worker: a name that no other worker has, process identifier included.
        lease: how long the job is this worker's without a sign of life.
    """
    held = bounds(now, lease)
    for given_up in await _GIVE_UP.fetch(ABANDONED, now, *held, MOST_ATTEMPTS):
        await _DROP_FILES.fetch(given_up["id"])
    row = await _CLAIM_NEXT.fetch_one(worker, now + lease, now, now + LONGEST_RETRY, *held)
    return _JOB.value(row) if row is not None else None


async def claim_this(job_id: UUID, worker: str, *, now: datetime, lease: timedelta) -> Job | None:
    """Take a job that nobody has taken yet; None when somebody has."""
    row = await _CLAIM_THIS.fetch_one(worker, now + lease, job_id)
    return _JOB.value(row) if row is not None else None


async def report_progress(job_id: UUID, worker: str, *, done: int, total: int, now: datetime, lease: timedelta) -> bool:
    """Say how far a job is and renew its lease; False when it is no longer this worker's, which must then stop."""
    return await _PROGRESS.fetch_one(done, total, now + lease, job_id, worker) is not None


async def keep_left(job_id: UUID, worker: str, payload: str) -> bool:
    """Write down what is left to do, with the part that is done; False when it is no longer this worker's."""
    return await _LEFT.fetch_one(payload, job_id, worker) is not None


async def ask_to_stop(job_id: UUID, service_id: UUID, at: datetime) -> bool:
    """Ask whoever runs a job to end it with what is done; False when it is over, or was asked already."""
    return await _ASK_TO_STOP.fetch_one(at, job_id, service_id) is not None


async def is_asked_to_stop(job_id: UUID) -> bool:
    """Whether somebody asked for a job to end with what is done."""
    return await _STOPS.fetch_one(job_id) is not None


async def under_way(service_id: UUID, kind: str, payload: str) -> Job | None:
    """The same job, asked for already and neither over nor told to stop."""
    row = await _SAME.fetch_one(service_id, kind, payload)
    return _JOB.value(row) if row is not None else None


async def speaking_of(service_id: UUID, kind: str, thing_id: UUID) -> Job | None:
    """The first job of a kind that is not over and whose payload names a thing."""
    row = await _SPEAKING_OF.fetch_one(service_id, kind, f'%"{thing_id}"%')
    return _JOB.value(row) if row is not None else None


async def finish(job_id: UUID, worker: str, *, result: str, now: datetime) -> bool:
    """End a job with its JSON result and drop its files; False when it is no longer this worker's."""
    ended = await _FINISH.fetch_one(result, now, job_id, worker) is not None
    if ended:
        await _DROP_FILES.fetch(job_id)
    return ended


async def fail(job: Job, *, worker: str, result: str, now: datetime, retry: bool = True) -> bool:
    """Queue a job again after a growing delay or, after the last attempt or with `retry` off, end it as failed.

    Args:
        result: JSON, what went wrong; without personal data.

    Returns:
        False when it was no longer this worker's.
    """
    if retry and job.attempts < MOST_ATTEMPTS:
        later = now + FIRST_RETRY * 2 ** (job.attempts - 1)
        return await _RETRY.fetch_one(result, later, job.id, worker) is not None
    ended = await _FAIL.fetch_one(result, now, job.id, worker) is not None
    if ended:
        await _DROP_FILES.fetch(job.id)
    return ended


async def give_back(worker: str) -> None:
    """Queue again what a worker that stops has claimed and not ended, for another one to take at once."""
    await _GIVE_BACK.fetch(worker)
