from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.domain.cast import TODAY, a_document, a_line, a_loan_out, a_school, an_id, an_issued_loan
from tests.domain.loan.test_moves import AGREEMENT, AT_SCHOOL, HOME_PAPERS, SCHOOL_PAPERS

from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import Loan, LoanStatus, RemovalReason, is_handed_over_unsigned
from materiel.domain.loan.plan import Plan
from materiel.domain.loan.split import Split, plan_split, takes_part
from materiel.domain.loan.steps import plan_cancel
from materiel.domain.papers.document import Document, DocumentKind
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody
from materiel.errors import MaterielError

KEPT, GOES = an_id(101), an_id(102)
APART = an_id(90)
K = DocumentKind


def two_out(**changes: Any) -> Loan:
    return a_loan_out(a_line(1, handed_over_on=TODAY), a_line(2, handed_over_on=TODAY), **changes)


def split(loan: Loan, documents: tuple[Document, ...], custody: Custody, **changes: Any) -> Split:
    values: dict[str, Any] = {
        "only": (GOES,),
        "apart_id": APART,
        "school": a_school(),
        "effective_on": TODAY,
        "today": TODAY,
        "now": datetime(2026, 11, 21, 9, tzinfo=UTC),
    }
    return plan_split(loan, documents, custody=custody, **values | changes)


def kinds(plan: Plan) -> list[DocumentKind]:
    return [each.required.kind for each in plan.make]


def items(plan: Plan) -> list[UUID]:
    return [line.item_id for line in plan.loan.open_items]


@pytest.mark.parametrize(
    ("kind", "custody", "rest", "apart"),
    [
        (
            SchoolKind.PUBLIC_PRIMARY,
            Custody.SCHOOL,
            [K.AMENDMENT],
            [K.TRIPARTITE_AGREEMENT, K.HANDOVER_RECEIPT],
        ),
        (SchoolKind.PUBLIC_PRIMARY, Custody.HOME, [K.AMENDMENT, K.RETURN_RECEIPT], [K.LOAN_AGREEMENT, K.NOTICE]),
        (
            SchoolKind.PRIVATE_UNDER_CONTRACT,
            Custody.SCHOOL,
            [K.AMENDMENT],
            [K.TRIPARTITE_AGREEMENT, K.HANDOVER_RECEIPT],
        ),
    ],
)
def test_each_item_has_the_papers_of_its_own_custody(
    kind: SchoolKind, custody: Custody, rest: list[DocumentKind], apart: list[DocumentKind]
) -> None:
    """Row 17, in any eligible school."""
    loan = two_out() if custody is Custody.SCHOOL else two_out(**AT_SCHOOL)
    papers = HOME_PAPERS if custody is Custody.SCHOOL else SCHOOL_PAPERS
    both = split(loan, papers, custody, school=a_school(kind))
    assert (kinds(both.rest), kinds(both.apart)) == (rest, apart)
    assert (items(both.rest), items(both.apart)) == ([KEPT], [GOES])
    assert (both.rest.loan.custody, both.apart.loan.custody) == (loan.custody, custody)
    assert both.rest.end == both.rest.replace == (), "the agreement goes on for what stays"
    assert (both.rest.other, both.apart.other) == (APART, loan.id)


def test_what_leaves_is_in_one_loan_at_a_time_and_went_back_to_nobody() -> None:
    both = split(two_out(), HOME_PAPERS, Custody.SCHOOL, conditions={GOES: Condition.WORN})
    left = next(line for line in both.rest.loan.items if line.item_id == GOES)
    assert (left.removal, left.removed_on, left.returned_on, left.condition_in) == (
        RemovalReason.MOVED,
        TODAY,
        None,
        None,
    )
    (entered,) = both.apart.loan.items
    assert (entered.handed_over_on, entered.condition_out) == (TODAY, Condition.WORN)
    assert both.rest.item_statuses == ()
    assert both.apart.item_statuses == ((GOES, ItemStatus.DEPOSITED),)


def test_the_former_agreement_covers_what_passes_to_the_school_until_the_new_one_is_signed() -> None:
    loan = split(two_out(), HOME_PAPERS, Custody.SCHOOL).apart.loan
    unsigned = a_document(K.TRIPARTITE_AGREEMENT, id=an_id(60))
    assert loan.covered_by == AGREEMENT.id
    assert not is_handed_over_unsigned(loan, (), AGREEMENT)
    assert is_handed_over_unsigned(loan, (), None)
    assert is_handed_over_unsigned(loan, (), a_document(K.LOAN_AGREEMENT, id=unsigned.id)), "another paper"


def test_nothing_of_the_school_covers_what_goes_home() -> None:
    loan = split(two_out(**AT_SCHOOL), SCHOOL_PAPERS, Custody.HOME).apart.loan
    assert (loan.covered_by, loan.handed_over_on, loan.split_from) == (None, None, an_issued_loan().id)
    assert loan.status is LoanStatus.ISSUED
    cancelled = plan_cancel(loan, (), reason="Renonce", today=TODAY)
    assert cancelled.item_statuses == ((GOES, ItemStatus.TO_PREPARE),), "it came back from the school"


def test_what_was_never_handed_over_needs_no_receipt() -> None:
    loan = an_issued_loan(a_line(1), a_line(2))
    both = split(loan, HOME_PAPERS[:2], Custody.SCHOOL)
    assert (kinds(both.rest), kinds(both.apart)) == ([K.AMENDMENT], [K.TRIPARTITE_AGREEMENT])
    assert both.apart.item_statuses == ()


def test_part_of_a_loan_is_neither_nothing_nor_everything() -> None:
    loan = two_out()
    assert [takes_part(loan, only) for only in ((), (GOES,), (KEPT, GOES))] == [False, True, False]


@pytest.mark.parametrize(
    ("loan", "only", "code"),
    [
        (two_out(), (an_id(150),), "loan.unknown_item"),
        (two_out(), (GOES, GOES), "loan.item_twice"),
        (
            a_loan_out(
                a_line(1, handed_over_on=TODAY),
                a_line(2, handed_over_on=TODAY, withdrawn_on=TODAY, removal=RemovalReason.BROKEN),
            ),
            (GOES,),
            "loan.item_awaited",
        ),
    ],
)
def test_what_is_not_lent_changes_no_custody(loan: Loan, only: tuple[UUID, ...], code: str) -> None:
    with pytest.raises(MaterielError) as refusal:
        takes_part(loan, only)
    assert refusal.value.code == code
