"""Pupils moved in number: each with every loan in one transaction, nothing twice, what stays behind keeps why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.desk.lot import LotAct
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Custody
from materiel.domain.work.job import Job
from materiel.domain.work.lot import LineState
from materiel.errors import NotFound, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import lot as store
from materiel.use_cases.desk.lots.lot import LotReport, Seen, StartLot, read_lot, start_again, start_lot
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.work.job import LEASE, run_next
from materiel.use_cases.worker import HANDLERS

TO_COLLEGE = {
    cast.CHILD: Seen(school=cast.COLLEGE, former=cast.BAULON),
    cast.TWO_HOMES: Seen(school=cast.COLLEGE, former=cast.PRIVATE),
    cast.ADULT: Seen(school=cast.CARDROC, former=cast.COLLEGE),
}


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def ask(seen: Mapping[UUID, Seen], on: date = cast.TODAY) -> Job:
    return await start_lot(StartLot(act=LotAct.MOVE, references=tuple(seen), on=on), issuer=cast.ISSUER, seen=seen)


async def run(worker: str = "w1", *, later: timedelta = timedelta(0)) -> bool:
    return await run_next(worker, HANDLERS, clock=lambda: cast.NOW + later)


async def report_of(job: Job) -> LotReport:
    return await read_lot(job.id, actor=cast.READER, limit=50)


async def school_of(pupil_id: UUID) -> str:
    return (await pupils.get(pupil_id, cast.SERVICE)).school_uai


async def test_each_pupil_goes_to_a_school_of_its_own_and_the_report_keeps_the_papers() -> None:
    loan_id = await cast.a_draft(custody=Custody.SCHOOL)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    job = await ask(TO_COLLEGE)
    assert await run()
    report = await report_of(job)
    assert report.counts == {LineState.LEFT: 0, LineState.DONE: 3, LineState.REFUSED: 0}
    assert [await school_of(each) for each in TO_COLLEGE] == [cast.COLLEGE, cast.COLLEGE, cast.CARDROC]
    made = await documents.get_many(report.made, cast.SERVICE)
    assert [each.kind for each in made] == [DocumentKind.TRIPARTITE_AGREEMENT]
    first = report.lines[LineState.DONE][0]
    assert first.name == "Zoé Exemple"
    assert [each.count(" → ") for each in (first.where, first.line.said)] == [1, 0]


async def test_what_could_not_move_keeps_why_and_is_begun_again() -> None:
    await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)
    await fetch(f"UPDATE school SET academie = '10' WHERE uai = '{cast.COLLEGE}'")
    job = await ask({cast.CHILD: TO_COLLEGE[cast.CHILD], cast.ADULT: TO_COLLEGE[cast.ADULT]})
    assert await run()
    report = await report_of(job)
    (line,) = report.lines[LineState.REFUSED]
    assert (line.line.subject_id, line.line.code) == (cast.CHILD, "loan.leaves_academie")
    assert "Organisez son retour" in line.line.said
    await fetch(f"UPDATE school SET academie = '14' WHERE uai = '{cast.COLLEGE}'")
    again = await start_again(job.id, issuer=cast.ISSUER)
    assert again.total == 1
    assert await run()
    assert (await report_of(again)).counts[LineState.DONE] == 1
    assert await school_of(cast.CHILD) == cast.COLLEGE


async def test_killed_half_way_it_goes_on_and_nothing_is_done_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    await issue_loan(await cast.a_draft(custody=Custody.SCHOOL), issuer=cast.ISSUER)
    job = await ask(TO_COLLEGE)
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
    papers = await fetch("SELECT id FROM document")
    assert (await report_of(job)).counts[LineState.LEFT] == 2
    assert [await school_of(each) for each in (cast.CHILD, cast.ADULT)] == [cast.COLLEGE, cast.COLLEGE]
    assert await run("w2", later=LEASE + timedelta(seconds=1))
    assert (await report_of(job)).counts[LineState.DONE] == 3
    assert len(await fetch("SELECT id FROM document")) == len(papers)
    # Asked anew, a move that is done changes nothing, and says so.
    later = await ask(TO_COLLEGE)
    assert await run("w3", later=LEASE + timedelta(seconds=2))
    report = await report_of(later)
    assert {each.line.said for each in report.lines[LineState.DONE]} == {"Déjà dans cet établissement."}
    assert (len(await fetch("SELECT id FROM document")), report.made) == (len(papers), [])


async def test_a_lot_for_one_school_needs_it_and_a_day_that_has_come() -> None:
    unsaid = StartLot(act=LotAct.MOVE, references=(cast.CHILD,), on=cast.TODAY + timedelta(days=1))
    with refused(RuleBroken, "lot.invalid") as fault:
        await start_lot(unsaid, issuer=cast.ISSUER)
    assert [each.pointer for each in fault.value.errors] == ["/school", "/on"]
    with refused(NotFound, "pupil.not_found"):
        await ask({UUID(int=9): Seen(school=cast.COLLEGE)})
    said = StartLot(act=LotAct.MOVE, references=(cast.CHILD,), on=cast.TODAY, school=cast.COLLEGE)
    job = await start_lot(said, issuer=cast.ISSUER)
    assert await run()
    assert ((await report_of(job)).counts[LineState.DONE], await school_of(cast.CHILD)) == (1, cast.COLLEGE)
