import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tests.store.cast import DSDEN_35, NOW

from materiel.domain.work.job import JobState
from materiel.errors import NotFound
from materiel.store.engine.database import write_transaction
from materiel.store.work import job as jobs

LEASE = timedelta(seconds=30)

pytestmark = pytest.mark.usefixtures("settled")


async def given_job():
    async with write_transaction():
        job = await jobs.enqueue(DSDEN_35, "scan", '{"pages":3}', total=3, created_by="token:1", created_at=NOW)
        await jobs.add_file(job.id, "application/pdf", b"%PDF")
        return job


async def claim(worker="w1", now=NOW):
    return await jobs.claim(worker, now=now, lease=LEASE)


async def test_a_job_runs_from_end_to_end():
    job = await given_job()
    assert await jobs.get(job.id, DSDEN_35) == job
    claimed = await claim()
    assert (claimed.id, claimed.state, claimed.attempts) == (job.id, JobState.RUNNING, 1)
    assert await jobs.files(job.id) == [("application/pdf", b"%PDF")]
    assert await jobs.report_progress(job.id, "w1", done=1, total=3, now=NOW, lease=LEASE) is True
    assert await jobs.finish(job.id, "w1", result='{"read":3}', now=NOW) is True
    ended = await jobs.get(job.id, DSDEN_35)
    assert (ended.state, ended.done, ended.result) == (JobState.DONE, 3, '{"read":3}')
    assert await jobs.files(job.id) == []
    assert await claim() is None


async def test_a_job_of_a_rolled_back_request_does_not_exist():
    async def enqueue_then_fail() -> None:
        async with write_transaction():
            await jobs.enqueue(DSDEN_35, "scan", "{}", created_by="token:1", created_at=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await enqueue_then_fail()
    assert await claim() is None


async def test_simultaneous_workers_never_take_the_same_job():
    given = [await given_job() for _ in range(5)]
    claimed = await asyncio.gather(*(claim(f"w{number}") for number in range(8)))
    taken = [job.id for job in claimed if job]
    assert len(taken) == len(set(taken))
    rest = []
    while job := await claim("late"):
        rest.append(job.id)
    assert sorted(taken + rest) == [job.id for job in given]


async def test_a_dead_worker_loses_its_job_at_the_end_of_the_lease():
    job = await given_job()
    await claim("dead")
    assert await claim("w2", NOW + timedelta(seconds=29)) is None
    taken = await claim("w2", NOW + timedelta(seconds=31))
    assert (taken.id, taken.attempts) == (job.id, 2)
    assert await jobs.report_progress(job.id, "dead", done=2, total=3, now=NOW, lease=LEASE) is False
    assert await jobs.finish(job.id, "dead", result="{}", now=NOW) is False


async def test_progress_renews_the_lease():
    job = await given_job()
    await claim("w1")
    later = NOW + timedelta(seconds=25)
    await jobs.report_progress(job.id, "w1", done=1, total=3, now=later, lease=LEASE)
    assert await claim("w2", NOW + timedelta(seconds=40)) is None


async def test_a_failed_job_is_tried_again_later_and_later_then_given_up():
    given, now = await given_job(), NOW
    for delay in (5, 10, 20, 40):
        job = await claim("w1", now)
        assert await jobs.fail(job, worker="w1", result='"panne"', now=now) is True
        assert (await jobs.get(given.id, DSDEN_35)).state is JobState.QUEUED
        assert await claim("w1", now + timedelta(seconds=delay - 1)) is None
        now += timedelta(seconds=delay)
    await jobs.fail(await claim("w1", now), worker="w1", result='"panne"', now=now)
    failed = await jobs.get(given.id, DSDEN_35)
    assert (failed.state, failed.attempts, failed.result) == (JobState.FAILED, 5, '"panne"')


async def test_a_job_that_kills_its_workers_is_given_up():
    job = await given_job()
    now = NOW
    for _ in range(5):
        assert await claim("dead", now) is not None
        now += timedelta(seconds=31)
    assert await claim("w1", now) is None
    assert (await jobs.get(job.id, DSDEN_35)).state is JobState.FAILED


async def test_a_failure_without_hope_is_not_tried_again():
    await given_job()
    job = await claim()
    await jobs.fail(job, worker="w1", result='"illisible"', now=NOW, retry=False)
    assert (await jobs.get(job.id, DSDEN_35)).state is JobState.FAILED
    assert await claim("w1", NOW + timedelta(days=1)) is None


async def test_another_service_sees_no_job():
    job = await given_job()
    with pytest.raises(NotFound) as refusal:
        await jobs.get(job.id, UUID(int=1))
    assert refusal.value.code == "job.not_found"
    assert await jobs.get(job.id, DSDEN_35) == job
