"""A hand-over or a return recorded by mistake is taken back, with its trace; its receipt stays, void."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.stage import family_cast as family
from tests.stage.refusals import refused
from tests.use_cases.loan.test_agreed import read, sign, signed_and_out
from tests.use_cases.loan_cast import (
    ADULT,
    COLLEGE,
    ISSUER,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    READER,
    SERVICE,
    SPARE,
    STRANGER,
    TODAY,
    a_draft,
)

from materiel.domain.history.correction import CorrectionKind
from materiel.domain.incident.incident import IncidentState
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import LoanStatus, RemovalReason
from materiel.domain.loan.plan import Removal
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import (
    AGREEMENTS,
    Document,
    DocumentKind,
    DocumentState,
    DocumentStatus,
    SignatureChannel,
    awaited,
    in_force,
    state_of,
)
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.history import journal
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.use_cases.history.item import item_history
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.loan.changes import Amend, Renew, amend_loan, renew_loan
from materiel.use_cases.loan.moves import ChangeCustody, change_custody
from materiel.use_cases.loan.pile import PileAction, PileItem, process_pile
from materiel.use_cases.loan.recall import recall_loan, undo_recall
from materiel.use_cases.loan.receipt_correction import (
    UndoReceipt,
    UndoReceipts,
    look_at_receipts,
    undo_receipt,
    undo_receipts,
)
from materiel.use_cases.loan.sheet import read_loan_sheet
from materiel.use_cases.loan.steps import HandOver, TakeBack, cancel_loan, close_loan, hand_over, issue_loan, take_back
from materiel.use_cases.papers.document import voided_on
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.correction import WithdrawSignature, withdraw_signature
from materiel.use_cases.signing.recording import RecordSignature, record_signature

LATER = Issuer(actor=MANAGER, now=NOW + timedelta(hours=3), base_url=ISSUER.base_url)
REASON = "Le prêt de Noé a été scanné"
HANDOVER, RETURN = DocumentKind.HANDOVER_RECEIPT, DocumentKind.RETURN_RECEIPT


@pytest.fixture(autouse=True)
async def cast(db: object) -> None:
    await family.set_up()


async def undo(receipt: Document, issuer: Issuer = LATER, reason: str = REASON) -> None:
    await undo_receipt(UndoReceipt(document_id=receipt.id, reason=reason), issuer=issuer)


async def last(loan_id: UUID, kind: DocumentKind) -> Document:
    return [each for each in (await read(loan_id)).documents if each.kind is kind][-1]


async def status(item: UUID = LAPTOP) -> ItemStatus:
    return (await items.get(item, SERVICE)).status


async def give_back(loan_id: UUID, *back: ReturnedItem, issuer: Issuer = ISSUER) -> Document:
    wanted = back or (ReturnedItem(item_id=LAPTOP, condition=Condition.GOOD),)
    return (await take_back(TakeBack(loan_id=loan_id, returned_on=TODAY, items=wanted), issuer=issuer)).made[0]


async def give(loan_id: UUID, *given: UUID) -> Document:
    handed = tuple(HandedItem(item_id=each) for each in given)
    return (await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=handed), issuer=ISSUER)).made[0]


async def test_a_hand_over_taken_back_leaves_its_items_reserved_and_its_receipt_void() -> None:
    loan_id = await signed_and_out()
    receipt = await last(loan_id, HANDOVER)
    pdf = await documents.pdf(receipt.id)
    assert receipt.id in {paper.id for paper, _ in awaited((await read(loan_id)).documents)}
    await undo(receipt)
    case = await read(loan_id)
    (line,) = case.loan.items
    assert (case.loan.status, case.loan.handed_over_on) == (LoanStatus.SIGNED, None)
    assert (line.handed_over_on, line.condition_out, line.accessories) == (None, None, None)
    assert await status() is ItemStatus.RESERVED
    void = await documents.get(receipt.id, SERVICE)
    assert state_of(void, TODAY) is DocumentState.VOID
    assert await voided_on(void) == TODAY
    assert void.signatures == receipt.signatures
    assert await documents.pdf(receipt.id) == pdf
    assert awaited(case.documents) == ()
    assert (await verify_history()).fault is None


async def test_its_trace_tells_what_was_taken_back_without_the_reason() -> None:
    loan_id = await signed_and_out()
    receipt = await last(loan_id, HANDOVER)
    await undo(receipt)
    (kept,) = await corrections.about([receipt.id], SERVICE)
    assert (kept.kind, kept.reason, kept.corrected_by) == (CorrectionKind.HAND_OVER, REASON, MANAGER.id)
    entries = [await journal.of_subject(SERVICE, each) for each in (receipt.id, loan_id)]
    assert [each[-1].action for each in entries] == ["document.hand_over_corrected", "loan.hand_over_corrected"]
    assert "Noé" not in str([each[-1].details for each in entries])
    sentence = (await read_loan_sheet(loan_id, actor=MANAGER, now=LATER.now)).events[0].sentence
    assert "Remise enregistrée par erreur, annulée" in sentence
    assert f"document annulé : {receipt.number}." in sentence


async def test_the_history_of_the_item_tells_what_was_taken_back() -> None:
    """Its loan is as if nothing had left: without that line, the item would look as if it had never been noted out."""
    loan_id = await signed_and_out()
    await undo(await give_back(loan_id))
    await undo(await last(loan_id, HANDOVER))
    told = [(each.action, each.loan_id) for each in await item_history(LAPTOP, actor=MANAGER)]
    assert [each for each in told if each[0].endswith("corrected")] == [
        ("loan.return_corrected", loan_id),
        ("loan.hand_over_corrected", loan_id),
    ]
    spared = [each.action for each in await item_history(SPARE, actor=MANAGER)]
    assert not [each for each in spared if each.endswith("corrected")]


async def test_after_it_the_loan_is_handed_over_anew_or_cancelled_as_if_nothing_had_left() -> None:
    loan_id = await signed_and_out()
    first = await last(loan_id, HANDOVER)
    await undo(first)
    second = await give(loan_id, LAPTOP)
    assert second.number != first.number
    await undo(second)
    await cancel_loan(loan_id, reason="Élève parti", issuer=ISSUER)
    assert await status() is ItemStatus.IN_STOCK


async def test_one_of_two_hand_overs_of_a_day_is_taken_back() -> None:
    loan_id = await a_draft(items=(LAPTOP, KEYBOARD))
    await issue_loan(loan_id, issuer=ISSUER)
    await give(loan_id, LAPTOP)
    await undo(await give(loan_id, KEYBOARD))
    assert (await status(LAPTOP), await status(KEYBOARD)) == (ItemStatus.ON_LOAN, ItemStatus.RESERVED)
    loan = (await read(loan_id)).loan
    assert (loan.status, loan.handed_over_on) == (LoanStatus.HANDED_OVER, TODAY)


async def test_a_hand_over_upon_which_something_stands_stays() -> None:
    loan_id = await signed_and_out()
    receipt = await last(loan_id, HANDOVER)
    await recall_loan(loan_id, reason="Accord", ground=RecallGround.BORROWER_AGREES, issuer=ISSUER)
    with refused(Conflict, "loan.recalled"):
        await undo(receipt)
    await undo_recall(loan_id, reason="Erreur", issuer=ISSUER)
    await items.set_status([LAPTOP], ItemStatus.LOST)
    with refused(Conflict, "receipt.stood_upon"):
        await undo(receipt)
    await items.set_status([LAPTOP], ItemStatus.ON_LOAN)
    back = await give_back(loan_id)
    with refused(Conflict, "receipt.stood_upon"):
        await undo(receipt)
    await undo(back)
    await undo(receipt)
    assert await status() is ItemStatus.RESERVED


async def test_an_amendment_made_since_keeps_the_hand_over_that_it_tells() -> None:
    loan_id = await signed_and_out()
    receipt = await last(loan_id, HANDOVER)
    amendment = (await amend_loan(Amend(loan_id=loan_id, effective_on=TODAY, add=(SPARE,)), issuer=ISSUER)).made[0]
    with refused(Conflict, "receipt.stood_upon") as caught:
        await undo(receipt)
    assert amendment.number in caught.value.message


@pytest.mark.parametrize("kind", [HANDOVER, RETURN])
async def test_a_receipt_that_the_family_signed_is_no_mistake_unless_its_signature_is(kind: DocumentKind) -> None:
    loan_id = await signed_and_out()
    receipt = await last(loan_id, HANDOVER) if kind is HANDOVER else await give_back(loan_id)
    state, family_box = receipt.signatures[:2]
    for box in (state, family_box):
        command = RecordSignature(
            document_id=receipt.id, signatory_id=box.id, signed_on=TODAY, channel=SignatureChannel.PAPER
        )
        await record_signature(command, actor=MANAGER, now=NOW)
    with refused(Conflict, "receipt.signed") as caught:
        await undo(receipt)
    assert "retirez-la d'abord" in caught.value.message
    withdrawn = WithdrawSignature(document_id=receipt.id, signatory_id=family_box.id, reason="Autre prêt")
    await withdraw_signature(withdrawn, actor=MANAGER, now=LATER.now)
    await undo(receipt)
    assert (await documents.get(receipt.id, SERVICE)).status is DocumentStatus.VOID


async def test_a_receipt_of_a_move_or_of_an_amendment_is_not_taken_back_alone() -> None:
    loan_id = await signed_and_out()
    moved = ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=TODAY)
    await change_custody(moved, issuer=ISSUER)
    with refused(Conflict, "receipt.not_alone"):
        await undo(await last(loan_id, HANDOVER))
    other = await signed_and_out(KEYBOARD)
    out = (Removal(item_id=KEYBOARD, reason=RemovalReason.RETURNED, condition=Condition.GOOD),)
    await amend_loan(Amend(loan_id=other, effective_on=TODAY, add=(SPARE,), remove=out), issuer=ISSUER)
    with refused(Conflict, "receipt.not_alone"):
        await undo(await last(other, RETURN))


async def test_refusals_leave_no_trace() -> None:
    loan_id = await signed_and_out()
    receipt, before = await last(loan_id, HANDOVER), await read(loan_id)
    with refused(RuleBroken, "correction.invalid"):
        await undo(receipt, reason=" ")
    with refused(RuleBroken, "receipt.not_a_receipt"):
        await undo(before.documents[0])
    with refused(NotFound, "document.not_found"):
        await undo(receipt, Issuer(actor=STRANGER, now=NOW, base_url=""))
    with pytest.raises(PermissionDenied):
        await undo(receipt, Issuer(actor=READER, now=NOW, base_url=""))
    assert await read(loan_id) == before
    assert await corrections.about([receipt.id], SERVICE) == []
    await undo(receipt)
    with refused(Conflict, "document.not_in_force"):
        await undo(receipt)
    void = await documents.get(receipt.id, SERVICE)
    command = RecordSignature(
        document_id=void.id, signatory_id=void.signatures[0].id, signed_on=TODAY, channel=SignatureChannel.PAPER
    )
    with refused(Conflict, "document.not_in_force") as caught:
        await record_signature(command, actor=MANAGER, now=NOW)
    assert "(annulé)" in caught.value.message


async def test_a_return_taken_back_opens_the_loan_and_its_papers_again() -> None:
    loan_id = await signed_and_out()
    before = await read(loan_id)
    receipt = await give_back(loan_id)
    assert (await read(loan_id)).loan.status is LoanStatus.RETURNED
    await undo(receipt)
    case = await read(loan_id)
    assert case.loan.status is LoanStatus.HANDED_OVER
    assert case.loan.items == before.loan.items
    assert case.documents[: len(before.documents)] == before.documents
    assert await status() is ItemStatus.ON_LOAN
    assert (await documents.get(receipt.id, SERVICE)).status is DocumentStatus.VOID
    sentence = (await read_loan_sheet(loan_id, actor=MANAGER, now=LATER.now)).events[0].sentence
    assert "Retour enregistré par erreur, annulé" in sentence
    assert "documents de nouveau en vigueur : DSDEN35-2026-00001" in sentence
    assert (await verify_history()).fault is None
    again = await give_back(loan_id, issuer=LATER)
    assert (await read(loan_id)).loan.status is LoanStatus.RETURNED
    await undo(again)
    assert in_force((await read(loan_id)).documents, *AGREEMENTS)


async def test_what_it_said_of_the_items_is_taken_back_too() -> None:
    loan_id = await signed_and_out()
    seen = ReturnedItem(item_id=LAPTOP, condition=Condition.DAMAGED, missing_accessories=("Housse",))
    receipt = await give_back(loan_id, seen)
    assert (await items.get(LAPTOP, SERVICE)).missing_accessories == ("Housse",)
    await undo(receipt)
    item = await items.get(LAPTOP, SERVICE)
    assert (set(item.accessories), item.missing_accessories) == ({"Chargeur", "Housse"}, ())
    (incident,) = await incidents.of_item(LAPTOP, SERVICE)
    assert incident.state is IncidentState.CLOSED
    assert incident.resolution == "Le retour du 7 septembre 2026 a été enregistré par erreur : il est annulé."


async def test_a_renewal_that_waited_waits_again() -> None:
    loan_id = await signed_and_out()
    amendment = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made[0]
    before = (await read(loan_id)).loan
    await undo(await give_back(loan_id))
    after = (await read(loan_id)).loan
    assert (after.renewal, after.renewal_ends_on) == (amendment.id, before.renewal_ends_on)
    await sign(await documents.get(amendment.id, SERVICE))
    assert (await read(loan_id)).loan.ends_on == before.renewal_ends_on


async def test_a_deposit_is_deposited_again_and_what_was_claimed_is_awaited_again() -> None:
    deposit = await a_draft(
        usage=Usage.SHARED, custody=Custody.SCHOOL, pupil=None, school=COLLEGE, items=(LAPTOP, KEYBOARD)
    )
    await issue_loan(deposit, issuer=ISSUER)
    await give(deposit, LAPTOP, KEYBOARD)
    first = await give_back(deposit)
    await undo(first)
    assert await status() is ItemStatus.DEPOSITED
    await recall_loan(deposit, reason="Redéploiement", issuer=ISSUER)
    one = await give_back(deposit)
    await give_back(deposit, ReturnedItem(item_id=KEYBOARD, condition=Condition.GOOD))
    await undo(one)
    assert (await status(LAPTOP), await status(KEYBOARD)) == (ItemStatus.DUE_BACK, ItemStatus.TO_PREPARE)
    case = await read(deposit)
    assert case.loan.status is LoanStatus.HANDED_OVER
    assert len(in_force(case.documents, *AGREEMENTS)) == 1


async def test_an_item_prepared_since_or_a_closed_loan_stays_as_it_is() -> None:
    loan_id = await signed_and_out()
    receipt = await give_back(loan_id)
    await items.set_status([LAPTOP], ItemStatus.IN_STOCK)
    with refused(Conflict, "receipt.item_elsewhere") as caught:
        await undo(receipt)
    assert "faites-en un nouveau prêt" in caught.value.message
    await items.set_status([LAPTOP], ItemStatus.TO_PREPARE)
    await close_loan(loan_id, issuer=ISSUER, despite_unsigned=True)
    with refused(Conflict, "loan.closed"):
        await undo(receipt)


async def a_pile_out() -> list[Document]:
    """The receipts of three loans handed over together."""
    for asked in ({}, {"items": (KEYBOARD,), "pupil": ADULT, "school": COLLEGE}, {"items": (SPARE,), "pupil": ADULT}):
        await issue_loan(await a_draft(**asked), issuer=ISSUER)
    done = await process_pile(
        PileAction.HAND_OVER, [PileItem(each) for each in (LAPTOP, KEYBOARD, SPARE)], on=TODAY, issuer=ISSUER
    )
    assert len(done.receipts) == 3
    return list(done.receipts)


async def test_a_pile_is_undone_loan_by_loan_and_what_stands_is_told() -> None:
    """What is told beforehand is what happens; a refused loan keeps all that it had, and stops no other."""
    receipts = await a_pile_out()
    ids = tuple(each.id for each in receipts)
    await sign(receipts[0])
    ahead = await look_at_receipts(ids, actor=READER, today=TODAY)
    assert [bool(each.refusal) for each in ahead] == [True, False, False]
    before = await journal.of_subject(SERVICE, receipts[0].loan_id)
    done = await undo_receipts(UndoReceipts(document_ids=ids, reason=REASON), issuer=LATER)
    assert {each.receipt.id: each.refusal for each in done} == {each.receipt.id: each.refusal for each in ahead}
    assert await journal.of_subject(SERVICE, receipts[0].loan_id) == before
    held = {each: (await items.get(each, SERVICE)).status for each in (LAPTOP, KEYBOARD, SPARE)}
    assert held == {LAPTOP: ItemStatus.ON_LOAN, KEYBOARD: ItemStatus.RESERVED, SPARE: ItemStatus.RESERVED}
    assert [(await documents.get(each, SERVICE)).status for each in ids[1:]] == [DocumentStatus.VOID] * 2
    again = await undo_receipts(UndoReceipts(document_ids=ids, reason=REASON), issuer=LATER)
    assert all(each.refusal for each in again)


async def test_a_pile_is_undone_by_who_may_write_with_a_reason_and_in_its_service() -> None:
    ids = tuple(each.id for each in await a_pile_out())
    command = UndoReceipts(document_ids=ids, reason=REASON)
    with pytest.raises(PermissionDenied):
        await undo_receipts(command, issuer=replace(ISSUER, actor=READER))
    with pytest.raises(NotFound) as stranger:
        await undo_receipts(command, issuer=replace(ISSUER, actor=STRANGER))
    with pytest.raises(NotFound):
        await look_at_receipts(ids, actor=STRANGER, today=TODAY)
    assert stranger.value.code == "document.not_found"
    with pytest.raises(RuleBroken) as silent:
        await undo_receipts(replace(command, reason=" "), issuer=ISSUER)
    assert silent.value.code == "correction.invalid"
    assert (await items.get(LAPTOP, SERVICE)).status is ItemStatus.ON_LOAN


async def test_a_pile_of_any_height_is_looked_at_in_as_many_statements(statements: list[str]) -> None:
    ids = [each.id for each in await a_pile_out()]
    counts = []
    for some in (ids[1:2], ids):
        statements.clear()
        await look_at_receipts(some, actor=MANAGER, today=TODAY)
        counts.append(len(statements))
    assert counts[0] == counts[1], statements
