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
from materiel.use_cases.work.job import LEASE, run_next
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
    assert isinstance(report, Report)
    assert (report.changed, report.refused) == (8, [])
    assert await statuses() == {ItemStatus.IN_REPAIR}
    entry = (await journal.of_subject(SERVICE, LAPTOP))[-1]
    assert (entry.action, entry.details["reason"]) == ("item.status_changed", "Révision annuelle")


async def test_an_item_in_a_loan_is_left_and_told():
    await a_draft(items=(LAPTOP,))
    report = await change()
    assert isinstance(report, Report)
    assert report.changed == 7
    assert [each.number for each in report.refused] == ["35-2026-00001"]
    assert "prêt en cours" in report.refused[0].reason


async def test_many_items_are_a_job(monkeypatch):
    monkeypatch.setattr(item_bulk, "AT_ONCE", 3)
    job = await change()
    assert isinstance(job, Job)
    assert (job.state, job.total) == (JobState.QUEUED, 8)
    assert await statuses() == {ItemStatus.IN_STOCK}
    assert await run_next("tests", HANDLERS, clock=lambda: NOW)
    ended = await jobs.get(job.id, SERVICE)
    assert ended.state is JobState.DONE
    assert report_of(ended) == Report("in_repair", 8, [])
    assert await statuses() == {ItemStatus.IN_REPAIR}


async def test_a_job_that_meets_another_change_looks_at_those_items_anew(monkeypatch):
    monkeypatch.setattr(item_bulk, "AT_ONCE", 3)
    job = await change(status=ItemStatus.WRITTEN_OFF)
    assert isinstance(job, Job)
    read = items.get_many

    async def meddle(item_ids, service_id):
        found = await read(item_ids, service_id)
        if KEYBOARD in item_ids and (await items.get(KEYBOARD, SERVICE)).status is ItemStatus.IN_STOCK:
            await items.set_status([KEYBOARD], ItemStatus.RESERVED)
        return found

    monkeypatch.setattr(items, "get_many", meddle)
    await run_next("tests", HANDLERS, clock=lambda: NOW)
    ended = await jobs.get(job.id, SERVICE)
    assert ended.state is JobState.DONE
    report = report_of(ended)
    assert (report.changed, len(report.refused)) == (7, 1)
    assert await statuses() == {ItemStatus.WRITTEN_OFF, ItemStatus.RESERVED}


async def test_a_job_that_meets_a_change_each_time_waits_with_what_is_left(monkeypatch):
    monkeypatch.setattr(item_bulk, "AT_ONCE", 3)
    job = await change()
    assert isinstance(job, Job)
    read = items.get_many

    async def meddle(item_ids, service_id):
        found = await read(item_ids, service_id)
        await fetch(f"UPDATE item SET version = version + 1 WHERE id = '{ITEMS[-1]}'")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(items, "get_many", meddle)
        await run_next("tests", HANDLERS, clock=lambda: NOW)
    waiting = await jobs.get(job.id, SERVICE)
    assert waiting.state is JobState.QUEUED
    assert msgspec.json.decode(waiting.result or "")["code"] == "item.changed"
    await run_next("tests", HANDLERS, clock=lambda: NOW + timedelta(minutes=1))
    assert report_of(await jobs.get(job.id, SERVICE)) == Report("in_repair", 8, [])


async def test_a_job_killed_half_way_goes_on_where_it_was_and_tells_of_the_whole(monkeypatch, transactions):
    monkeypatch.setattr(item_bulk, "AT_ONCE", 3)
    await a_draft(items=(LAPTOP,))
    job = await change()
    assert isinstance(job, Job)
    transactions.clear()
    read, steps = items.get_many, []

    async def die(item_ids, service_id):
        steps.append(item_ids)
        if len(steps) == 3:
            await cut()
        return await read(item_ids, service_id)

    with monkeypatch.context() as patched:
        patched.setattr(items, "get_many", die)
        await is_cut_short(run_next("dead", HANDLERS, clock=lambda: NOW))
    assert (await jobs.get(job.id, SERVICE)).done == 6
    assert await run_next("w2", HANDLERS, clock=lambda: NOW + LEASE + timedelta(seconds=1))
    report = report_of(await jobs.get(job.id, SERVICE))
    assert (report.changed, [each.number for each in report.refused]) == (7, ["35-2026-00001"])
    changed = await fetch("SELECT id FROM journal WHERE action = 'item.status_changed'")
    assert len(changed) == 7
    # Three items and their entries, the progress and what is left.
    assert max(each.statements for each in transactions) <= 3 * 6 + 4


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
