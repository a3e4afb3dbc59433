"""A lot: each thing for itself, nothing twice, nothing lost, and what became of each stays to be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.desk.test_awaited import agreement_of, with_an_address
from tests.use_cases.visitors import institution_cast as places

from materiel.domain.desk.lot import ABOUT, LotAct
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.papers.document import DocumentKind, NoticeChannel, Party, SignatureStatus
from materiel.domain.work.job import Job, JobState
from materiel.domain.work.lot import LineState
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.store.work import job as jobs
from materiel.store.work import lot as store
from materiel.store.work import outbox
from materiel.use_cases.desk.lots import acts as lot_acts
from materiel.use_cases.desk.lots.lot import (
    LotReport,
    Seen,
    StartLot,
    is_many,
    list_lot_lines,
    read_lot,
    start_again,
    start_lot,
)
from materiel.use_cases.item.item import SetItemStatus, set_item_status
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.work.job import LEASE, run_next, stop_job
from materiel.use_cases.worker import HANDLERS

LATER = cast.NOW + LEASE + timedelta(seconds=1)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await places.set_up_institutions()


async def ask(act: LotAct, *references: UUID, **values: object) -> Job:
    return await start_lot(StartLot(act=act, references=references, **values), issuer=cast.ISSUER)  # type: ignore[arg-type]


async def run(worker: str = "w1", *, later: timedelta = timedelta(0)) -> bool:
    return await run_next(worker, HANDLERS, clock=lambda: cast.NOW + later)


async def report_of(job: Job) -> LotReport:
    return await read_lot(job.id, actor=cast.READER, limit=50)


def told(report: LotReport) -> dict[str, int]:
    return {state.value: count for state, count in report.counts.items()}


async def settled(act: LotAct, *references: UUID, **values: object) -> LotReport:
    job = await ask(act, *references, **values)
    assert await run()
    return await report_of(job)


async def letters() -> int:
    return len(await outbox.page(cast.SERVICE, limit=99))


async def test_a_lot_is_followed_to_its_report() -> None:
    job = await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")
    assert (job.state, job.total) == (JobState.QUEUED, 8)
    assert told(await report_of(job)) == {"left": 8, "done": 0, "refused": 0}
    assert await run()
    report = await report_of(job)
    assert (report.job.state, report.job.done) == (JobState.DONE, 8)
    assert told(report) == {"left": 0, "done": 8, "refused": 0}
    assert [each.name for each in report.lines[LineState.DONE]][:2] == ["35-2026-00001", "35-2026-00002"]
    assert {(await items.get(each, cast.SERVICE)).storage_place for each in cast.ITEMS} == {"Armoire 2"}
    assert msgspec.json.decode(report.job.result or "") == {"act": "set_place", "left": 0, "done": 8, "refused": 0}


async def test_what_is_refused_stays_with_its_reason_and_may_be_begun_again() -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP,))
    report = await settled(LotAct.SET_STATUS, *cast.ITEMS, status=ItemStatus.IN_REPAIR, reason="Révision")
    assert told(report) == {"left": 0, "done": 7, "refused": 1}
    (line,) = report.lines[LineState.REFUSED]
    assert (line.name, "prêt en cours" in line.line.said) == ("35-2026-00001", True)
    await fetch(f"UPDATE loan_item SET removed_on = '2026-09-07' WHERE loan = '{loan_id}'")
    await items.set_status([cast.LAPTOP], ItemStatus.IN_STOCK)
    again = await start_again(report.job.id, issuer=cast.ISSUER)
    assert (again.id != report.job.id, again.total) == (True, 1)
    assert await run()
    assert told(await report_of(again)) == {"left": 0, "done": 1, "refused": 0}
    with refused(BadInput, "lot.nothing_left"):
        await start_again(again.id, issuer=cast.ISSUER)


async def test_whoever_has_to_sign_is_written_to_once_whatever_kills_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    await with_an_address()
    papers = [
        await agreement_of(await places.a_home_loan(uai=cast.BAULON, items=(cast.LAPTOP,))),
        await agreement_of(await places.a_home_loan(uai=cast.BAULON, items=(cast.SPARE,))),
        await agreement_of(await places.a_deposit()),
    ]
    job = await ask(LotAct.REMIND, *(each.id for each in papers))
    read, steps = store.next_together, 0

    async def die(job_id: UUID) -> list[object]:
        nonlocal steps
        steps += 1
        if steps == 2:
            await cut()
        return await read(job_id)  # type: ignore[return-value]

    with monkeypatch.context() as patched:
        patched.setattr(store, "next_together", die)
        await is_cut_short(run("dead"))
    assert (told(await report_of(job))["left"], await letters()) == (2, 1)
    # Minutes later the second click of a button would be a new one.
    assert await run("w2", later=LEASE + timedelta(seconds=1))
    report = await report_of(job)
    assert told(report) == {"left": 0, "done": 3, "refused": 0}
    assert await letters() == 3
    assert {each.line.subject_id for each in report.lines[LineState.DONE]} == {each.id for each in papers}


async def test_what_was_not_committed_was_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    job = await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")
    tell, steps = jobs.report_progress, 0

    async def lose(*args: object, **values: object) -> bool:
        nonlocal steps
        steps += 1
        return steps < 3 and await tell(*args, **values)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "report_progress", lose)
        await run("slow")
    moved = [each for each in cast.ITEMS if (await items.get(each, cast.SERVICE)).storage_place]
    assert (len(moved), told(await report_of(job))["done"]) == (2, 2)
    assert await run("w2", later=LEASE + timedelta(seconds=1))
    assert told(await report_of(job)) == {"left": 0, "done": 8, "refused": 0}
    noted = await fetch("SELECT id FROM journal WHERE action = 'item.updated'")
    assert len(noted) == 8


async def test_a_lot_told_to_stop_ends_with_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    job = await ask(LotAct.SET_FAMILY, *cast.ITEMS, family=ItemFamily.TABLET)
    read, steps = store.next_together, 0

    async def stop(job_id: UUID) -> list[object]:
        nonlocal steps
        steps += 1
        if steps == 3:
            asked = await stop_job(job_id, actor=cast.MANAGER, now=cast.NOW)
            assert (asked.stop_asked_at, asked.may_stop) == (cast.NOW, False)
        return await read(job_id)  # type: ignore[return-value]

    monkeypatch.setattr(store, "next_together", stop)
    assert await run()
    report = await report_of(job)
    assert (report.job.state, report.job.done) == (JobState.DONE, 3)
    assert told(report) == {"left": 5, "done": 3, "refused": 0}
    with refused(Conflict, "job.over"):
        await stop_job(job.id, actor=cast.MANAGER, now=cast.NOW)
    again = await start_again(job.id, issuer=cast.ISSUER)
    assert again.total == 5


async def test_only_what_holds_by_parts_is_stopped() -> None:
    whole = await jobs.enqueue(cast.SERVICE, "scans", "{}", created_by="token:manager", created_at=cast.NOW)
    with refused(Conflict, "job.not_stoppable"):
        await stop_job(whole.id, actor=cast.MANAGER, now=cast.NOW)
    job = await ask(LotAct.SET_PLACE, cast.LAPTOP, storage_place="Armoire 2")
    with pytest.raises(PermissionDenied):
        await stop_job(job.id, actor=cast.READER, now=cast.NOW)
    with refused(NotFound, "job.not_found"):
        await stop_job(job.id, actor=cast.STRANGER, now=cast.NOW)
    for _ in range(2):
        await stop_job(job.id, actor=cast.MANAGER, now=cast.NOW)
    assert len(await fetch("SELECT id FROM journal WHERE action = 'job.stopped'")) == 1


async def test_what_somebody_else_changes_meanwhile_is_done_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    get, changed = lot_acts.get_item, 0

    async def meddle(item_id: UUID, **values: object) -> object:
        nonlocal changed
        item = await get(item_id, **values)  # type: ignore[arg-type]
        changed += 1
        return replace(item, version=item.version - 1) if changed in (1, 2) or item.id == cast.BRAILLE else item

    monkeypatch.setattr(lot_acts, "get_item", meddle)
    repair = {"status": ItemStatus.IN_REPAIR, "reason": "Révision"}
    report = await settled(LotAct.SET_STATUS, cast.LAPTOP, cast.BRAILLE, **repair)
    assert told(report) == {"left": 0, "done": 1, "refused": 1}
    assert "modifié entre-temps" in report.lines[LineState.REFUSED][0].line.said


async def test_the_same_lot_asked_twice_is_one() -> None:
    one = await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")
    assert (await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")).id == one.id
    assert (await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 3")).id != one.id
    assert await run()
    assert (await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")).id != one.id


async def test_a_loan_goes_through_its_life_in_lots() -> None:
    drafts = [await cast.a_draft(items=(each,)) for each in (cast.LAPTOP, cast.SPARE)]
    issued = await settled(LotAct.ISSUE, *drafts)
    assert (told(issued)["done"], len(issued.made)) == (2, 4)
    signed = await settled(
        LotAct.SIGN,
        *(each for each in issued.made),
        party=Party.MANAGING_SERVICE,
        on=cast.TODAY,
    )
    assert told(signed) == {"left": 0, "done": 2, "refused": 2}
    assert all("n'attend pas cette signature" in each.line.said for each in signed.lines[LineState.REFUSED])
    for loan_id in drafts:
        paper = await agreement_of(loan_id)
        ours = [box.status for box in paper.signatures if box.party is Party.MANAGING_SERVICE]
        assert ours == [SignatureStatus.SIGNED]
    handed = await settled(LotAct.HAND_OVER, cast.LAPTOP, cast.SPARE, cast.LAST, on=cast.TODAY)
    assert told(handed) == {"left": 0, "done": 2, "refused": 1}
    refusal = handed.lines[LineState.REFUSED][0].line
    assert ("dans aucun prêt" in refusal.said, refusal.code) == (True, "item.not_lent")
    receipts = await documents.get_many(handed.made, cast.SERVICE)
    assert [each.kind for each in receipts] == [DocumentKind.HANDOVER_RECEIPT] * 2
    back = await settled(LotAct.TAKE_BACK, cast.LAPTOP, cast.SPARE, on=cast.TODAY, condition=Condition.DAMAGED)
    assert told(back) == {"left": 0, "done": 2, "refused": 0}
    assert {(await items.get(each, cast.SERVICE)).status for each in (cast.LAPTOP, cast.SPARE)} == {
        ItemStatus.TO_PREPARE
    }
    again = await settled(LotAct.ISSUE, *drafts)
    assert told(again) == {"left": 0, "done": 0, "refused": 2}


async def test_what_came_back_is_prepared_in_a_lot() -> None:
    back = (cast.LAPTOP, cast.KEYBOARD, cast.SOFTWARE, cast.SPARE)
    await items.set_status(list(back), ItemStatus.TO_PREPARE)
    for each, family in ((cast.LAPTOP, ItemFamily.COMPUTER), (cast.KEYBOARD, ItemFamily.COMPUTER_ACCESSORY)):
        await items.set_family([each], family)
    checked = {"on": cast.TODAY, "condition": Condition.GOOD}
    kept = await settled(LotAct.PREPARE, *back, cast.LAST, **checked)
    refusals = {each.line.subject_id: each.line.code for each in kept.lines[LineState.REFUSED]}
    assert refusals.items() >= {
        (cast.LAPTOP, "item.not_erased"),
        (cast.SOFTWARE, "item.not_uninstalled"),
        (cast.LAST, "item.not_to_prepare"),
    }
    assert cast.KEYBOARD in {each.line.subject_id for each in kept.lines[LineState.DONE]}
    again = await settled(LotAct.PREPARE, *back, erased=True, uninstalled=True, **checked)
    assert told(again)["left"] == 0
    assert {(await items.get(each, cast.SERVICE)).status for each in back} == {ItemStatus.IN_STOCK}
    noted = await fetch("SELECT details FROM journal WHERE action = 'item.prepared'")
    # What no check concerns is not said to be erased.
    assert [msgspec.json.decode(each["details"])["erased"] for each in noted].count(False) >= 2


async def test_each_item_prepared_keeps_what_was_seen_of_it() -> None:
    await items.set_status([cast.LAPTOP, cast.SPARE], ItemStatus.TO_PREPARE)
    await items.set_family([cast.LAPTOP, cast.SPARE], ItemFamily.COMPUTER)
    command = StartLot(
        act=LotAct.PREPARE, references=(cast.LAPTOP, cast.SPARE), on=cast.TODAY, condition=Condition.GOOD
    )
    seen = {
        cast.LAPTOP: Seen(condition=Condition.DAMAGED, missing=("Housse",), erased=True, note="Charnière"),
        cast.SPARE: Seen(condition=Condition.WORN),
    }
    job = await start_lot(command, issuer=cast.ISSUER, seen=seen)
    assert await run()
    report = await report_of(job)
    (line,) = report.lines[LineState.DONE]
    assert (line.line.subject_id, line.line.said) == (cast.LAPTOP, "Passé à l'état « En réparation ».")
    laptop = await items.get(cast.LAPTOP, cast.SERVICE)
    assert (laptop.status, laptop.missing_accessories) == (ItemStatus.IN_REPAIR, ("Housse",))
    assert [each.line.code for each in report.lines[LineState.REFUSED]] == ["item.not_erased"]
    again = await start_again(job.id, issuer=cast.ISSUER)
    assert again.total == 1


async def test_the_items_of_one_loan_come_on_one_receipt() -> None:
    loan_id = await cast.a_draft(items=(cast.LAPTOP, cast.SPARE))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    report = await settled(LotAct.HAND_OVER, cast.LAPTOP, cast.LAST, cast.SPARE, on=cast.TODAY)
    assert (told(report)["done"], len(report.made)) == (2, 1)


async def test_papers_and_notices_leave_in_lots() -> None:
    await with_an_address()
    loan_id = await places.a_home_loan(uai=cast.BAULON)
    paper = await agreement_of(loan_id)
    notice = next(each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.NOTICE)
    sent = await settled(LotAct.SEND, paper.id, notice.id, party=Party.BORROWER)
    assert told(sent) == {"left": 0, "done": 1, "refused": 1}
    told_of = await settled(LotAct.NOTIFY, paper.id, notice.id, channel=NoticeChannel.EMAIL)
    assert told(told_of) == {"left": 0, "done": 1, "refused": 1}
    assert await letters() == 2
    again = await settled(LotAct.NOTIFY, notice.id, channel=NoticeChannel.EMAIL)
    assert (told(again)["done"], await letters()) == (1, 2)
    nobody = await settled(LotAct.REMIND, notice.id)
    assert "n'attend plus de signature" in nobody.lines[LineState.REFUSED][0].line.said
    posted = await settled(LotAct.NOTIFY, notice.id, channel=NoticeChannel.POST)
    assert told(posted)["done"] == 1


async def test_a_state_that_an_item_has_already_is_no_change() -> None:
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    command = SetItemStatus(item_id=item.id, status=ItemStatus.IN_REPAIR, reason="Écran", version=item.version)
    await set_item_status(command, actor=cast.MANAGER, now=cast.NOW)
    report = await settled(LotAct.SET_STATUS, cast.LAPTOP, status=ItemStatus.IN_REPAIR, reason="Révision")
    assert (told(report)["done"], report.lines[LineState.DONE][0].line.said) == (1, "Déjà dans cet état.")


async def test_what_is_asked_is_checked_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with refused(RuleBroken, "lot.invalid") as fault:
        await ask(LotAct.SET_STATUS, cast.LAPTOP, status=ItemStatus.ON_LOAN, on=cast.TODAY)
    assert sorted(each.pointer for each in fault.value.errors) == ["/on", "/reason", "/status"]
    for act, values in (
        (LotAct.NOTIFY, {"channel": NoticeChannel.HAND}),
        (LotAct.SEND, {"party": Party.MANAGING_SERVICE}),
        (LotAct.PREPARE, {"on": cast.TODAY}),
        (LotAct.SET_PLACE, {"storage_place": "a" * 201}),
        (LotAct.SET_STATUS, {"status": ItemStatus.IN_REPAIR, "reason": "a" * 501}),
        (LotAct.SET_FAMILY, {"family": ItemFamily.TABLET, "erased": False}),
    ):
        with refused(RuleBroken, "lot.invalid"):
            await ask(act, cast.LAPTOP, **values)
    for act, code in ((LotAct.SET_FAMILY, "item"), (LotAct.ISSUE, "loan"), (LotAct.REMIND, "document")):
        values = {"family": ItemFamily.TABLET} if act is LotAct.SET_FAMILY else {}
        assert ABOUT[act].value == code
        with refused(NotFound, f"{code}.not_found") as unknown:
            await ask(act, cast.SERVICE, **values)
        assert [each.pointer for each in unknown.value.errors] == ["/references/0"]
    with refused(BadInput, "lot.none_chosen"):
        await ask(LotAct.ISSUE)
    monkeypatch.setattr("materiel.use_cases.desk.lots.lot.MOST_LINES", 2)
    with refused(BadInput, "lot.too_many"):
        await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")
    assert await fetch("SELECT id FROM job") == []


async def test_rights_and_scope_hold() -> None:
    command = StartLot(act=LotAct.SET_PLACE, references=(cast.LAPTOP,), storage_place="Armoire 2")
    with pytest.raises(PermissionDenied):
        await start_lot(command, issuer=replace(cast.ISSUER, actor=cast.READER))
    with refused(NotFound, "item.not_found"):
        await start_lot(command, issuer=replace(cast.ISSUER, actor=cast.STRANGER))
    job = await start_lot(command, issuer=cast.ISSUER)
    for read in (read_lot, list_lot_lines):
        with refused(NotFound, "job.not_found"):
            await read(job.id, *([None] if read is list_lot_lines else []), actor=cast.STRANGER, limit=9)  # type: ignore[operator]
    other = await jobs.enqueue(cast.SERVICE, "scans", "{}", created_by="token:manager", created_at=cast.NOW)
    with refused(NotFound, "job.not_found"):
        await read_lot(other.id, actor=cast.MANAGER, limit=9)
    with refused(NotFound, "job.not_found"):
        await start_again(job.id, issuer=replace(cast.ISSUER, actor=cast.STRANGER))


async def test_lines_are_read_a_page_at_a_time() -> None:
    job = await ask(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")
    first = await list_lot_lines(job.id, None, actor=cast.READER, limit=5)
    second = await list_lot_lines(job.id, LineState.LEFT, actor=cast.READER, limit=5, after=first[-1].rank)
    assert [each.subject_id for each in (*first, *second)] == list(cast.ITEMS)


async def test_the_lines_of_a_lot_are_forgotten_with_it() -> None:
    await settled(LotAct.SET_PLACE, *cast.ITEMS, storage_place="Armoire 2")
    await forget(now=cast.NOW + timedelta(days=89))
    assert len(await fetch("SELECT id FROM job_line")) == 8
    await forget(now=cast.NOW + timedelta(days=91))
    assert await fetch("SELECT id FROM job_line") == await fetch("SELECT id FROM job") == []


def test_a_few_dozens_are_many() -> None:
    some = [cast.LAPTOP] * 50
    assert not is_many(some)
    assert is_many([*some, cast.LAPTOP])
