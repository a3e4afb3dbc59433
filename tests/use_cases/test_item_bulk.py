import msgspec
import pytest
from tests.use_cases.loan_cast import ITEMS, KEYBOARD, LAPTOP, MANAGER, NOW, READER, SERVICE, STRANGER, a_draft, set_up

from materiel.domain.equipment import ItemStatus
from materiel.domain.job import Job, JobState
from materiel.errors import BadInput, NotFound, PermissionDenied, RuleBroken
from materiel.store import item as items
from materiel.store import job as jobs
from materiel.store import journal
from materiel.use_cases import item_bulk
from materiel.use_cases.item_bulk import Report, SetStatuses, report_of, set_statuses
from materiel.use_cases.job import run_next
from materiel.use_cases.worker import HANDLERS


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


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
    monkeypatch.setattr(item_bulk, "READ_TOGETHER", 3)
    job = await change()
    assert isinstance(job, Job)
    assert (job.state, job.total) == (JobState.QUEUED, 8)
    assert await statuses() == {ItemStatus.IN_STOCK}
    assert await run_next("tests", HANDLERS, clock=lambda: NOW)
    ended = await jobs.get(job.id, SERVICE)
    assert ended.state is JobState.DONE
    assert report_of(ended) == Report("in_repair", 8, [])
    assert await statuses() == {ItemStatus.IN_REPAIR}


async def test_a_job_that_meets_another_change_writes_nothing(monkeypatch):
    monkeypatch.setattr(item_bulk, "AT_ONCE", 3)
    job = await change(status=ItemStatus.WRITTEN_OFF)
    assert isinstance(job, Job)

    async def meddle(run):
        outcome = await item_bulk.change_statuses(run)
        await items.set_status([KEYBOARD], ItemStatus.RESERVED)
        return outcome

    await run_next("tests", {item_bulk.KIND: meddle}, clock=lambda: NOW)
    ended = await jobs.get(job.id, SERVICE)
    assert ended.state is JobState.FAILED
    assert msgspec.json.decode(ended.result or "")["code"] == "item.changed"
    assert await statuses() == {ItemStatus.IN_STOCK, ItemStatus.RESERVED}


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
