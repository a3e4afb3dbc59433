"""The job loop: one worker at a time, nothing half done, nothing lost, nothing run for ever."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.use_cases.loan_cast import MANAGER, SERVICE, STRANGER, a_service

from materiel.domain.work.job import Job, JobState
from materiel.errors import BadInput, NotFound, Unavailable
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.store.work import job as jobs
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.work.job import LEASE, JobOutcome, JobRun, get_job, job_loop, run_at_once, run_next

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


class Clock:
    """An instant that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, delay: timedelta) -> None:
        self.now += delay


@pytest.fixture
async def clock(db: object) -> Clock:
    await services.insert(a_service(SERVICE, "DSDEN35", "35"))
    return Clock()


async def a_job(kind: str = "essay") -> UUID:
    async with write_transaction():
        job = await jobs.enqueue(SERVICE, kind, "{}", created_by=MANAGER.id, created_at=NOW)
        await jobs.add_file(job.id, "text/plain", b"essay")
    return job.id


async def note(now: datetime) -> None:
    await journal.By(SERVICE, "worker", now).note("essay.done", "1", of="job")


async def essay(run: JobRun) -> JobOutcome:
    await run.advance(1, 2)
    return JobOutcome({"words": 3}, note)


async def notes() -> int:
    return len(await search(SERVICE, limit=200))


async def test_a_job_ends_with_its_effect_and_its_result(clock: Clock) -> None:
    job_id = await a_job()
    assert await run_next("w1", {"essay": essay}, clock=clock)
    job = await get_job(job_id, actor=MANAGER)
    assert (job.state, job.result, job.done, job.finished_at) == (JobState.DONE, '{"words":3}', job.total, NOW)
    assert await notes() == 1
    assert await jobs.files(job_id) == []
    assert not await run_next("w1", {"essay": essay}, clock=clock)


async def test_a_small_job_is_run_by_who_asks_for_it_unless_a_worker_has_it(clock: Clock) -> None:
    small, taken = await a_job(), await a_job()
    assert await jobs.claim_this(taken, "w1", now=clock(), lease=LEASE)
    for each in (small, taken):
        await run_at_once(each, essay, clock=clock)
    assert ((await get_job(small, actor=MANAGER)).state, await notes()) == (JobState.DONE, 1)
    assert (await get_job(taken, actor=MANAGER)).state is JobState.RUNNING
    # One that is over is not run again.
    await run_at_once(small, essay, clock=clock)
    assert await notes() == 1


async def test_a_job_whose_asker_goes_away_is_taken_up_at_once(clock: Clock) -> None:
    async def wait(run: JobRun) -> JobOutcome:
        await asyncio.sleep(60)
        raise AssertionError

    job_id = await a_job()
    asked = asyncio.create_task(run_at_once(job_id, wait, clock=clock))
    while (await get_job(job_id, actor=MANAGER)).state is not JobState.RUNNING:
        await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.QUEUED
    assert await run_next("w1", {"essay": essay}, clock=clock)
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.DONE


async def test_a_job_whose_asker_goes_away_as_it_is_claimed_is_taken_up_at_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim_this = jobs.claim_this

    async def claim_then_go(*args: Any, **kwargs: Any) -> Any:
        await claim_this(*args, **kwargs)
        raise asyncio.CancelledError

    job_id = await a_job()
    monkeypatch.setattr(jobs, "claim_this", claim_then_go)
    with pytest.raises(asyncio.CancelledError):
        await run_at_once(job_id, essay, clock=clock)
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.QUEUED
    assert await run_next("w1", {"essay": essay}, clock=clock)
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.DONE


async def test_another_service_does_not_see_a_job(clock: Clock) -> None:
    job_id = await a_job()
    with pytest.raises(NotFound) as refusal:
        await get_job(job_id, actor=STRANGER)
    assert refusal.value.code == "job.not_found"


async def test_a_refusal_ends_the_job_with_its_sentence(clock: Clock) -> None:
    async def refuse(run: JobRun) -> JobOutcome:
        raise BadInput("scan.unreadable", "Ce fichier n'est pas lisible.")

    job_id = await a_job()
    assert await run_next("w1", {"essay": refuse}, clock=clock)
    job = await get_job(job_id, actor=MANAGER)
    assert job.state is JobState.FAILED
    assert msgspec.json.decode(job.result or "") == {
        "code": "scan.unreadable",
        "message": "Ce fichier n'est pas lisible.",
    }


async def test_a_fault_is_tried_again_then_ends_the_job(clock: Clock) -> None:
    calls = []

    async def fault(run: JobRun) -> JobOutcome:
        calls.append(run.job.attempts)
        raise ZeroDivisionError

    job_id = await a_job()
    for _ in range(jobs.MOST_ATTEMPTS + 3):
        await run_next("w1", {"essay": fault}, clock=clock)
        clock.pass_by(timedelta(hours=1))
    assert calls == list(range(1, jobs.MOST_ATTEMPTS + 1))
    job = await get_job(job_id, actor=MANAGER)
    assert job.state is JobState.FAILED
    assert "job.error" in (job.result or "")


