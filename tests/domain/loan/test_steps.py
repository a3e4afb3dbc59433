from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from tests.domain.cast import (
    TODAY,
    a_box,
    a_document,
    a_line,
    a_loan,
    a_loan_out,
    an_id,
    an_issued_loan,
)

from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.loan.plan import Plan
from materiel.domain.loan.recall import plan_recall, plan_undo_recall
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import (
    HandedItem,
    ReturnedItem,
    plan_cancel,
    plan_close,
    plan_hand_over,
    plan_issue,
    plan_return,
)
from materiel.domain.papers.document import DocumentKind, Party, SignatureStatus
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import MaterielError

HANDED_ON = date(2026, 9, 4)
UNSIGNED = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1))
SIGNED = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1, SignatureStatus.SIGNED))
NOTICE = a_document(DocumentKind.NOTICE, id=an_id(41))
RECEIPT = a_document(DocumentKind.HANDOVER_RECEIPT, id=an_id(42))
ITEM, OTHER = an_id(101), an_id(102)
TWO_OUT = (a_line(1, handed_over_on=HANDED_ON), a_line(2, handed_over_on=HANDED_ON))
DEPOSIT = {"usage": Usage.SHARED, "custody": Custody.SCHOOL, "pupil_id": None, "basis": None}


def kinds(plan: Plan) -> list[DocumentKind]:
    return [each.required.kind for each in plan.make]


def codes(plan: Plan) -> list[str]:
    return [caution.code for caution in plan.cautions]


def hand_over(loan: Loan, *items: HandedItem, on: date = TODAY) -> Plan:
    return plan_hand_over(loan, [UNSIGNED], SchoolKind.EPLE, items, handed_over_on=on, today=TODAY)


def take_back(loan: Loan, *items: ReturnedItem, on: date = TODAY) -> Plan:
    return plan_return(loan, [SIGNED, NOTICE, RECEIPT], SchoolKind.EPLE, items, returned_on=on, today=TODAY)


def test_issuing_makes_the_agreement_and_the_notice() -> None:
    plan = plan_issue(a_loan(), SchoolKind.PUBLIC_PRIMARY, today=TODAY)
    assert kinds(plan) == [DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE]
    assert (plan.loan.status, plan.loan.issued_on) == (LoanStatus.ISSUED, TODAY)
    assert {each.items for each in plan.make} == {(ITEM,)}


def test_handing_over_makes_a_receipt_and_warns_that_nothing_is_signed() -> None:
    plan = hand_over(an_issued_loan(), HandedItem(item_id=ITEM, condition=Condition.NEW))
    assert kinds(plan) == [DocumentKind.HANDOVER_RECEIPT]
    assert (plan.loan.status, plan.loan.handed_over_on) == (LoanStatus.HANDED_OVER, TODAY)
    assert plan.loan.items[0].condition_out is Condition.NEW
    assert plan.item_statuses == ((ITEM, ItemStatus.ON_LOAN),)
    assert codes(plan) == ["REMIS_SANS_CONVENTION"]


def test_handing_over_signed_papers_warns_of_nothing() -> None:
    plan = plan_hand_over(
        an_issued_loan(), [SIGNED], SchoolKind.EPLE, [HandedItem(item_id=ITEM)], handed_over_on=TODAY, today=TODAY
    )
    assert codes(plan) == []


def test_handing_over_after_the_notification_warns() -> None:
    loan = an_issued_loan(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 11, 20)))
    assert "FONDEMENT_ECHU" in codes(hand_over(loan, HandedItem(item_id=ITEM)))


def test_a_deposit_is_handed_to_the_head_of_school() -> None:
    plan = hand_over(an_issued_loan(**DEPOSIT), HandedItem(item_id=ITEM))
    assert plan.make[0].required.signatories == (Party.MANAGING_SERVICE, Party.HEAD_OF_SCHOOL)
    assert plan.item_statuses == ((ITEM, ItemStatus.DEPOSITED),)


