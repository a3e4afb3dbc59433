"""The clock of the system is set back by an hour: nothing dies, nothing is lost, nobody waits for it to come again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE, Clock
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.history.reading import ReadingKind
from materiel.domain.signing.one_time_code import MOST_UNUSED, OneTimeCode, check_may_send
from materiel.domain.work.job import Job, JobState
from materiel.domain.work.outbox import Impulse, Message, Purpose
from materiel.errors import RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.history.search import search
from materiel.store.work import idempotency, outbox
from materiel.store.work import job as jobs
from materiel.use_cases.accounts.session import open_session, resume_session
from materiel.use_cases.accounts.session_notes import SessionNotes
from materiel.use_cases.history.reading import ReadingBuffer
from materiel.use_cases.links.access_link import enter_by
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.work.job import LEASE, JobOutcome, JobRun, run_next
from materiel.use_cases.work.outbox import MessageText, post

HOUR = timedelta(hours=1)
READER = Actor("tests", Role.ADMIN, cast.SERVICE)


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    return Clock()


async def a_job(clock: Clock) -> Job:
    async with write_transaction():
        return await jobs.enqueue(cast.SERVICE, "essay", "{}", created_by="tests", created_at=clock())


async def state_of(job: Job) -> JobState:
    return (await jobs.get(job.id, cast.SERVICE)).state


async def essay(run: JobRun) -> JobOutcome:
    async def write(now: object) -> None:
        pass

    return JobOutcome({}, write)


async def fault(run: JobRun) -> JobOutcome:
    raise ZeroDivisionError


async def test_a_job_asked_before_is_run_at_once(clock: Clock) -> None:
    job = await a_job(clock)
    clock.now -= HOUR
    assert await run_next("w", {"essay": essay}, clock=clock)
    assert await state_of(job) is JobState.DONE


async def test_a_job_that_failed_before_is_tried_again_at_once(clock: Clock) -> None:
    job = await a_job(clock)
    await run_next("w", {"essay": fault}, clock=clock)
    assert not await run_next("w", {"essay": essay}, clock=clock)
    clock.now -= HOUR
    assert await run_next("w", {"essay": essay}, clock=clock)
    assert await state_of(job) is JobState.DONE


async def test_a_job_whose_worker_died_before_is_taken_at_once_and_a_slight_difference_takes_nothing(
    clock: Clock,
) -> None:
    await a_job(clock)
    assert await jobs.claim("dead", now=clock(), lease=LEASE) is not None
    clock.now -= LEASE
    assert await jobs.claim("next", now=clock(), lease=LEASE) is None
    clock.now -= HOUR
    assert await jobs.claim("next", now=clock(), lease=LEASE) is not None


async def test_a_job_under_way_keeps_its_lease(clock: Clock) -> None:
    job = await a_job(clock)
    seen: list[int] = []

    async def steps(run: JobRun) -> JobOutcome:
        await run.advance(1, 10)
        clock.now -= HOUR
        await run.advance(5, 10)
        seen.append((await jobs.get(job.id, cast.SERVICE)).done)
        assert await jobs.claim("other", now=clock(), lease=LEASE) is None
        return await essay(run)

    await run_next("w", {"essay": steps}, clock=clock)
    assert (seen, await state_of(job)) == ([5], JobState.DONE)


async def a_message(clock: Clock) -> None:
    letter = MessageText(
        purpose=Purpose.NEW_LINK,
        impulse=Impulse.ASKED,
        template="new_link",
        to_address=LISE,
        service=await services.get(cast.SERVICE),
        values={"name": "Lise", "link": f"{BASE_URL}/f/secret", "expires_on": cast.TODAY},
    )
    async with write_transaction():
        await post(letter, base_url=BASE_URL, now=clock())


async def claimed(clock: Clock) -> Message | None:
    return await outbox.claim("w", now=clock(), lease=LEASE)


async def test_a_message_written_or_under_way_before_leaves_at_once(clock: Clock) -> None:
    await a_message(clock)
    clock.now -= HOUR
    assert await claimed(clock) is not None
    # Whoever had it dies; the clock goes back once more.
    assert await claimed(clock) is None
    clock.now -= HOUR
    again = await claimed(clock)
    assert again is not None
    assert again.attempts == 2


async def test_a_session_stays_open_and_another_one_opens(clock: Clock) -> None:
    notes = SessionNotes(enter_by)
    before = await open_session(SubjectKind.ACCOUNT, new_id(), cast.SERVICE, now=clock())
    clock.now -= HOUR
    assert await resume_session(before.secret, now=clock(), notes=notes) is not None
    after = await open_session(SubjectKind.ACCOUNT, new_id(), cast.SERVICE, now=clock())
    clock.now += 2 * HOUR
    assert await resume_session(after.secret, now=clock(), notes=notes) is not None


def test_another_code_may_be_asked_for() -> None:
    sent = OneTimeCode(
        id=new_id(), link_id=new_id(), purpose="sign", attempts=0, created_at=cast.NOW, expires_at=cast.NOW + HOUR
    )
    check_may_send([sent], "sign", cast.NOW - HOUR)
    with pytest.raises(RuleBroken):
        check_may_send([sent], "sign", cast.NOW)
    with pytest.raises(RuleBroken):
        check_may_send([sent] * MOST_UNUSED, "sign", cast.NOW - HOUR)


async def test_a_key_is_still_known(clock: Clock) -> None:
    async with write_transaction():
        assert await idempotency.claim("token:1", "clé", "0" * 64, at=clock())
    clock.now -= HOUR
    await forget(now=clock())
    async with write_transaction():
        assert not await idempotency.claim("token:1", "clé", "0" * 64, at=clock())


async def test_the_journal_goes_on_and_stays_whole(clock: Clock) -> None:
    for number in range(3):
        async with write_transaction():
            await journal.By(cast.SERVICE, "tests", clock()).note("essay.done", number)
        clock.now -= HOUR
    assert (await journal.verify_chain(cast.SERVICE)).fault is None
    page = await search(cast.SERVICE, limit=200)
    assert [each.subject_id for each in page if each.subject_kind == "essay"] in (["0", "1", "2"], ["2", "1", "0"])


async def test_readings_are_noted(clock: Clock) -> None:
    buffer = ReadingBuffer()
    buffer.note(READER, ReadingKind.PUPIL, cast.CHILD, at=clock())
    clock.now -= HOUR
    buffer.note(READER, ReadingKind.PUPIL, cast.CHILD, at=clock())
    assert await buffer.flush() == 1
    assert [row["times"] for row in await fetch("SELECT times FROM reading")] == [2]