async def test_a_failing_last_write_leaves_no_trace(clock: Clock) -> None:
    async def half(run: JobRun) -> JobOutcome:
        async def write(now: datetime) -> None:
            await note(now)
            raise ZeroDivisionError

        return JobOutcome({}, write)

    job_id = await a_job()
    await run_next("w1", {"essay": half}, clock=clock)
    assert await notes() == 0
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.QUEUED


async def test_a_worker_that_lost_its_job_writes_nothing(clock: Clock) -> None:
    job_id = await a_job()

    async def slow(run: JobRun) -> JobOutcome:
        clock.pass_by(LEASE + timedelta(seconds=1))
        assert await run_next("w2", {"essay": essay}, clock=clock)
        return JobOutcome({"words": 0}, note)

    await run_next("w1", {"essay": slow}, clock=clock)
    assert (await get_job(job_id, actor=MANAGER)).result == '{"words":3}'
    assert await notes() == 1


async def test_a_worker_that_lost_its_job_stops_at_the_next_step(clock: Clock) -> None:
    await a_job()
    reached = []

    async def slow(run: JobRun) -> JobOutcome:
        clock.pass_by(LEASE + timedelta(seconds=1))
        await run_next("w2", {"essay": essay}, clock=clock)
        await run.advance(1, 2)
        reached.append("after")
        return JobOutcome({}, note)

    await run_next("w1", {"essay": slow}, clock=clock)
    assert reached == []


async def test_a_job_that_kills_its_workers_is_abandoned(clock: Clock) -> None:
    job_id = await a_job()
    for attempt in range(jobs.MOST_ATTEMPTS):
        assert await jobs.claim(f"dead{attempt}", now=clock(), lease=LEASE) is not None
        clock.pass_by(LEASE + timedelta(seconds=1))
    assert not await run_next("w1", {"essay": essay}, clock=clock)
    job = await get_job(job_id, actor=MANAGER)
    assert job.state is JobState.FAILED
    assert msgspec.json.decode(job.result or "")["code"] == "job.abandoned"
    assert await jobs.files(job_id) == []
    assert await notes() == 0


async def test_progress_is_written_at_most_once_a_second(clock: Clock) -> None:
    job_id = await a_job()
    seen: list[int] = []

    async def steps(run: JobRun) -> JobOutcome:
        for done in range(11):
            await run.advance(done, 10)
            seen.append((await jobs.get(job_id, SERVICE)).done)
            clock.pass_by(timedelta(seconds=0.4))
        return JobOutcome({}, note)

    await run_next("w1", {"essay": steps}, clock=clock)
    assert seen == [0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 10]


async def test_the_loop_runs_what_is_due_and_stops(clock: Clock) -> None:
    job_ids = [await a_job() for _ in range(3)]

    async def all_done() -> list[Job]:
        while True:
            states = [await get_job(job_id, actor=MANAGER) for job_id in job_ids]
            if all(job.state is JobState.DONE for job in states):
                return states
            await asyncio.sleep(0.01)

    async with asyncio.timeout(20), Watch().running(job_loop({"essay": essay}, clock=clock, poll_seconds=0.01)):
        await all_done()


async def test_a_stop_gives_the_job_under_way_back_at_once_and_counts_no_attempt(clock: Clock) -> None:
    job_id = await a_job()
    started = asyncio.Event()

    async def endless(run: JobRun) -> JobOutcome:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(20), Watch().running(job_loop({"essay": endless}, clock=clock)):
        await started.wait()
    job = await get_job(job_id, actor=MANAGER)
    assert (job.state, job.attempts, job.worker) == (JobState.QUEUED, 0, None)
    assert await run_next("w2", {"essay": essay}, clock=clock)
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.DONE


@pytest.mark.parametrize("error", [asyncio.CancelledError, RecursionError, MemoryError, SystemExit, KeyboardInterrupt])
async def test_whatever_a_handler_raises_the_loop_runs_the_next_job(clock: Clock, error: type[BaseException]) -> None:
    async def raising(run: JobRun) -> JobOutcome:
        raise error

    bad, good = await a_job("bad"), await a_job()
    handlers = {"bad": raising, "essay": essay}
    async with asyncio.timeout(20), Watch().running(job_loop(handlers, clock=clock, poll_seconds=0.01)):
        while (await get_job(good, actor=MANAGER)).state is not JobState.DONE:
            await asyncio.sleep(0.01)
    job = await get_job(bad, actor=MANAGER)
    # It counts: it would otherwise be run for ever.
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert "job.error" in (job.result or "")


async def test_a_busy_database_puts_a_job_off_and_does_not_end_it(clock: Clock) -> None:
    async def busy(run: JobRun) -> JobOutcome:
        raise Unavailable("database.busy", "La base est occupée.")

    job_id = await a_job()
    assert await run_next("w1", {"essay": busy}, clock=clock)
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.QUEUED
    clock.pass_by(timedelta(hours=1))
    assert await run_next("w1", {"essay": essay}, clock=clock)
    assert (await get_job(job_id, actor=MANAGER)).state is JobState.DONE
