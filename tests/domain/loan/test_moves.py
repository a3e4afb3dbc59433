from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.domain.cast import (
    TODAY,
    a_box,
    a_document,
    a_line,
    a_loan,
    a_loan_out,
    a_school,
    an_id,
    an_issued_loan,
    another_school,
)

from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.loan.moves import plan_change_of_custody, plan_change_of_school, usual_day_of_moves
from materiel.domain.loan.plan import Plan, Side
from materiel.domain.papers.document import Document, DocumentKind, Party, SignatureStatus
from materiel.domain.places.school import School, SchoolKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import MaterielError

SIGNED_BOX = a_box(1, SignatureStatus.SIGNED)
AGREEMENT = a_document(DocumentKind.LOAN_AGREEMENT, SIGNED_BOX)
NOTICE = a_document(DocumentKind.NOTICE, id=an_id(41))
TRIPARTITE = a_document(DocumentKind.TRIPARTITE_AGREEMENT, SIGNED_BOX, id=an_id(42))
AMENDMENT = a_document(DocumentKind.AMENDMENT, SIGNED_BOX, id=an_id(43))
RECEIPT = a_document(DocumentKind.HANDOVER_RECEIPT, SIGNED_BOX, id=an_id(44))
HOME_PAPERS = (AGREEMENT, NOTICE, RECEIPT)
SCHOOL_PAPERS = (TRIPARTITE, AMENDMENT, RECEIPT)
ITEM = an_id(101)
AT_SCHOOL = {"custody": Custody.SCHOOL}


def move(loan: Loan, documents: tuple[Document, ...] = HOME_PAPERS, new: School | None = None, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "old": a_school(),
        "new": new or another_school(),
        "effective_on": TODAY,
        "today": TODAY,
    }
    return plan_change_of_school(loan, documents, **values | changes)


def change_custody(loan: Loan, documents: tuple[Document, ...], custody: Custody, **changes: Any) -> Plan:
    values: dict[str, Any] = {"school": a_school(), "effective_on": TODAY, "today": TODAY}
    return plan_change_of_custody(loan, documents, custody=custody, **values | changes)


def made(plan: Plan) -> list[tuple[DocumentKind, Side]]:
    return [(each.required.kind, each.side) for each in plan.make]


def test_an_item_at_home_follows_the_pupil_with_a_new_notice_only() -> None:
    plan = move(a_loan_out())
    assert made(plan) == [(DocumentKind.NOTICE, Side.AFTER)]
    assert plan.make[0].required.recipients == (Party.HEAD_OF_SCHOOL,)
    assert plan.end == (NOTICE.id,)
    assert (plan.loan.school_uai, plan.loan.status, plan.moved) == ("0350063D", LoanStatus.HANDED_OVER, True)
    assert plan.item_statuses == ()


def test_a_tripartite_agreement_is_never_retargeted() -> None:
    plan = move(a_loan_out(**AT_SCHOOL), SCHOOL_PAPERS)
    assert made(plan) == [
        (DocumentKind.RETURN_RECEIPT, Side.BEFORE),
        (DocumentKind.TRIPARTITE_AGREEMENT, Side.AFTER),
    ]
    receipt, agreement = plan.make
    assert receipt.required.signatories == (Party.MANAGING_SERVICE, Party.MUNICIPALITY)
    assert agreement.required.signatories[-1] is Party.HEAD_OF_SCHOOL
    assert plan.end == (TRIPARTITE.id, AMENDMENT.id)
    assert plan.replace == ()


def test_after_leaving_a_school_the_items_wait_for_a_new_delivery() -> None:
    plan = move(a_loan_out(**AT_SCHOOL), SCHOOL_PAPERS)
    assert plan.item_statuses == ((ITEM, ItemStatus.RESERVED),)
    assert plan.loan.lines_to_hand_over[0].item_id == ITEM
    assert (plan.loan.handed_over_on, plan.loan.status) == (None, LoanStatus.ISSUED)


def test_what_was_never_delivered_needs_no_return_receipt() -> None:
    plan = move(an_issued_loan(**AT_SCHOOL), SCHOOL_PAPERS)
    assert [kind for kind, _ in made(plan)] == [DocumentKind.TRIPARTITE_AGREEMENT]
    assert plan.item_statuses == ()


def test_a_shared_deposit_moves_with_new_papers() -> None:
    plan = move(a_loan_out(usage=Usage.SHARED, custody=Custody.SCHOOL, pupil_id=None), SCHOOL_PAPERS)
    assert [kind for kind, _ in made(plan)] == [DocumentKind.RETURN_RECEIPT, DocumentKind.DEPOSIT_AGREEMENT]