def test_the_second_delivery_keeps_the_first_date() -> None:
    loan = a_loan_out(a_line(1, handed_over_on=HANDED_ON), a_line(2))
    plan = hand_over(loan, HandedItem(item_id=OTHER))
    assert plan.loan.handed_over_on == HANDED_ON
    assert plan.make[0].items == (OTHER,)


def test_a_partial_return_keeps_the_loan_and_its_papers() -> None:
    plan = take_back(a_loan_out(*TWO_OUT), ReturnedItem(item_id=OTHER, condition=Condition.DAMAGED))
    assert (plan.loan.status, plan.end) == (LoanStatus.HANDED_OVER, ())
    assert plan.item_statuses == ((OTHER, ItemStatus.TO_PREPARE),)
    assert plan.action == "loan.partly_returned"


def test_the_last_return_ends_the_loan_and_its_papers_but_not_its_receipts() -> None:
    plan = take_back(
        a_loan_out(),
        ReturnedItem(item_id=ITEM, condition=Condition.WORN, missing_accessories=("chargeur",)),
    )
    assert kinds(plan) == [DocumentKind.RETURN_RECEIPT]
    assert plan.loan.status is LoanStatus.RETURNED
    assert plan.end == (SIGNED.id, NOTICE.id)
    assert plan.item_statuses == ((ITEM, ItemStatus.TO_PREPARE),)
    assert plan.lacking == ((ITEM, ("chargeur",)),)
    line = plan.loan.items[0]
    assert (line.returned_on, line.removed_on, line.missing_accessories) == (TODAY, TODAY, ("chargeur",))


def test_returned_software_asks_for_the_proof_of_its_removal() -> None:
    plan = plan_return(
        a_loan_out(),
        [],
        SchoolKind.EPLE,
        [ReturnedItem(item_id=ITEM, condition=Condition.GOOD)],
        returned_on=TODAY,
        today=TODAY,
        software=frozenset({ITEM}),
    )
    assert codes(plan) == ["DESINSTALLATION_A_ATTESTER"]


def test_cancelling_frees_the_items_and_ends_the_papers() -> None:
    plan = plan_cancel(an_issued_loan(), [UNSIGNED, NOTICE], reason="Saisi deux fois", today=TODAY)
    assert (plan.loan.status, plan.loan.closed_on) == (LoanStatus.CANCELLED, TODAY)
    assert plan.end == (UNSIGNED.id, NOTICE.id)
    assert plan.item_statuses == ((ITEM, ItemStatus.IN_STOCK),)
    assert plan.loan.open_items == ()


def test_cancelling_after_a_move_leaves_what_came_back_to_be_prepared() -> None:
    plan = plan_cancel(an_issued_loan(), [UNSIGNED, RECEIPT], reason="Saisi deux fois", today=TODAY)
    assert plan.item_statuses == ((ITEM, ItemStatus.TO_PREPARE),)


def test_a_deposit_is_recalled_at_any_time() -> None:
    plan = plan_recall(a_loan_out(**DEPOSIT), reason="Besoin ailleurs", today=TODAY)
    assert (plan.loan.recalled_on, plan.loan.recall_reason) == (TODAY, "Besoin ailleurs")
    assert plan.item_statuses == ((ITEM, ItemStatus.DUE_BACK),)
    assert plan.make == ()


def test_an_individual_loan_kept_at_school_is_no_mere_deposit() -> None:
    with pytest.raises(MaterielError) as refusal:
        plan_recall(a_loan_out(custody=Custody.SCHOOL), reason="Besoin ailleurs", today=TODAY)
    assert refusal.value.code == "loan.recall_ground_required"


def test_a_recall_tells_its_ground() -> None:
    plan = plan_recall(a_loan_out(), reason="courriel du 3", today=TODAY, ground=RecallGround.BORROWER_AGREES)
    assert (plan.loan.recall_ground, plan.loan.recall_reason) == (RecallGround.BORROWER_AGREES, "courriel du 3")


