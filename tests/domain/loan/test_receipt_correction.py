"""Voiding a receipt: what is refused before anything is planned, and what each item becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.domain.cast import TODAY, a_box, a_document, a_line, a_loan_out, an_id, an_item
from tests.stage.refusals import refused

from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.loan.receipt_correction import RecordedStep, check_receipt, plan_undo_hand_over, plan_undo_return
from materiel.domain.papers.document import (
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    SignatureChannel,
    SignatureStatus,
)
from materiel.errors import Conflict, RuleBroken

OUT = date(2026, 9, 4)
BACK = date(2026, 11, 2)
HANDOVER, RETURN = DocumentKind.HANDOVER_RECEIPT, DocumentKind.RETURN_RECEIPT


def signed(party: Party, channel: SignatureChannel) -> Document:
    box = replace(a_box(1, SignatureStatus.SIGNED, party), channel=channel)
    return a_document(HANDOVER, box)


@pytest.mark.parametrize(("channel", "what"), [("electronic", "l'acte inverse"), ("paper", "retirez-la d'abord")])
def test_what_another_party_signed_is_no_mistake(channel: str, what: str) -> None:
    with refused(Conflict, "receipt.signed") as caught:
        check_receipt(signed(Party.BORROWER, SignatureChannel(channel)))
    assert what in caught.value.message


def test_the_signature_of_the_service_alone_prevents_nothing() -> None:
    check_receipt(signed(Party.MANAGING_SERVICE, SignatureChannel.PAPER))


@pytest.mark.parametrize("kind", [each for each in DocumentKind if each not in {HANDOVER, RETURN}])
def test_only_a_receipt_is_void(kind: DocumentKind) -> None:
    with refused(RuleBroken, "receipt.not_a_receipt"):
        check_receipt(a_document(kind))


def test_the_other_items_of_a_loan_stay_out() -> None:
    lines = (a_line(1, handed_over_on=OUT), a_line(2, handed_over_on=OUT))
    receipt = a_document(HANDOVER, id=an_id(60))
    step = RecordedStep(item_ids=(lines[1].item_id,), on=OUT)
    statuses = {each.item_id: ItemStatus.ON_LOAN for each in lines}
    plan = plan_undo_hand_over(a_loan_out(*lines), [receipt], receipt, step, statuses, today=TODAY)
    assert [each.handed_over_on for each in plan.loan.items] == [OUT, None]
    assert plan.void == (receipt.id,)
    assert plan.item_statuses == ((lines[1].item_id, ItemStatus.RESERVED),)
    assert (plan.loan.handed_over_on, plan.loan.status) == (OUT, LoanStatus.HANDED_OVER)


def test_only_the_papers_that_the_return_ended_are_in_force_again() -> None:
    line = a_line(1, handed_over_on=OUT, returned_on=BACK, removed_on=BACK)
    ended = DocumentStatus.ENDED
    receipt = a_document(RETURN, id=an_id(63))
    papers = [
        a_document(id=an_id(61), status=ended, ended_by=an_id(59)),
        a_document(id=an_id(62), status=ended, ended_by=receipt.id),
        receipt,
    ]
    loan = a_loan_out(line, status=LoanStatus.RETURNED)
    items = {line.item_id: an_item(id=line.item_id, status=ItemStatus.TO_PREPARE)}
    step = RecordedStep(item_ids=(line.item_id,), on=BACK)
    plan = plan_undo_return(loan, papers, receipt, step, items, ended_by=receipt.id, today=TODAY)
    assert plan.restore == (an_id(62),)
    assert plan.loan.status is LoanStatus.HANDED_OVER
    assert plan.item_statuses == ((line.item_id, ItemStatus.ON_LOAN),)
