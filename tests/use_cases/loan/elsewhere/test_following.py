"""An open loan follows its items to another service by the choice of both; an amendment names the new lender."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.documents.printing import pages, words
from tests.stage.refusals import refused
from tests.stage.running_loan import running, sign
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.service import ServiceKind
from materiel.domain.circuit.transfer import TransferLine, TransferState
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.examination import ExaminationSheet
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import LoanOrigin, LoanStatus
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import ReturnedItem
from materiel.domain.papers.document import (
    Document,
    DocumentKind,
    DocumentStatus,
)
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, MaterielError, NotFound, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.history import journal
from materiel.store.item import examination as examinations
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.circuit.transfer import read_transfer, transfer_act
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.changes import Renew, renew_loan
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer, items_to_pass
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.sheet import read_loan_sheet
from materiel.use_cases.loan.steps import TakeBack, take_back
from materiel.use_cases.loan.takeover import old_scans, read_old_scan
from materiel.use_cases.papers.document import document_pdf, verify_public_code
from materiel.use_cases.people.pupil import list_pupils
from materiel.use_cases.signing.comparing import Verdict, compare_file

THEM = cast.STRANGER
THEIRS = replace(cast.ISSUER, actor=THEM, now=cast.NOW + timedelta(days=1))
WHY = "L'élève a changé de département"
BREAKDOWN = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Écran noir")
TOMORROW = cast.TODAY + timedelta(days=1)


@pytest.fixture
async def _cast(db: object) -> None:
    await cast.set_up()
    async with write_transaction():
        there = await services.get(cast.OTHER_SERVICE)
        await services.save(replace(there, name="DSDEN du Finistère", dpo_contact="dpd@exemple.invalid"))


pytestmark = pytest.mark.usefixtures("_cast")


async def offered(*item_ids: UUID, to: str = "DSDEN29", with_loans: bool = True) -> TransferLine:
    command = AskTransfer(items=item_ids or (cast.LAPTOP,), to=to, reason=WHY, with_loans=with_loans)
    return await ask_transfer(command, actor=cast.MANAGER, now=cast.NOW)


async def taken(line: TransferLine, *leave_out: UUID, with_loans: bool = True) -> TransferLine:
    command = AcceptTransfer(transfer_id=line.transfer.id, leave_out=leave_out, with_loans=with_loans)
    return await accept_transfer(command, issuer=THEIRS)


async def there_of(line: TransferLine) -> Case:
    (loan,) = line.transfer.moved_loans
    assert loan.received_as is not None
    return await get_loan(loan.received_as, actor=THEM)


async def test_before_it_answers_the_other_service_reads_neither_whose_nor_where() -> None:
    await running()
    line = await offered()
    (loan,) = (await read_transfer(line.transfer.id, actor=THEM)).transfer.loans
    assert (loan.usage, loan.custody, loan.departement) == (Usage.INDIVIDUAL, Custody.HOME, "035")
    # Everything that the agreement lends passes with it.
    assert {each.item_id for each in line.transfer.items_of(loan.loan_id)} == {cast.LAPTOP, cast.BRAILLE}
    for secret in ("Zoé", "Exemple", cast.BAULON, str(cast.CHILD), "Baulon"):
        assert secret not in repr(line)
    with refused(NotFound, "loan.not_found"):
        await get_loan(loan.loan_id, actor=THEM)


async def test_the_loan_goes_on_with_another_lender_and_an_amendment_says_so() -> None:
    loan_id = await running()
    done = await taken(await offered())
    assert done.transfer.state is TransferState.ACCEPTED
    case = await there_of(done)
    loan, former = case.loan, await get_loan(loan_id, actor=cast.MANAGER)
    assert former.agreement is not None
    assert (loan.origin, loan.status, loan.ends_on) == (
        LoanOrigin.TAKEN_OVER,
        LoanStatus.HANDED_OVER,
        former.loan.ends_on,
    )
    assert loan.paper is not None
    assert (loan.paper.reference, loan.paper.signed_on, loan.paper.covers) == (
        former.agreement.number,
        cast.TODAY,
        True,
    )
    assert [each.inventory_number for each in case.items] == ["35-2026-00001", "35-2026-00002"]
    assert {each.status for each in case.items} == {ItemStatus.ON_LOAN}
    assert [line.condition_out for line in loan.items] == [Condition.GOOD, Condition.GOOD]
    (amendment,) = case.documents
    assert (amendment.kind, amendment.number) == (DocumentKind.AMENDMENT, "DSDEN29-2026-00001")
    assert [each.party.value for each in amendment.signatures] == ["managing_service", "borrower"]
    _, pdf = await document_pdf(amendment.id, actor=THEM)
    text = " ".join(words(pdf, page) for page in range(pages(pdf)))
    for told in (
        former.agreement.number,
        "(DSDEN29)",
        "(DSDEN35)",
        "8 septembre 2026",
        "dpd@exemple.invalid",
    ):
        assert told in text
    # The signed agreement covers until then: nobody is « remis sans convention ».
    sheet = await read_loan_sheet(loan.id, actor=THEM, now=THEIRS.now)
    assert "handed_over_unsigned" not in {each.code for each in sheet.alerts}
    assert sheet.transfer is not None
    assert (await journal.verify()).fault is None


async def test_the_first_service_keeps_a_closed_loan_with_its_papers_and_nothing_runs_there() -> None:
    loan_id = await running()
    await taken(await offered())
    case = await get_loan(loan_id, actor=cast.MANAGER)
    assert (case.loan.status, case.loan.closed_on, case.loan.open_items) == (LoanStatus.CLOSED, TOMORROW, ())
    assert {each.status for each in case.items} == {ItemStatus.TRANSFERRED}
    assert {each.status for each in case.documents} == {DocumentStatus.IN_FORCE}
    sheet = await read_loan_sheet(loan_id, actor=cast.MANAGER, now=THEIRS.now)
    assert sheet.alerts == ()
    assert sheet.retention.last_day is not None
    assert sheet.events[-1].sentence.startswith("Prêt passé à un autre service") or any(
        each.sentence.startswith("Prêt passé à un autre service") for each in sheet.events
    )


async def test_the_pupil_is_copied_once_and_known_again() -> None:
    await running()
    case = await there_of(await taken(await offered()))
    pupil = case.pupil
    assert pupil is not None
    here = await pupils.get(cast.CHILD, cast.SERVICE)
    assert (pupil.full_name, pupil.birth_date, pupil.homes) == (here.full_name, here.birth_date, here.homes)
    assert pupil.representatives[0].id != here.representatives[0].id
    await running(items=(cast.SPARE,))
    again = await there_of(await taken(await offered(cast.SPARE)))
    assert again.pupil is not None
    assert again.pupil.id == pupil.id


async def test_what_covers_the_loan_is_kept_by_the_one_that_must_prove_it() -> None:
    loan_id = await running()
    case = await there_of(await taken(await offered()))
    former = await get_loan(loan_id, actor=cast.MANAGER)
    kept = await old_scans(case.loan, actor=THEM)
    followed = [each for each in former.documents if each.kind is not DocumentKind.NOTICE]
    assert [each.sha256 for each in kept] == [each.sha256 for each in followed]
    media_type, data = await read_old_scan(case.loan.id, kept[0].id, actor=THEM)
    assert (media_type, data[:5]) == ("application/pdf", b"%PDF-")


async def test_an_old_paper_is_verified_as_it_stands_wherever_its_loan_runs() -> None:
    loan_id = await running()
    agreement = (await get_loan(loan_id, actor=cast.MANAGER)).agreement
    assert agreement is not None
    _, pdf = await document_pdf(agreement.id, actor=cast.MANAGER)
    case = await there_of(await taken(await offered()))

    async def stands() -> tuple[DocumentStatus, Verdict]:
        found = await verify_public_code(agreement.code)
        assert isinstance(found, Document)
        return found.status, (await compare_file(pdf)).verdict

    assert await stands() == (DocumentStatus.IN_FORCE, Verdict.GENUINE)
    await sign(case.documents[0], actor=THEM, now=THEIRS.now)
    assert await stands() == (DocumentStatus.IN_FORCE, Verdict.GENUINE)
    back = tuple(ReturnedItem(item_id=each.item_id, condition=Condition.GOOD) for each in case.loan.items)
    ended = await take_back(TakeBack(loan_id=case.loan.id, returned_on=TOMORROW, items=back), issuer=THEIRS)
    assert ended.made[0].number == "DSDEN29-2026-00001-R1"
    assert await stands() == (DocumentStatus.ENDED, Verdict.ENDED)


async def test_a_real_agreement_takes_the_place_of_the_amendment() -> None:
    loan_id = await running()
    agreement = (await get_loan(loan_id, actor=cast.MANAGER)).agreement
    assert agreement is not None
    case = await there_of(await taken(await offered()))
    await sign(case.documents[0], actor=THEM, now=THEIRS.now)
    renewed = await renew_loan(
        Renew(loan_id=case.loan.id, ends_on=date(2028, 7, 7), override_reason="Dans l'attente"), issuer=THEIRS
    )
    for paper in renewed.made:
        await sign(paper, actor=THEM, now=THEIRS.now)
    after = await get_loan(case.loan.id, actor=THEM)
    by_kind = {each.kind: each.status for each in after.documents}
    assert by_kind[DocumentKind.AMENDMENT] is DocumentStatus.REPLACED
    assert by_kind[DocumentKind.LOAN_AGREEMENT] is DocumentStatus.IN_FORCE
    found = await verify_public_code(agreement.code)
    assert isinstance(found, Document)
    assert found.status is DocumentStatus.REPLACED


async def test_each_says_so_or_the_items_stay_with_their_loan() -> None:
    loan_id = await running()
    with refused(Conflict, "transfer.item_lent"):
        await offered(with_loans=False)
    line = await offered(cast.LAPTOP, cast.SPARE)
    with refused(RuleBroken, "transfer.loan_unaccepted"):
        await taken(line, with_loans=False)
    with refused(RuleBroken, "transfer.loan_divided"):
        await taken(line, cast.BRAILLE)
    done = await taken(line, cast.LAPTOP, cast.BRAILLE, with_loans=False)
    assert [each.item_id for each in done.transfer.moved] == [cast.SPARE]
    assert done.transfer.moved_loans == ()
    assert (await loans.get(loan_id, cast.SERVICE)).is_open
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.ON_LOAN
    with refused(NotFound, "item.not_found"):
        await items_to_pass([cast.LAPTOP], actor=THEM)


async def test_what_holds_a_loan_is_told_to_the_service_that_has_it() -> None:
    draft = await cast.a_draft(items=(cast.SPARE,))
    with refused(Conflict, "transfer.loan_not_out"):
        await offered(cast.SPARE)
    assert (await loans.get(draft, cast.SERVICE)).is_draft
    await running(settled=False)
    with refused(Conflict, "transfer.loan_awaits"):
        await offered()


async def test_what_holds_a_settled_loan() -> None:
    loan_id = await running()
    sheet = ExaminationSheet(
        id=UUID(int=51),
        service_id=cast.SERVICE,
        item_id=cast.LAPTOP,
        done_on=cast.TODAY,
        sits_on=TOMORROW,
        emptied=True,
        radio_off=True,
        noted_by=cast.MANAGER.id,
        noted_at=cast.NOW,
    )
    async with write_transaction():
        await examinations.insert(sheet)
    with refused(Conflict, "transfer.loan_examination"):
        await offered()
    await record_incident(BREAKDOWN, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "transfer.loan_incident"):
        await offered()
    await recall_loan(loan_id, reason="Plus scolarisé", ground=RecallGround.COURT, issuer=cast.ISSUER)
    with refused(Conflict, "transfer.loan_recalled"):
        await offered()
    async with write_transaction():
        pupil = await pupils.get(cast.CHILD, cast.SERVICE)
        await pupils.save(replace(pupil, died_on=cast.TODAY))
    with refused(RuleBroken, "pupil.deceased"):
        await offered()


async def test_a_deposit_follows_only_where_the_other_service_answers_for_the_school() -> None:
    await running(usage=Usage.SHARED, custody=Custody.SCHOOL, school=cast.COLLEGE, pupil=None)
    with refused(RuleBroken, "transfer.deposit_elsewhere"):
        await offered()
    async with write_transaction():
        there = await services.get(cast.OTHER_SERVICE)
        await services.save(replace(there, kind=ServiceKind.RECTORAT))
    case = await there_of(await taken(await offered()))
    assert (case.pupil, case.loan.custody) == (None, Custody.SCHOOL)
    assert {each.status for each in case.items} == {ItemStatus.DEPOSITED}
    assert {each.party.value for each in case.documents[0].signatures} == {"managing_service", "head_of_school"}


async def test_a_loan_that_changed_since_is_not_taken_and_why_is_not_told() -> None:
    await running()
    line = await offered()
    await record_incident(BREAKDOWN, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "transfer.loan_changed") as told:
        await taken(line)
    assert "incident" not in str(told.value)
    assert (await read_transfer(line.transfer.id, actor=THEM)).transfer.is_open


async def test_of_two_acceptances_one_comes_second_and_nothing_passes_twice() -> None:
    await running()
    line = await offered()
    answers = await asyncio.gather(taken(line), taken(line), return_exceptions=True)
    done = [each for each in answers if isinstance(each, TransferLine)]
    late = [each for each in answers if isinstance(each, MaterielError)]
    assert (len(done), len(late)) == (1, 1)
    assert late[0].code in ("transfer.over", "transfer.changed", "database.busy")
    assert len(await loans.page(cast.OTHER_SERVICE, limit=10)) == 1
    assert len(await list_pupils(actor=THEM, limit=10)) == 1


async def test_a_loan_goes_back_under_the_agreement_that_it_was_signed_by() -> None:
    loan_id = await running()
    agreement = (await get_loan(loan_id, actor=cast.MANAGER)).agreement
    assert agreement is not None
    case = await there_of(await taken(await offered()))
    await sign(case.documents[0], actor=THEM, now=THEIRS.now)
    command = AskTransfer(items=(case.items[0].id,), to="DSDEN35", reason=WHY, with_loans=True)
    line = await ask_transfer(command, actor=THEM, now=THEIRS.now)
    home = replace(cast.ISSUER, now=cast.NOW + timedelta(days=30))
    back = await accept_transfer(AcceptTransfer(transfer_id=line.transfer.id, with_loans=True), issuer=home)
    (loan,) = back.transfer.moved_loans
    assert loan.received_as is not None
    again = await get_loan(loan.received_as, actor=cast.MANAGER)
    assert again.loan.paper is not None
    assert (again.loan.paper.reference, again.loan.pupil_id) == (agreement.number, cast.CHILD)
    assert again.documents[0].number == "DSDEN35-2026-00002"
    found = await verify_public_code(agreement.code)
    assert isinstance(found, Document)
    assert found.status is DocumentStatus.IN_FORCE


async def test_the_act_tells_that_a_loan_passed_and_names_no_pupil() -> None:
    await running()
    done = await taken(await offered())
    pdf = await transfer_act(done.transfer.id, actor=THEM, now=THEIRS.now)
    text = " ".join(words(pdf, page) for page in range(pages(pdf)))
    assert "1 prêt en cours" in text
    assert "Zoé" not in text