@pytest.mark.parametrize(
    ("ground", "changes"),
    [
        (RecallGround.BASIS_ENDED, {"basis": Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 11, 20))}),
        (RecallGround.TERM_REACHED, {"ends_on": date(2026, 11, 20)}),
    ],
)
def test_a_ground_must_fit_the_dates(ground: RecallGround, changes: dict[str, object]) -> None:
    assert plan_recall(a_loan_out(**changes), reason="échu", today=TODAY, ground=ground).loan.recalled_on
    with pytest.raises(MaterielError) as refusal:
        plan_recall(a_loan_out(**changes), reason="échu", today=date(2026, 11, 20), ground=ground)
    assert refusal.value.code == "loan.recall_ground_unfounded"


def test_a_returned_loan_is_filed_away() -> None:
    plan = plan_close(a_loan_out(status=LoanStatus.RETURNED), [], today=TODAY)
    assert (plan.loan.status, plan.loan.closed_on) == (LoanStatus.CLOSED, TODAY)


GOOD = ReturnedItem(item_id=ITEM, condition=Condition.GOOD)
CLOSED = a_loan_out(status=LoanStatus.CLOSED)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda: plan_issue(an_issued_loan(), SchoolKind.EPLE, today=TODAY), "loan.not_draft"),
        (lambda: plan_issue(CLOSED, SchoolKind.EPLE, today=TODAY), "loan.closed"),
        (lambda: hand_over(a_loan(), HandedItem(item_id=ITEM)), "loan.not_issued"),
        (lambda: hand_over(CLOSED, HandedItem(item_id=ITEM)), "loan.closed"),
        (lambda: hand_over(an_issued_loan()), "loan.nothing_to_hand_over"),
        (lambda: hand_over(an_issued_loan(), HandedItem(item_id=OTHER)), "loan.unknown_item"),
        (lambda: hand_over(an_issued_loan(), HandedItem(item_id=ITEM), HandedItem(item_id=ITEM)), "loan.item_twice"),
        (lambda: hand_over(a_loan_out(), HandedItem(item_id=ITEM)), "loan.already_handed_over"),
        (
            lambda: hand_over(an_issued_loan(), HandedItem(item_id=ITEM), on=date(2026, 11, 22)),
            "loan.date_in_future",
        ),
        (
            lambda: hand_over(an_issued_loan(), HandedItem(item_id=ITEM), on=date(2026, 8, 31)),
            "loan.handover_before_start",
        ),
        (lambda: take_back(a_loan(), GOOD), "loan.not_issued"),
        (lambda: take_back(an_issued_loan(), GOOD), "loan.not_handed_over"),
        (lambda: take_back(a_loan_out()), "loan.nothing_to_return"),
        (lambda: take_back(a_loan_out(), GOOD, on=date(2026, 9, 3)), "loan.return_before_handover"),
        (lambda: take_back(a_loan_out(), GOOD, on=date(2026, 11, 22)), "loan.date_in_future"),
        (lambda: plan_cancel(a_loan_out(), [], reason="motif", today=TODAY), "loan.handed_over"),
        (lambda: plan_cancel(CLOSED, [], reason="motif", today=TODAY), "loan.closed"),
        (lambda: plan_cancel(a_loan(), [], reason=" ", today=TODAY), "loan.reason_required"),
        (lambda: plan_undo_recall(a_loan_out(), {}, today=TODAY), "loan.not_recalled"),
        (lambda: plan_recall(an_issued_loan(), reason="motif", today=TODAY), "loan.not_handed_over"),
        (lambda: plan_recall(a_loan_out(recalled_on=TODAY), reason="motif", today=TODAY), "loan.already_recalled"),
        (lambda: plan_recall(a_loan_out(**DEPOSIT), reason="", today=TODAY), "loan.reason_required"),
        (lambda: plan_close(a_loan_out(), [], today=TODAY), "loan.not_returned"),
    ],
)
def test_a_step_out_of_order_is_refused(step: Callable[[], Plan], code: str) -> None:
    with pytest.raises(MaterielError) as refusal:
        step()
    assert refusal.value.code == code


def test_a_return_on_the_day_of_the_delivery_is_possible() -> None:
    assert take_back(a_loan_out(), GOOD, on=HANDED_ON).loan.status is LoanStatus.RETURNED
