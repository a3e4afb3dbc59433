from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from tests.stage.cut_short import cut, is_cut_short
from tests.use_cases.loan_cast import ITEMS, KEYBOARD, LAPTOP, MANAGER, NOW, READER, SERVICE, STRANGER, a_draft, set_up

from materiel.domain.item.item import ItemStatus
from materiel.domain.work.job import Job, JobState
from materiel.errors import BadInput, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.work import job as jobs
from materiel.use_cases.item import bulk as item_bulk
from materiel.use_cases.item.bulk import Report, SetStatuses, set_statuses
from materiel.use_cases.work.job import LEASE, run_next, stop_job
from materiel.use_cases.worker import HANDLERS


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


def report_of(job: Job) -> Report:
    return msgspec.json.decode(job.result or "", type=Report)


async def change(item_ids=ITEMS, status=ItemStatus.IN_REPAIR, reason="Révision annuelle", actor=MANAGER):
    return await set_statuses(SetStatuses(item_ids=item_ids, status=status, reason=reason), actor=actor, now=NOW)


async def statuses():
    return {(await items.get(item_id, SERVICE)).status for item_id in ITEMS}


async def test_a_few_items_change_at_once():
    report = await change()
    assert (report.changed, report.refused) == (8, [])
    assert await statuses() == {ItemStatus.IN_REPAIR}
    entry = (await journal.of_subject(SERVICE, LAPTOP))[-1]
    assert (entry.action, entry.details["reason"]) == ("item.status_changed", "Révision annuelle")


async def test_an_item_in_a_loan_is_left_and_told():
    await a_draft(items=(LAPTOP,))
    report = await change()
    assert report.changed == 7
    assert [each.number for each in report.refused] == ["35-2026-00001"]
    assert "prêt en cours" in report.refused[0].reason


async def asked_before(*, items_left=ITEMS, total=8, done="null", status="in_repair"):
    """A job as the release before the lots wrote it; half done, its payload holds what is left and what is done."""
    left = ",".join(f'"{each}"' for each in items_left)
    payload = f'{{"items":[{left}],"status":"{status}","reason":"Révision annuelle","done":{done}}}'
    return await jobs.enqueue(SERVICE, "item_statuses", payload, total=total, created_by=MANAGER.id, created_at=NOW)


async def test_a_job_that_waited_before_the_lots_is_done_whole(monkeypatch):
    monkeypatch.setattr(item_bulk, "AT_ONCE", 3)
    await a_draft(items=(LAPTOP,))
    job = await asked_before()
    assert await run_next("tests", HANDLERS, clock=lambda: NOW)
    ended = await jobs.get(job.id, SERVICE)
    assert (ended.state, ended.done) == (JobState.DONE, 8)
    report = report_of(ended)
    assert (report.status, report.changed, [each.number for each in report.refused]) == (
        "in_repair",
        7,
        ["35-2026-00001"],
    )
    assert await statuses() == {ItemStatus.IN_REPAIR, ItemStatus.RESERVED}
    entry = (await journal.of_subject(SERVICE, KEYBOARD))[-1]
    assert (entry.action, entry.actor, entry.details["reason"]) == (
        "item.status_changed",
        MANAGER.id,
        "Révision annuelle",
    )


async def test_one_that_was_half_done_does_what_is_left_and_tells_of_the_whole():
    done = '{"status":"in_repair","changed":4,"refused":[{"number":"35-2026-00001","reason":"Prêté"}]}'
    job = await asked_before(items_left=ITEMS[5:], done=done)
    assert await run_next("tests", HANDLERS, clock=lambda: NOW)
    ended = await jobs.get(job.id, SERVICE)
    assert (ended.state, ended.done) == (JobState.DONE, 8)
    assert report_of(ended) == Report("in_repair", 7, [item_bulk.RefusedItem("35-2026-00001", "Prêté")])
    assert len(await fetch("SELECT id FROM journal WHERE action = 'item.status_changed'")) == 3


async def test_one_that_is_killed_half_way_goes_on_where_it_was(monkeypatch, transactions):
    monkeypatch.setattr(item_bulk, "AT_ONCE", 3)
    job = await asked_before()
    transactions.clear()
    asked, steps = jobs.is_asked_to_stop, []

    async def die(job_id):
        steps.append(job_id)
        if len(steps) == 3:
            await cut()
        return await asked(job_id)

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "is_asked_to_stop", die)
        await is_cut_short(run_next("dead", HANDLERS, clock=lambda: NOW))
    assert (await jobs.get(job.id, SERVICE)).done == 6
    assert await run_next("w2", HANDLERS, clock=lambda: NOW + LEASE + timedelta(seconds=1))
    assert report_of(await jobs.get(job.id, SERVICE)) == Report("in_repair", 8, [])
    assert len(await fetch("SELECT id FROM journal WHERE action = 'item.status_changed'")) == 8
    # Three items and their entries, the progress and what is left.
    assert max(each.statements for each in transactions) <= 3 * 6 + 4


async def test_one_that_meets_another_change_waits_with_what_is_left(monkeypatch):
    job = await asked_before()
    save = items.save

    async def refuse(item):
        return await save(replace(item, version=item.version - 1) if item.id == ITEMS[-1] else item)

    with monkeypatch.context() as patched:
        patched.setattr(items, "save", refuse)
        await run_next("tests", HANDLERS, clock=lambda: NOW)
    waiting = await jobs.get(job.id, SERVICE)
    assert waiting.state is JobState.QUEUED
    assert msgspec.json.decode(waiting.result or "")["code"] == "item.changed"
    await run_next("tests", HANDLERS, clock=lambda: NOW + timedelta(minutes=1))
    assert report_of(await jobs.get(job.id, SERVICE)) == Report("in_repair", 8, [])


async def test_one_that_is_told_to_stop_ends_with_what_is_done():
    job = await asked_before()
    await stop_job(job.id, actor=MANAGER, now=NOW)
    assert await run_next("tests", HANDLERS, clock=lambda: NOW)
    assert report_of(await jobs.get(job.id, SERVICE)) == Report("in_repair", 0, [])
    assert await statuses() == {ItemStatus.IN_STOCK}


async def test_what_is_asked_is_checked(monkeypatch):
    with pytest.raises(RuleBroken) as fault:
        await change(status=ItemStatus.ON_LOAN, reason=" ")
    assert [each.pointer for each in fault.value.errors] == ["/reason", "/status"]
    with pytest.raises(BadInput) as nothing:
        await change(item_ids=())
    assert nothing.value.code == "item.none_chosen"
    monkeypatch.setattr(item_bulk, "MOST_ITEMS", 2)
    with pytest.raises(BadInput) as many:
        await change()
    assert many.value.code == "item.too_many"


async def test_rights_and_scope_hold():
    with pytest.raises(PermissionDenied):
        await change(actor=READER)
    with pytest.raises(NotFound):
        await change(actor=STRANGER)
    assert await statuses() == {ItemStatus.IN_STOCK}
