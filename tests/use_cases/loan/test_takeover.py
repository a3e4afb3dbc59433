"""A loan taken over runs without any paper of ours; its first change issues the real agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.use_cases.loan_cast import (
    ADULT,
    BAULON,
    CARDROC,
    CHILD,
    COLLEGE,
    IME,
    ISSUER,
    LAPTOP,
    MANAGER,
    NOW,
    PRIVATE,
    READER,
    RENTED,
    SERVICE,
    SPARE,
    STRANGER,
    TODAY,
    a_draft,
    set_up,
)

from materiel.domain.desk.dashboard import Concern
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.alerts import alerts
from materiel.domain.loan.loan import LoanOrigin, LoanStatus, RemovalReason, is_handed_over_unsigned
from materiel.domain.loan.plan import Removal
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import Document, DocumentKind, SignatureChannel, SignatureStatus
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.use_cases.desk.dashboard import concerned_loans
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.moves import ChangeCustody, ChangeSchool, change_custody, change_school
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.loan.renewal import list_reminders, renew_school_year
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.loan.takeover import TakeOverLoan, take_over_loan, take_over_several, undo_take_over
from materiel.use_cases.signing.recording import RecordSignature, record_signature

OUT_ON = date(2025, 9, 4)
ENDS_ON = date(2027, 8, 31)
SIGNED = OldPaper(reference="Conv. 12/2025", signed_on=date(2025, 9, 3), ends_on=ENDS_ON)
UNSIGNED = OldPaper(reference="Conv. 13/2025", ends_on=ENDS_ON)
AGREEMENT, TRIPARTITE = DocumentKind.LOAN_AGREEMENT, DocumentKind.TRIPARTITE_AGREEMENT
DEPOSIT, NOTICE, RECEIPT = DocumentKind.DEPOSIT_AGREEMENT, DocumentKind.NOTICE, DocumentKind.RETURN_RECEIPT


@pytest.fixture(autouse=True)
async def cast(db: object) -> None:
    await set_up()


async def taken(**asked: object) -> UUID:
    """Zoé has had the laptop at home since September 2025, by a signed paper, unless told otherwise."""
    values: dict[str, object] = {
        "usage": Usage.INDIVIDUAL,
        "custody": Custody.HOME,
        "school": BAULON,
        "items": (LAPTOP,),
        "handed_over_on": OUT_ON,
        "paper": SIGNED,
        "pupil": CHILD,
    }
    command = TakeOverLoan(**{**values, **asked})  # type: ignore[arg-type]
    return (await take_over_loan(command, actor=MANAGER, now=NOW)).case.loan.id


async def unsigned(**asked: object) -> UUID:
    return await taken(**{"paper": UNSIGNED, "unsigned": True, **asked})


async def read(loan_id: UUID) -> Case:
    return await get_loan(loan_id, actor=MANAGER)


async def sign(document: Document) -> None:
    for box in document.signatures:
        if box.status is SignatureStatus.PENDING:
            await record_signature(
                RecordSignature(
                    document_id=document.id, signatory_id=box.id, signed_on=TODAY, channel=SignatureChannel.PAPER
                ),
                actor=MANAGER,
                now=NOW,
            )


async def status_of_item(item_id: UUID) -> ItemStatus:
    return (await items.get(item_id, SERVICE)).status


async def mark(loan_id: UUID) -> bool:
    """The mark that triggers keep, which says where to look for what is unsigned."""
    (row,) = await fetch(f"SELECT unsigned FROM loan WHERE id = '{loan_id}'")
    return bool(row["unsigned"])


async def listed(concern: Concern) -> list[UUID]:
    return [each.loan.id for each in await concerned_loans(concern, actor=MANAGER, now=NOW, limit=10)]


async def shows_unsigned(loan_id: UUID) -> bool:
    """By the rule, which the list of the home page and the mark of the base must agree with."""
    case = await read(loan_id)
    ruled = is_handed_over_unsigned(case.loan, case.documents, case.former)
    assert (loan_id in await listed(Concern.UNSIGNED)) is ruled
    assert ruled <= await mark(loan_id)
    return ruled


def kinds(documents: tuple[Document, ...]) -> list[DocumentKind]:
    return [each.kind for each in documents]


async def test_a_loan_taken_over_runs_without_any_document() -> None:
    case = await read(await taken())
    loan = case.loan
    assert (loan.status, loan.origin, loan.paper, loan.issued_on) == (
        LoanStatus.HANDED_OVER,
        LoanOrigin.TAKEN_OVER,
        SIGNED,
        None,
    )
    assert (loan.starts_on, loan.ends_on, loan.handed_over_on) == (OUT_ON, ENDS_ON, OUT_ON)
    assert (case.documents, case.reference) == ((), "Conv. 12/2025")
    assert await status_of_item(LAPTOP) is ItemStatus.ON_LOAN
    assert [each["found"] for each in await fetch("SELECT count(*) AS found FROM outbox")] == [0]
    assert [each["found"] for each in await fetch("SELECT count(*) AS found FROM agreement_counter")] == [0]
    assert [each.action for each in await journal.of_subject(SERVICE, loan.id)] == ["loan.taken_over"]


async def test_the_old_signed_paper_covers_as_a_former_agreement() -> None:
    assert not await shows_unsigned(await taken())


async def test_without_a_signed_paper_it_shows_since_the_hand_over() -> None:
    loan_id = await unsigned()
    assert await shows_unsigned(loan_id)
    case = await read(loan_id)
    (alert,) = alerts(case.loan, case.documents, TODAY)
    assert (alert.code, alert.since) == ("handed_over_unsigned", OUT_ON)
    assert [each.agreement for each in await list_reminders(actor=MANAGER, now=NOW)] == ["Conv. 13/2025"]


async def test_a_term_already_over_is_taken_over_and_shows() -> None:
    loan_id = await taken(paper=replace(SIGNED, ends_on=date(2026, 8, 31)))
    case = await read(loan_id)
    assert [each.code for each in alerts(case.loan, (), TODAY)] == ["expired"]
    assert await listed(Concern.RETURN) == [loan_id]


async def test_a_notification_and_a_lease_that_are_over_are_past_facts() -> None:
    basis = Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 1, 31))
    assert (await read(await taken(basis=basis, items=(RENTED,)))).loan.basis == basis


async def test_a_pupil_without_address_nor_representative_is_accepted_and_issuing_says_what_lacks() -> None:
    child = await pupils.get(CHILD, SERVICE)
    await pupils.save(replace(child, homes=(), representatives=()))
    loan_id = await unsigned()
    with pytest.raises(RuleBroken):
        await issue_loan(loan_id, issuer=ISSUER)
    assert (await read(loan_id)).documents == ()


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"usage": Usage.SHARED, "custody": Custody.SCHOOL, "school": PRIVATE, "pupil": None}, "COLLECTIF_PRIVE"),
        ({"usage": Usage.SHARED, "pupil": None}, "COLLECTIF_DOMICILE"),
        ({"school": IME}, "MEDICO_EDUCATIF"),
        ({"basis": Basis(kind=BasisKind.PAP)}, "PAP_SEUL"),
    ],
)
async def test_what_the_texts_refuse_is_not_taken_over(asked: dict[str, object], refusal: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        await taken(**asked)
    assert (refused.value.code, refused.value.facts["refusal"]) == ("loan.refused", refusal)
    assert await status_of_item(LAPTOP) is ItemStatus.IN_STOCK


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"pupil": None}, "loan.pupil_required"),
        ({"usage": Usage.SHARED, "custody": Custody.SCHOOL}, "loan.pupil_not_expected"),
        ({"items": ()}, "loan.no_item"),
        ({"items": (LAPTOP, LAPTOP)}, "loan.item_twice"),
        ({"handed_over_on": date(2026, 9, 8)}, "loan.date_in_future"),
        ({"paper": replace(SIGNED, signed_on=date(2026, 9, 8))}, "loan.date_in_future"),
        ({"ends_on": date(2025, 9, 3)}, "loan.ends_before_start"),
        ({"unsigned": True}, "loan.old_paper_signed"),
        ({"paper": UNSIGNED}, "loan.old_paper_signature_required"),
    ],
)
async def test_what_contradicts_itself_is_refused(asked: dict[str, object], code: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        await taken(**asked)
    assert refused.value.code == code


async def test_an_item_of_an_open_loan_or_out_of_the_stock_is_refused() -> None:
    await a_draft()
    with pytest.raises(Conflict) as held:
        await taken()
    assert (held.value.code, held.value.errors[0].pointer) == ("item.already_lent", "/items/0")
    await items.set_status([SPARE], ItemStatus.LOST)
    with pytest.raises(Conflict) as lost:
        await taken(items=(SPARE,))
    assert lost.value.code == "item.not_available"


async def test_the_school_the_pupil_and_the_items_are_the_service_s() -> None:
    command = TakeOverLoan(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school=BAULON,
        items=(LAPTOP,),
        handed_over_on=OUT_ON,
        paper=SIGNED,
        pupil=CHILD,
    )
    with pytest.raises(NotFound):
        await take_over_loan(command, actor=STRANGER, now=NOW)
    with pytest.raises(PermissionDenied):
        await take_over_loan(command, actor=READER, now=NOW)
    with pytest.raises(NotFound) as unknown:
        await taken(items=(CHILD,))
    assert unknown.value.errors[0].pointer == "/items/0"


async def test_a_loan_taken_over_by_mistake_leaves_its_items_in_stock_never_lent() -> None:
    loan_id = await taken(items=(LAPTOP, SPARE))
    await undo_take_over(loan_id, actor=MANAGER, now=NOW)
    loan = (await read(loan_id)).loan
    assert (loan.status, loan.handed_over_on, loan.open_items) == (LoanStatus.CANCELLED, None, ())
    assert await status_of_item(SPARE) is ItemStatus.IN_STOCK
    assert not await shows_unsigned(loan_id)
    await taken()


async def test_what_has_changed_since_is_not_undone() -> None:
    draft = await a_draft(items=(SPARE,))
    with pytest.raises(Conflict) as prepared:
        await undo_take_over(draft, actor=MANAGER, now=NOW)
    assert prepared.value.code == "loan.not_taken_over"
    loan_id = await taken()
    await recall_loan(loan_id, reason="Renouvellement du parc", ground=RecallGround.BORROWER_AGREES, issuer=ISSUER)
    with pytest.raises(Conflict) as changed:
        await undo_take_over(loan_id, actor=MANAGER, now=NOW)
    assert changed.value.code == "loan.changed_since"


async def test_the_real_agreement_is_issued_when_asked_and_covers_once_signed() -> None:
    loan_id = await unsigned()
    made = (await issue_loan(loan_id, issuer=ISSUER)).made
    assert kinds(made) == [AGREEMENT, NOTICE]
    assert (await read(loan_id)).reference == made[0].number == "DSDEN35-2026-00001"
    assert await shows_unsigned(loan_id)
    await sign(made[0])
    assert not await shows_unsigned(loan_id)
    assert not await mark(loan_id)


async def test_a_renewal_issues_the_real_agreement_with_the_new_term() -> None:
    loan_id = await taken(paper=replace(SIGNED, ends_on=date(2026, 8, 31)))
    made = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made
    assert kinds(made) == [AGREEMENT, NOTICE]
    assert "31\u00a0août\u00a02027" in made[0].content
    assert "cette convention remplace la convention" in made[0].content.lower()
    assert '"Conv. 12/2025"' in made[0].content
    assert (await read(loan_id)).loan.ends_on == date(2026, 8, 31)
    assert not await shows_unsigned(loan_id)
    await sign(made[0])
    loan = (await read(loan_id)).loan
    assert (loan.ends_on, loan.renewal, loan.renewed_by) == (date(2027, 8, 31), None, made[0].id)


async def test_a_renewal_offered_again_replaces_the_agreement_that_waits() -> None:
    loan_id = await taken()
    first = (await renew_loan(Renew(loan_id=loan_id, ends_on=date(2028, 6, 30)), issuer=ISSUER)).made[0]
    again = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made
    assert (kinds(again), again[0].replaces) == ([AGREEMENT, NOTICE], first.id)
    papers = {each.id: each.status.value for each in (await read(loan_id)).documents}
    assert papers[first.id] == "replaced"
    assert sorted(papers.values()) == ["ended", "in_force", "in_force", "replaced"]
    assert (await read(loan_id)).loan.renewal == again[0].id


async def test_once_signed_a_loan_taken_over_is_renewed_by_an_amendment_as_any_other() -> None:
    loan_id = await taken()
    await sign((await issue_loan(loan_id, issuer=ISSUER)).made[0])
    made = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made
    assert kinds(made) == [DocumentKind.AMENDMENT]


async def test_the_renewal_of_a_september_issues_real_agreements() -> None:
    loan_id = await taken()
    report = await renew_school_year(2027, issuer=ISSUER, progress=lambda done, total: None)
    assert [(each.loan_id, each.agreement, each.amendment) for each in report.renewed] == [
        (loan_id, "Conv. 12/2025", "DSDEN35-2026-00001")
    ]
    again = await renew_school_year(2027, issuer=ISSUER, progress=lambda done, total: None)
    assert (again.renewed, again.refused) == ([], [])


async def test_an_item_added_waits_for_the_real_agreement_and_the_others_do_not() -> None:
    loan_id = await taken()
    made = (await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, add=(SPARE,)), issuer=ISSUER)).made
    assert kinds(made) == [AGREEMENT, NOTICE]
    assert not await shows_unsigned(loan_id)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=SPARE),)), issuer=ISSUER)
    assert await shows_unsigned(loan_id)
    case = await read(loan_id)
    assert next(each.since for each in alerts(case.loan, case.documents, TODAY)) == TODAY
    await sign(made[0])
    assert not await shows_unsigned(loan_id)


async def test_an_item_removed_is_left_out_of_the_real_agreement() -> None:
    loan_id = await taken(items=(LAPTOP, SPARE))
    back = Removal(item_id=SPARE, condition=Condition.GOOD)
    made = (await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(back,)), issuer=ISSUER)).made
    assert kinds(made) == [AGREEMENT, NOTICE, RECEIPT]
    assert "35-2026-00007" not in made[0].content
    assert made[2].number == "DSDEN35-2026-00001-R1"


async def test_past_its_term_what_leaves_is_received_and_nothing_is_added() -> None:
    loan_id = await taken(items=(LAPTOP, SPARE), paper=replace(SIGNED, ends_on=date(2026, 8, 31)))
    lost = Removal(item_id=SPARE, reason=RemovalReason.LOST)
    assert (await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(lost,)), issuer=ISSUER)).made == ()
    with pytest.raises(RuleBroken) as refused:
        await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, add=(RENTED,)), issuer=ISSUER)
    assert refused.value.code == "loan.term_over"


async def test_all_lost_it_ends_without_an_agreement() -> None:
    loan_id = await taken()
    lost = Removal(item_id=LAPTOP, reason=RemovalReason.LOST)
    applied = await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, remove=(lost,)), issuer=ISSUER)
    assert (applied.made, applied.case.loan.status) == ((), LoanStatus.CLOSED)


async def test_a_move_issues_the_real_agreement_with_the_new_school() -> None:
    loan_id = await taken()
    applied = await change_school(ChangeSchool(loan_id=loan_id, school=CARDROC, effective_on=TODAY), issuer=ISSUER)
    assert kinds(applied.made) == [AGREEMENT, NOTICE]
    assert not await shows_unsigned(loan_id)


async def test_a_deposit_that_moves_is_received_by_the_old_reference() -> None:
    loan_id = await taken(usage=Usage.SHARED, custody=Custody.SCHOOL, pupil=None)
    applied = await change_school(ChangeSchool(loan_id=loan_id, school=COLLEGE, effective_on=TODAY), issuer=ISSUER)
    assert kinds(applied.made) == [RECEIPT, DEPOSIT]
    assert applied.made[0].number == "Conv.-12-2025-R1"
    assert applied.case.loan.status is LoanStatus.ISSUED
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=(HandedItem(item_id=LAPTOP),)), issuer=ISSUER)
    # The old paper ended with the custody of the old school.
    assert await shows_unsigned(loan_id)


async def test_left_at_school_the_old_paper_covers_until_the_tripartite_agreement_is_signed() -> None:
    loan_id = await taken()
    applied = await change_custody(
        ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=TODAY), issuer=ISSUER
    )
    assert kinds(applied.made) == [TRIPARTITE, DocumentKind.HANDOVER_RECEIPT]
    assert not await shows_unsigned(loan_id)


async def test_one_item_of_two_left_at_school_makes_two_real_agreements() -> None:
    loan_id = await taken(items=(LAPTOP, SPARE))
    command = ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=TODAY, only=(SPARE,))
    applied = await change_custody(command, issuer=ISSUER)
    (other,) = applied.others
    assert kinds(applied.made) == [AGREEMENT, NOTICE]
    assert kinds(other.made) == [TRIPARTITE, DocumentKind.HANDOVER_RECEIPT]
    assert not await shows_unsigned(loan_id)
    assert not await shows_unsigned(other.case.loan.id)


async def test_a_return_is_received_by_the_old_reference() -> None:
    loan_id = await taken()
    other = await taken(items=(SPARE,), pupil=ADULT, school=COLLEGE)
    back = {LAPTOP: loan_id, SPARE: other}
    made = []
    for item_id, held_by in back.items():
        returned = TakeBack(
            loan_id=held_by, returned_on=TODAY, items=(ReturnedItem(item_id=item_id, condition=Condition.GOOD),)
        )
        applied = await take_back(returned, issuer=ISSUER)
        made += applied.made
        assert applied.case.loan.status is LoanStatus.RETURNED
    assert [each.number for each in made] == ["Conv.-12-2025-R1", "Conv.-12-2025-R2"]
    assert "Conv. 12/2025" in made[0].content


async def test_a_return_without_any_old_reference_is_numbered_by_the_item() -> None:
    loan_id = await unsigned(paper=OldPaper())
    returned = TakeBack(
        loan_id=loan_id, returned_on=TODAY, items=(ReturnedItem(item_id=LAPTOP, condition=Condition.GOOD),)
    )
    (receipt,) = (await take_back(returned, issuer=ISSUER)).made
    assert receipt.number == "REPRIS-35-2026-00001-R1"


async def test_a_recall_of_an_expired_loan_needs_no_agreement() -> None:
    loan_id = await taken(paper=replace(SIGNED, ends_on=date(2026, 8, 31)))
    await recall_loan(loan_id, reason="Fin du prêt", ground=RecallGround.TERM_REACHED, issuer=ISSUER)
    assert await listed(Concern.RETURN) == [loan_id]


async def test_of_several_one_refusal_leaves_nothing_and_names_its_line() -> None:
    command = TakeOverLoan(
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school=BAULON,
        items=(LAPTOP,),
        handed_over_on=OUT_ON,
        paper=SIGNED,
        pupil=CHILD,
    )
    with pytest.raises(RuleBroken) as refused:
        await take_over_several([command, replace(command, items=(SPARE,)), command], actor=MANAGER, now=NOW)
    assert refused.value.code == "loan.some_refused"
    assert [each.pointer for each in refused.value.errors] == ["/lines/2"]
    assert await status_of_item(SPARE) is ItemStatus.IN_STOCK
    made = await take_over_several([command, replace(command, items=(SPARE,))], actor=MANAGER, now=NOW)
    assert len(made) == 2
