"""A service that reminds by itself: on working days, once, whatever runs it, and it says when and whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from tests.stage import family_cast as family
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.family_cast import BASE_URL, LISE, Clock, messages
from tests.use_cases import loan_cast as cast

from materiel.domain.papers.document import Document
from materiel.domain.work.job import Job, JobState
from materiel.domain.work.outbox import Purpose
from materiel.errors import Conflict, PermissionDenied
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch
from materiel.store.work import job as jobs
from materiel.use_cases.accounts.service import UpdateService, update_service
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.signing import daily
from materiel.use_cases.signing.daily import read_next_reminders, reminder_loop, start_reminders
from materiel.use_cases.signing.reminder import DueReminder, reminders_ahead
from materiel.use_cases.work.job import LEASE, run_next, stop_job
from materiel.use_cases.worker import HANDLERS, worker_loops

# Monday 7 September 2026, 11:00 in Paris; the papers leave that day.
MONDAY = cast.TODAY


@pytest.fixture
async def clock(db: object) -> Clock:
    await family.set_up()
    # As the settings know it.
    await fetch(f"UPDATE managing_service SET departement = '035' WHERE id = '{cast.SERVICE}'")
    return Clock()


async def ask_for_it(*, on: bool = True) -> None:
    service = await services.get(cast.SERVICE)
    administrator = replace(cast.STRANGER, service_id=cast.SERVICE)
    command = UpdateService(version=service.version, reminds_daily=on)
    await update_service(command, actor=administrator, now=cast.NOW)


async def start(clock: Clock) -> Job | None:
    return await start_reminders(await services.get(cast.SERVICE), base_url=BASE_URL, now=clock.now)


async def two_papers(clock: Clock) -> tuple[Document, Document]:
    one, two = await family.an_agreement(), await family.an_agreement(cast.ADULT, cast.KEYBOARD)
    for each in (one, two):
        await family.send(each, now=clock.now)
    clock.later(days=7)
    return one, two


def told(job: Job) -> dict[str, object]:
    read: dict[str, object] = msgspec.json.decode(job.result or "", type=dict)
    return read


async def test_a_service_that_asks_for_it_reminds_once_each_working_day(clock: Clock) -> None:
    one, two = await two_papers(clock)
    assert await start(clock) is None
    await ask_for_it()
    job = await start(clock)
    assert job is not None
    assert await start(clock) is None
    assert await run_next("w1", HANDLERS, clock=clock)
    reminders = await messages(Purpose.SIGNATURE_REMINDER)
    assert len(reminders) == 2
    assert all(BASE_URL in each.text for each in reminders)
    read = told(await jobs.get(job.id, cast.SERVICE))
    assert (read["reminded"], read["left"], read["refused"]) == (2, 0, [])
    assert [each["number"] for each in read["documents"]] == [one.number, two.number]  # type: ignore[union-attr,attr-defined]
    clock.later(days=1)
    assert await start(clock) is not None
    assert await run_next("w1", HANDLERS, clock=clock)
    assert len(await messages(Purpose.SIGNATURE_REMINDER)) == 2
    started = await fetch("SELECT id FROM journal WHERE action = 'reminders.started'")
    assert len(started) == 2


async def test_a_loan_says_who_is_to_be_reminded_and_by_itself_on_which_working_day(clock: Clock) -> None:
    paper = await family.an_agreement()
    clock.later(days=5)
    await family.send(paper, now=clock.now)
    (by_hand,) = await reminders_ahead([paper], actor=cast.MANAGER)
    assert by_hand.on == date(2026, 9, 19)
    assert by_hand.sentence.endswith(f"est à relancer, si le document {paper.number} n'est pas signé.")
    await ask_for_it()
    (by_itself,) = await reminders_ahead([paper], actor=cast.MANAGER)
    assert by_itself.on == date(2026, 9, 21)
    assert by_itself.sentence.startswith("Rappel à ")


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 9, 14, 4, 59, tzinfo=UTC),
        datetime(2026, 9, 12, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 11, 9, 0, tzinfo=UTC),
    ],
)
async def test_nobody_is_reminded_at_night_nor_on_a_day_off(clock: Clock, instant: datetime) -> None:
    await ask_for_it()
    clock.now = instant
    assert await start(clock) is None
    clock.now = instant.replace(day=16, hour=9)
    assert await start(clock) is not None


async def test_of_workers_that_look_at_once_one_has_the_day(clock: Clock) -> None:
    await two_papers(clock)
    await ask_for_it()
    started = await asyncio.gather(*(start(clock) for _ in range(8)))
    assert sum(each is not None for each in started) == 1
    ran = await asyncio.gather(*(run_next(f"w{n}", HANDLERS, clock=clock) for n in range(3)))
    assert sum(ran) == 1
    assert len(await messages(Purpose.SIGNATURE_REMINDER)) == 2


async def test_two_workers_remind_each_day_for_weeks_and_nobody_twice(clock: Clock) -> None:
    await two_papers(clock)
    await ask_for_it()
    for _ in range(30):
        loops = [reminder_loop(clock=clock, base_url=BASE_URL) for _ in range(2)]
        await asyncio.gather(*(each.turn(lambda: None) for each in loops))
        await asyncio.gather(*(run_next(f"w{n}", HANDLERS, clock=clock) for n in range(2)))
        clock.later(days=1)
    days = await fetch("SELECT created_at FROM job WHERE kind = 'reminders'")
    assert len(days) == 22
    # Five reminders a week apart: with the first letter, six.
    assert len(await messages(Purpose.SIGNATURE_REMINDER, to=LISE)) == 5
    written = [each.created_at for each in await messages(Purpose.SIGNATURE_REMINDER, to=LISE)]
    assert all(after - before >= timedelta(days=7) for before, after in pairwise(written))


async def test_a_job_killed_half_way_tells_of_the_whole(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = await two_papers(clock)
    await ask_for_it()
    job = await start(clock)
    assert job is not None
    reading, steps = daily.remind, 0

    async def die(due: DueReminder, *, issuer: Issuer) -> int:
        nonlocal steps
        steps += 1
        if steps == 2:
            raise LookupError("killed")
        return await reading(due, issuer=issuer)

    with monkeypatch.context() as patched:
        patched.setattr(daily, "remind", die)
        await run_next("dead", HANDLERS, clock=clock)
    assert len(await messages(Purpose.SIGNATURE_REMINDER)) == 1
    clock.later(minutes=5)
    assert await run_next("w2", HANDLERS, clock=clock)
    ended = await jobs.get(job.id, cast.SERVICE)
    assert (ended.state, told(ended)["reminded"]) == (JobState.DONE, 2)
    assert {each["number"] for each in told(ended)["documents"]} == {one.number, two.number}  # type: ignore[attr-defined]
    assert len(await messages(Purpose.SIGNATURE_REMINDER)) == 2


async def test_it_stops_when_told_and_says_what_is_refused(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    _, two = await two_papers(clock)
    await ask_for_it()
    job = await start(clock)
    assert job is not None
    reading = daily.remind

    async def refuse(due: DueReminder, *, issuer: Issuer) -> int:
        if due.numbers == [two.number]:
            raise Conflict("document.changed", "La demande vient de partir d'une autre fenêtre.")
        return await reading(due, issuer=issuer)

    monkeypatch.setattr(daily, "remind", refuse)
    assert await run_next("w1", HANDLERS, clock=clock)
    read = told(await jobs.get(job.id, cast.SERVICE))
    assert (read["reminded"], [each["number"] for each in read["refused"]]) == (1, [two.number])  # type: ignore[attr-defined]
    clock.later(days=7)
    stopped = await start(clock)
    assert stopped is not None
    await stop_job(stopped.id, actor=cast.MANAGER, now=clock.now)
    assert await run_next("w1", HANDLERS, clock=clock)
    assert told(await jobs.get(stopped.id, cast.SERVICE))["left"] == 2


async def test_it_says_when_and_whom_before_it_does(clock: Clock) -> None:
    one, two = await two_papers(clock)
    off = await read_next_reminders(actor=cast.READER, now=clock.now)
    assert (off.day, [each.numbers for each in off.due]) == (None, [[one.number], [two.number]])
    await ask_for_it()
    foreseen = await read_next_reminders(actor=cast.READER, now=clock.now)
    assert (foreseen.day, foreseen.letters, foreseen.last) == (MONDAY + timedelta(days=7), 2, None)
    assert foreseen.due[0].names == ("Lise Exemple",)
    job = await start(clock)
    assert job is not None
    await run_next("w1", HANDLERS, clock=clock)
    after = await read_next_reminders(actor=cast.READER, now=clock.now)
    assert (after.day, after.due, after.last_on) == (date(2026, 9, 15), (), MONDAY + timedelta(days=7))
    assert after.last is not None
    assert after.last.id == job.id
    # On Friday, the next time is Monday; whoever was written to on a Monday is due then.
    clock.later(days=4)
    await start(clock)
    await run_next("w1", HANDLERS, clock=clock)
    friday = await read_next_reminders(actor=cast.READER, now=clock.now)
    assert (friday.day, friday.letters) == (date(2026, 9, 21), 2)
    day_alone = await read_next_reminders(actor=cast.READER, now=clock.now, with_due=False)
    assert (day_alone.day, day_alone.due) == (friday.day, ())
    assert (await read_next_reminders(actor=cast.STRANGER, now=clock.now)).due == ()
    await forget(now=clock.now + timedelta(days=200))
    assert (await read_next_reminders(actor=cast.READER, now=clock.now)).last is None


async def test_the_setting_is_the_administrators_and_is_noted(clock: Clock) -> None:
    service = await services.get(cast.SERVICE)
    command = UpdateService(version=service.version, reminds_daily=True)
    with pytest.raises(PermissionDenied):
        await update_service(command, actor=cast.MANAGER, now=clock.now)
    await ask_for_it()
    await ask_for_it(on=False)
    assert await start(clock) is None
    noted = await fetch("SELECT details FROM journal WHERE action = 'service.updated'")
    assert sum("reminds_daily" in str(each["details"]) for each in noted) == 2


async def test_the_loop_looks_at_every_service_of_a_worker_that_sends_mail(clock: Clock) -> None:
    await two_papers(clock)
    await ask_for_it()
    assert "reminders" not in {each.name for each in worker_loops(clock=clock)}
    loop = reminder_loop(clock=clock, base_url=BASE_URL, every_seconds=0.01)
    async with Watch().running(loop):
        for _ in range(200):
            if await fetch("SELECT id FROM job WHERE kind = 'reminders'"):
                break
            await asyncio.sleep(0.01)
    assert len(await fetch("SELECT id FROM job WHERE kind = 'reminders'")) == 1


async def test_a_worker_that_dies_leaves_the_day_to_another(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_papers(clock)
    await ask_for_it()
    job = await start(clock)
    assert job is not None
    reading = daily.due_reminders

    async def die(*, issuer: Issuer) -> list[DueReminder]:
        await cut()
        return await reading(issuer=issuer)

    with monkeypatch.context() as patched:
        patched.setattr(daily, "due_reminders", die)
        await is_cut_short(run_next("dead", HANDLERS, clock=clock))
    clock.later(seconds=LEASE.total_seconds() + 1)
    assert await run_next("w2", HANDLERS, clock=clock)
    assert len(await messages(Purpose.SIGNATURE_REMINDER)) == 2