def test_a_draft_changes_school_without_paper() -> None:
    plan = move(a_loan(), ())
    assert (plan.make, plan.end, plan.loan.status) == ((), (), LoanStatus.DRAFT)
    assert plan.loan.school_uai == "0350063D"


def test_another_departement_of_the_academie_is_told() -> None:
    plan = move(a_loan_out(), new=another_school(departement="022"))
    assert "AUTRE_DEPARTEMENT" in [caution.code for caution in plan.cautions]


def test_former_codes_of_an_academie_are_the_same_academie() -> None:
    plan = move(a_loan_out(), old=a_school(academie="05"), new=another_school(academie="70"))
    assert plan.moved


def test_leaving_the_academie_needs_an_explicit_transfer() -> None:
    elsewhere = another_school(academie="17")
    with pytest.raises(MaterielError) as refusal:
        move(a_loan_out(), new=elsewhere)
    assert refusal.value.code == "loan.leaves_academie"
    plan = move(a_loan_out(), new=elsewhere, override_reason="Accord des deux recteurs")
    assert plan.loan.override_reason == "Accord des deux recteurs"


@pytest.mark.parametrize(
    ("kind", "refusal_code"),
    [
        (SchoolKind.MEDICO_EDUCATIONAL, "MEDICO_EDUCATIF"),
        (SchoolKind.PRIVATE_NO_CONTRACT, "HORS_CONTRAT"),
        (SchoolKind.AGRICULTURAL_PUBLIC, "DECISION_MANUELLE"),
    ],
)
def test_a_school_that_the_table_refuses_ends_the_loan(kind: SchoolKind, refusal_code: str) -> None:
    # The reason that once opened the loan says nothing of another school.
    with pytest.raises(MaterielError) as refusal:
        move(a_loan_out(override_reason="Ancien motif"), new=another_school(kind))
    assert (refusal.value.code, refusal.value.facts["refusal"]) == ("loan.refused", refusal_code)


def test_an_expired_notification_does_not_hide_the_new_school() -> None:
    plan = move(a_loan_out(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 11, 20))))
    assert "FONDEMENT_ECHU" in [caution.code for caution in plan.cautions]


def test_a_new_tripartite_agreement_is_not_made_on_an_expired_notification() -> None:
    loan = a_loan_out(basis=Basis(kind=BasisKind.CDAPH, valid_until=date(2026, 11, 20)), **AT_SCHOOL)
    with pytest.raises(MaterielError) as refusal:
        move(loan, SCHOOL_PAPERS)
    assert refusal.value.facts["refusal"] == "DECISION_MANUELLE"


def test_from_school_to_home() -> None:
    plan = change_custody(a_loan_out(**AT_SCHOOL), SCHOOL_PAPERS, Custody.HOME)
    assert made(plan) == [
        (DocumentKind.RETURN_RECEIPT, Side.BEFORE),
        (DocumentKind.LOAN_AGREEMENT, Side.AFTER),
        (DocumentKind.NOTICE, Side.AFTER),
    ]
    assert plan.end == (TRIPARTITE.id, AMENDMENT.id)
    assert (plan.loan.custody, plan.loan.handed_over_on) == (Custody.HOME, None)
    assert plan.item_statuses == ((ITEM, ItemStatus.RESERVED),)


def test_from_home_to_school() -> None:
    plan = change_custody(a_loan_out(), HOME_PAPERS, Custody.SCHOOL)
    assert [kind for kind, _ in made(plan)] == [
        DocumentKind.TRIPARTITE_AGREEMENT,
        DocumentKind.HANDOVER_RECEIPT,
    ]
    assert plan.make[1].required.signatories == (Party.MANAGING_SERVICE, Party.BORROWER, Party.MUNICIPALITY)
    assert plan.end == (NOTICE.id,), "the loan agreement holds until the tripartite one is signed"
    assert plan.item_statuses == ((ITEM, ItemStatus.DEPOSITED),)
    assert plan.loan.status is LoanStatus.HANDED_OVER
    assert "SIGNATURE_AVANT_DEPOT" in [caution.code for caution in plan.cautions]


def test_an_agreement_that_nobody_signed_holds_nothing() -> None:
    unsigned = a_document(DocumentKind.LOAN_AGREEMENT, a_box())
    assert change_custody(a_loan_out(), (unsigned, NOTICE), Custody.SCHOOL).end == (unsigned.id, NOTICE.id)


