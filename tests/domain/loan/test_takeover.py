"""What a jurist reads of a loan taken over: what is refused, what covers it, what its first change makes.

Source: circulaire n° 2001-221; Code civil, art. 1919; E32.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.domain.cast import TODAY, a_box, a_document, a_line, a_loan, a_school, an_id, an_item, another_school

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.item.item import ItemStatus, Ownership
from materiel.domain.loan.changes import plan_amendment, plan_renewal
from materiel.domain.loan.loan import Loan, LoanOrigin, LoanStatus, unsigned_since
from materiel.domain.loan.moves import plan_change_of_custody, plan_change_of_school
from materiel.domain.loan.plan import Plan
from materiel.domain.loan.steps import plan_issue
from materiel.domain.loan.takeover import check_facts, check_items, handed_over, taken_back
from materiel.domain.papers.document import DocumentKind, SignatureStatus
from materiel.domain.papers.old_paper import OldPaper, number_stem
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Custody
from materiel.errors import Conflict, RuleBroken

OUT_ON = date(2025, 9, 4)
SIGNED = OldPaper(reference="Conv. 12/2025", signed_on=date(2025, 9, 3))
UNSIGNED = OldPaper(reference="Conv. 13/2025")
AGREEMENT = DocumentKind.LOAN_AGREEMENT
OURS = a_document(AGREEMENT, a_box(1))
OURS_SIGNED = a_document(AGREEMENT, a_box(1, SignatureStatus.SIGNED))


def taken(paper: OldPaper = SIGNED, **changes: object) -> Loan:
    return handed_over(replace(a_loan(paper=paper), **changes), [an_id(101)], on=OUT_ON)  # type: ignore[arg-type]


def kinds(plan: Plan) -> list[DocumentKind]:
    return [each.required.kind for each in plan.make]


def test_it_is_handed_over_and_neither_a_draft_nor_issued() -> None:
    loan = taken()
    assert (loan.status, loan.origin, loan.handed_over_on) == (LoanStatus.HANDED_OVER, LoanOrigin.TAKEN_OVER, OUT_ON)
    assert (loan.is_draft, loan.lacks_agreement, loan.issued_on) == (False, True, None)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ItemStatus.RESERVED, "item.already_lent"),
        (ItemStatus.ON_LOAN, "item.already_lent"),
        (ItemStatus.DEPOSITED, "item.already_lent"),
        (ItemStatus.DUE_BACK, "item.already_lent"),
        (ItemStatus.LOST, "item.not_available"),
        (ItemStatus.IN_REPAIR, "item.not_available"),
        (ItemStatus.WRITTEN_OFF, "item.not_available"),
    ],
)
def test_an_item_that_another_loan_holds_or_that_is_gone_is_refused(status: ItemStatus, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        check_items([an_item(1), an_item(2, status=status)])
    assert (refused.value.code, refused.value.errors[0].pointer) == (code, "/items/1")


def test_a_lease_that_is_over_is_a_past_fact() -> None:
    rented = an_item(1, ownership=Ownership.RENTED, lease_ends_on=date(2020, 1, 1))
    check_items([rented, an_item(2, status=ItemStatus.TO_PREPARE)])


def test_a_term_already_over_is_accepted_and_tomorrow_is_not() -> None:
    facts = {"unsigned": False, "starts_on": OUT_ON, "handed_over_on": OUT_ON, "today": TODAY}
    check_facts(SIGNED, ends_on=date(2025, 12, 31), **facts)  # type: ignore[arg-type]
    with pytest.raises(RuleBroken) as refused:
        check_facts(SIGNED, ends_on=None, **{**facts, "handed_over_on": date(2027, 1, 1)})  # type: ignore[arg-type]
    assert refused.value.code == "loan.date_in_future"


@pytest.mark.parametrize(
    ("loan", "documents", "since"),
    [
        # The old paper, signed, covers; unsigned, nothing does since the hand-over.
        (taken(), [], None),
        (taken(UNSIGNED), [], OUT_ON),
        # The real agreement waits: the old paper still covers, or still nothing does.
        (taken(), [OURS], None),
        (taken(UNSIGNED), [OURS], OUT_ON),
        # Signed by all, it covers in both cases.
        (taken(), [OURS_SIGNED], None),
        (taken(UNSIGNED), [OURS_SIGNED], None),
        # Its depositary has given the items back: the old paper covers nothing any more.
        (taken(replace(SIGNED, ended_on=TODAY)), [], OUT_ON),
    ],
)
def test_what_covers_a_loan_taken_over(loan: Loan, documents: list[object], since: date | None) -> None:
    assert unsigned_since(loan, documents) == since  # type: ignore[arg-type]


def test_what_the_real_agreement_brings_in_waits_for_it() -> None:
    brought = a_line(2, handed_over_on=TODAY, agreed_by=OURS.id)
    loan = replace(taken(), items=(*taken().items, brought))
    assert unsigned_since(loan, [OURS]) == TODAY
    assert unsigned_since(loan, [OURS_SIGNED]) is None


def test_its_first_change_makes_the_agreement_that_issuing_would() -> None:
    loan, home = taken(), [AGREEMENT, DocumentKind.NOTICE]
    public, college = a_school(), another_school()
    moved = {"effective_on": TODAY, "today": TODAY}
    plans = [
        plan_issue(loan, SchoolKind.PUBLIC_PRIMARY, today=TODAY),
        plan_renewal(loan, [], SchoolKind.PUBLIC_PRIMARY, policy=RenewalPolicy.BASIS, items=[an_item()], today=TODAY),
        plan_amendment(loan, [], SchoolKind.PUBLIC_PRIMARY, add=[an_item(2)], remove=(), **moved),
        plan_change_of_school(loan, [], old=public, new=college, **moved),
    ]
    assert [kinds(plan) for plan in plans] == [home] * 4
    assert {plan.loan.issued_on for plan in plans} == {TODAY}
    left = plan_change_of_custody(loan, [], school=public, custody=Custody.SCHOOL, **moved)
    assert kinds(left) == [DocumentKind.TRIPARTITE_AGREEMENT, DocumentKind.HANDOVER_RECEIPT]


def test_only_what_nothing_happened_to_is_taken_back() -> None:
    back = taken_back(taken(), today=TODAY)
    assert (back.status, back.handed_over_on, back.lines_out) == (LoanStatus.CANCELLED, None, ())
    for loan, code in ((taken(version=2), "loan.changed_since"), (a_loan(), "loan.not_taken_over")):
        with pytest.raises(Conflict) as refused:
            taken_back(loan, today=TODAY)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("reference", "stem"),
    [
        ("Conv. 12/2025", "Conv.-12-2025"),
        ("n° 7 — été", "n-7-ete"),
        ("", "REPRIS-35-00001"),
        ("///", "REPRIS-35-00001"),
        ("x" * 60, "x" * 32),
    ],
)
def test_a_receipt_is_numbered_by_the_old_reference(reference: str, stem: str) -> None:
    assert number_stem(reference, "35-00001") == stem