def test_what_changes_hands_bears_the_day_and_the_condition_seen() -> None:
    seen = {ITEM: Condition.WORN}
    entered = change_custody(a_loan_out(), HOME_PAPERS, Custody.SCHOOL, conditions=seen).loan.lines_out[0]
    assert (entered.handed_over_on, entered.condition_out) == (TODAY, Condition.WORN)
    left = change_custody(a_loan_out(**AT_SCHOOL), SCHOOL_PAPERS, Custody.HOME, conditions=seen)
    assert (left.loan.open_items[0].condition_in, left.make[0].goes_on) == (Condition.WORN, True)
    unseen = change_custody(a_loan_out(), HOME_PAPERS, Custody.SCHOOL).loan.lines_out[0]
    assert unseen.condition_out is None


def test_an_agreement_made_by_a_move_names_the_one_that_it_replaces() -> None:
    for plan in (
        move(a_loan_out(**AT_SCHOOL), SCHOOL_PAPERS),
        change_custody(a_loan_out(**AT_SCHOOL), SCHOOL_PAPERS, Custody.HOME),
    ):
        assert [each.replaces for each in plan.make[:2]] == [None, TRIPARTITE.id]
    assert change_custody(a_loan_out(), HOME_PAPERS, Custody.SCHOOL).make[0].replaces == AGREEMENT.id


def test_a_loan_not_begun_may_change_from_its_first_day() -> None:
    loan = an_issued_loan(**AT_SCHOOL, starts_on=date(2027, 1, 4))
    assert move(loan, SCHOOL_PAPERS, effective_on=date(2027, 1, 4)).moved


def test_a_notice_is_still_made_once_the_term_is_over() -> None:
    assert move(a_loan_out(ends_on=date(2026, 11, 20))).moved


def test_from_home_to_school_before_any_delivery() -> None:
    plan = change_custody(an_issued_loan(), HOME_PAPERS, Custody.SCHOOL)
    assert [kind for kind, _ in made(plan)] == [DocumentKind.TRIPARTITE_AGREEMENT]
    assert plan.loan.status is LoanStatus.ISSUED


def test_the_reason_of_the_loan_stands_at_the_same_school() -> None:
    school = a_school(SchoolKind.AGRICULTURAL_PUBLIC)
    loan = a_loan_out(override_reason="Accord de la DRAAF")
    plan = change_custody(loan, HOME_PAPERS, Custody.SCHOOL, school=school)
    assert plan.loan.override_reason == "Accord de la DRAAF"


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda: move(a_loan_out(), new=a_school()), "loan.same_school"),
        (lambda: move(a_loan_out(), effective_on=date(2026, 8, 31)), "loan.before_start"),
        (lambda: move(a_loan_out(), effective_on=date(2026, 11, 22)), "loan.change_in_future"),
        (
            lambda: change_custody(a_loan_out(), HOME_PAPERS, Custody.SCHOOL, effective_on=date(2027, 3, 1)),
            "loan.change_in_future",
        ),
        (lambda: move(a_loan_out(**AT_SCHOOL, ends_on=date(2026, 11, 20)), SCHOOL_PAPERS), "loan.term_over"),
        (
            lambda: change_custody(a_loan_out(ends_on=date(2026, 11, 20)), HOME_PAPERS, Custody.SCHOOL),
            "loan.term_over",
        ),
        (lambda: move(a_loan_out(status=LoanStatus.RETURNED)), "loan.closed"),
        (lambda: change_custody(a_loan_out(), (), Custody.HOME), "loan.same_custody"),
        (
            lambda: change_custody(a_loan_out(), (), Custody.SCHOOL, effective_on=date(2026, 8, 31)),
            "loan.before_start",
        ),
        (lambda: change_custody(a_loan_out(status=LoanStatus.CLOSED), (), Custody.SCHOOL), "loan.closed"),
        (
            lambda: change_custody(
                a_loan_out(a_line(), usage=Usage.SHARED, custody=Custody.SCHOOL, pupil_id=None),
                (),
                Custody.HOME,
            ),
            "loan.refused",
        ),
    ],
)
def test_a_move_is_refused(attempt: Any, code: str) -> None:
    with pytest.raises(MaterielError) as refusal:
        attempt()
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 8, 31), date(2026, 8, 31)),
        (date(2026, 9, 1), date(2026, 9, 1)),
        (date(2026, 9, 28), date(2026, 9, 1)),
        (date(2026, 10, 31), date(2026, 9, 1)),
        (date(2026, 11, 2), date(2026, 11, 2)),
        (date(2027, 2, 1), date(2027, 2, 1)),
    ],
)
def test_a_list_of_autumn_tells_who_entered_in_september(today: date, day: date) -> None:
    assert usual_day_of_moves(today) == day
