from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
    an_id,
    an_issued_loan,
    an_item,
)

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.item.item import Condition, ItemStatus, Ownership
from materiel.domain.loan.changes import plan_amendment, plan_renewal
from materiel.domain.loan.loan import Loan, LoanStatus, RemovalReason
from materiel.domain.loan.plan import RENEWAL_TO_OFFER_AGAIN, Fault, Plan, Removal
from materiel.domain.loan.steps import ReturnedItem, plan_return
from materiel.domain.papers.document import Covers, Document, DocumentKind, Party, SignatureStatus
from materiel.domain.places.school import SchoolKind
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.errors import MaterielError

HANDED_ON = date(2026, 9, 4)
SIGNED = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1, SignatureStatus.SIGNED))
ITEM, OTHER, NEW = an_id(101), an_id(102), an_item(3)
TWO_OUT = (a_line(1, handed_over_on=HANDED_ON), a_line(2, handed_over_on=HANDED_ON))


def renew(loan: Loan, **changes: Any) -> Plan:
    values: dict[str, Any] = {"policy": RenewalPolicy.YEARLY, "items": [an_item()], "today": TODAY}
    documents = changes.pop("documents", [SIGNED])
    return plan_renewal(loan, documents, SchoolKind.EPLE, **values | changes)


def amend(loan: Loan, *remove: Removal, add: tuple[Any, ...] = (), on: date = TODAY) -> Plan:
    return plan_amendment(loan, [SIGNED], SchoolKind.EPLE, add=add, remove=remove, effective_on=on, today=TODAY)


def kinds(plan: Plan) -> list[DocumentKind]:
    return [each.required.kind for each in plan.make]


def codes(plan: Plan) -> list[str]:
    return [caution.code for caution in plan.cautions]


def notified_until(day: date) -> Basis:
    return Basis(kind=BasisKind.CDAPH, valid_until=day)


def test_a_trial_that_a_decision_makes_a_loan_gets_an_agreement_of_its_own() -> None:
    """Domain § 8.2: a trial asked by a PAS becomes a loan by a new agreement, not by an amendment."""
    trial = a_loan_out(basis=Basis(kind=BasisKind.PAS))
    told = a_document(DocumentKind.NOTICE, id=an_id(41))
    plan = renew(trial, documents=[SIGNED, told], basis=notified_until(date(2029, 8, 31)), ends_on=date(2028, 8, 31))
    agreement, notice = plan.make
    assert kinds(plan) == [DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE]
    assert agreement.renews
    assert agreement.replaces == SIGNED.id
    assert notice.replaces is None
    # That of the trial holds until the new one is signed by all; the school is told anew.
    assert plan.replace == ()
    assert plan.end == (told.id,)
    # Offered again, the one that waits leaves its place; the trial's is still the one to replace.
    waiting = a_document(DocumentKind.LOAN_AGREEMENT, a_box(), id=an_id(42))
    offered = replace(
        trial, basis=notified_until(date(2029, 8, 31)), renewal=waiting.id, renewal_ends_on=date(2028, 8, 31)
    )
    again = renew(offered, documents=[SIGNED, waiting, told], ends_on=date(2029, 8, 31))
    assert again.make[0].replaces == SIGNED.id
    assert again.replace == (waiting.id,)


def test_a_trial_prolonged_as_a_trial_is_amended() -> None:
    trial = a_loan_out(basis=Basis(kind=BasisKind.PAS))
    assert kinds(renew(trial, ends_on=date(2027, 12, 17))) == [DocumentKind.AMENDMENT]


def test_a_renewal_is_an_amendment_of_the_same_loan() -> None:
    plan = renew(a_loan_out(), ends_on=date(2028, 8, 31))
    assert kinds(plan) == [DocumentKind.AMENDMENT]
    assert plan.make[0].required.signatories == (Party.MANAGING_SERVICE, Party.BORROWER)
    assert plan.make[0].required.covers == (Covers.LOAN,)
    assert (plan.old_ends_on, plan.new_ends_on) == (date(2027, 8, 31), date(2028, 8, 31))
    assert (plan.effective_on, plan.end) == (date(2027, 9, 1), ())


def test_a_renewal_without_a_date_follows_the_policy() -> None:
    assert renew(a_loan_out()).new_ends_on == date(2028, 8, 31)


def test_a_renewal_stops_with_the_notification() -> None:
    plan = renew(a_loan_out(basis=notified_until(date(2028, 1, 31))), ends_on=date(2028, 8, 31))
    assert plan.new_ends_on == date(2028, 1, 31)
    assert codes(plan) == ["TERME_RAMENE"]


def test_a_renewed_term_may_last_one_day() -> None:
    assert renew(a_loan_out(), ends_on=date(2027, 9, 1)).new_ends_on == date(2027, 9, 1)


def test_a_written_reason_does_not_lengthen_a_notification_that_still_runs() -> None:
    loan = a_loan_out(basis=notified_until(date(2028, 1, 31)))
    assert renew(loan, override_reason="Motif").new_ends_on == date(2028, 1, 31)


def test_a_renewal_stops_with_the_lease() -> None:
    rented = an_item(ownership=Ownership.RENTED, lease_ends_on=date(2028, 3, 31))
    assert renew(a_loan_out(), items=[rented]).new_ends_on == date(2028, 3, 31)


def test_an_expired_loan_is_renewed_from_today() -> None:
    plan = renew(a_loan_out(ends_on=date(2026, 8, 31)), ends_on=date(2027, 8, 31))
    assert plan.effective_on == TODAY


def test_a_new_decision_replaces_the_old_basis() -> None:
    new = notified_until(date(2030, 8, 31))
    assert renew(a_loan_out(basis=notified_until(date(2027, 8, 31))), basis=new).loan.basis == new


def test_a_provisional_extension_needs_a_written_reason() -> None:
    loan = a_loan_out(basis=notified_until(date(2027, 8, 31)))
    with pytest.raises(MaterielError) as refusal:
        renew(loan)
    assert refusal.value.code == "loan.basis_expired"
    plan = renew(loan, override_reason="Renouvellement en cours")
    assert (plan.new_ends_on, plan.loan.override_reason) == (date(2028, 8, 31), "Renouvellement en cours")


def test_a_tripartite_agreement_is_renewed_by_its_three_parties() -> None:
    plan = renew(a_loan_out(custody=Custody.SCHOOL))
    assert plan.make[0].required.signatories == (
        Party.MANAGING_SERVICE,
        Party.BORROWER,
        Party.HEAD_OF_SCHOOL,
    )


def test_a_signed_loan_awaits_the_signatures_of_its_amendment() -> None:
    assert renew(an_issued_loan(status=LoanStatus.SIGNED)).loan.status is LoanStatus.PARTIALLY_SIGNED


def test_a_swap_reserves_the_new_item_and_takes_back_the_old() -> None:
    broken = Removal(item_id=ITEM, reason=RemovalReason.BROKEN, came_back=True, condition=Condition.OUT_OF_ORDER)
    plan = amend(a_loan_out(), broken, add=(NEW,))
    assert kinds(plan) == [DocumentKind.AMENDMENT, DocumentKind.RETURN_RECEIPT]
    assert plan.make[0].items == (NEW.id,)
    assert plan.make[1].items == (ITEM,)
    assert plan.item_statuses == ((ITEM, ItemStatus.TO_PREPARE), (NEW.id, ItemStatus.RESERVED))
    assert (plan.loan.items[0].returned_on, plan.loan.items[0].condition_in) == (TODAY, Condition.OUT_OF_ORDER)
    assert [line.item_id for line in plan.loan.open_items] == [NEW.id]
    assert (plan.added, plan.removed[0].item_id) == ((NEW.id,), ITEM)


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (RemovalReason.LOST, ItemStatus.LOST),
        (RemovalReason.STOLEN, ItemStatus.STOLEN),
        (RemovalReason.BROKEN, ItemStatus.DUE_BACK),
        (RemovalReason.RETURNED, ItemStatus.TO_PREPARE),
    ],
)
def test_the_reason_gives_the_status_of_the_item(reason: RemovalReason, status: ItemStatus) -> None:
    plan = amend(a_loan_out(*TWO_OUT), Removal(item_id=OTHER, reason=reason))
    assert plan.item_statuses == ((OTHER, status),)
    assert plan.loan.status is LoanStatus.HANDED_OVER


def test_a_broken_item_that_did_not_come_back_leaves_the_agreement_and_is_awaited() -> None:
    plan = amend(a_loan_out(*TWO_OUT), Removal(item_id=OTHER, reason=RemovalReason.BROKEN))
    assert kinds(plan) == [DocumentKind.AMENDMENT]
    assert plan.make[0].items == (ITEM,)
    line = plan.loan.items[1]
    assert (line.withdrawn_on, line.removed_on, line.removal) == (TODAY, None, RemovalReason.BROKEN)
    assert [each.item_id for each in plan.loan.lines_out] == [ITEM, OTHER]


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (RemovalReason.LOST, ItemStatus.LOST),
        (RemovalReason.STOLEN, ItemStatus.STOLEN),
        (RemovalReason.BROKEN, ItemStatus.IN_REPAIR),
        (RemovalReason.RETURNED, ItemStatus.IN_STOCK),
    ],
)
def test_what_never_left_is_neither_awaited_nor_prepared(reason: RemovalReason, status: ItemStatus) -> None:
    plan = amend(a_loan_out(TWO_OUT[0], a_line(2)), Removal(item_id=OTHER, reason=reason))
    assert plan.item_statuses == ((OTHER, status),)
    assert kinds(plan) == [DocumentKind.AMENDMENT]


def test_what_is_lost_has_no_return_receipt() -> None:
    plan = amend(a_loan_out(*TWO_OUT), Removal(item_id=OTHER, reason=RemovalReason.STOLEN))
    assert kinds(plan) == [DocumentKind.AMENDMENT]
    assert codes(plan) == ["DOSSIER_VOL", "FAUTE_A_APPRECIER"]


def test_the_state_replaces_what_is_lost_without_fault() -> None:
    removal = Removal(item_id=ITEM, reason=RemovalReason.LOST, fault=Fault.NONE)
    assert codes(amend(a_loan_out(), removal, add=(NEW,))) == ["DOSSIER_PERTE", "REMPLACEMENT_PAR_L_ETAT"]


def test_a_plain_return_asks_nothing_about_fault() -> None:
    assert codes(amend(a_loan_out(*TWO_OUT), Removal(item_id=OTHER))) == []


def test_a_loan_whose_every_item_is_stolen_is_closed() -> None:
    plan = amend(a_loan_out(), Removal(item_id=ITEM, reason=RemovalReason.STOLEN))
    assert (plan.loan.status, plan.loan.closed_on) == (LoanStatus.CLOSED, TODAY)
    assert plan.end == (SIGNED.id,)


def test_a_draft_is_amended_without_paper() -> None:
    plan = amend(a_loan(), Removal(item_id=ITEM), add=(NEW,))
    assert (plan.make, plan.loan.status) == ((), LoanStatus.DRAFT)


def test_an_item_that_left_may_be_added_again() -> None:
    left = a_line(1, removed_on=date(2026, 10, 1))
    plan = amend(an_issued_loan(left, a_line(2)), add=(an_item(1),))
    assert plan.loan.items[0] == left
    assert [line.item_id for line in plan.loan.open_items] == [OTHER, ITEM]


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda: renew(a_loan()), "loan.not_issued"),
        (lambda: renew(a_loan_out(status=LoanStatus.RETURNED)), "loan.closed"),
        (lambda: renew(a_loan_out(recalled_on=TODAY)), "loan.recalled"),
        (lambda: renew(a_loan_out(), ends_on=date(2027, 8, 31)), "loan.end_not_later"),
        (lambda: renew(a_loan_out(ends_on=date(2026, 8, 31)), ends_on=date(2026, 10, 1)), "loan.end_not_later"),
        (
            lambda: renew(a_loan_out(basis=None), policy=RenewalPolicy.BASIS),
            "loan.end_required",
        ),
        (lambda: amend(a_loan_out()), "loan.nothing_to_amend"),
        (lambda: amend(a_loan_out(), Removal(item_id=ITEM)), "loan.would_be_empty"),
        (lambda: amend(a_loan(), Removal(item_id=ITEM, reason=RemovalReason.LOST)), "loan.would_be_empty"),
        (lambda: amend(a_loan_out(), Removal(item_id=OTHER)), "loan.unknown_item"),
        (lambda: amend(a_loan_out(), add=(NEW, NEW)), "loan.item_twice"),
        (lambda: amend(a_loan_out(), add=(an_item(3, status=ItemStatus.ON_LOAN),)), "item.already_lent"),
        (lambda: amend(a_loan_out(), add=(NEW,), on=date(2026, 8, 31)), "loan.before_start"),
        (lambda: amend(a_loan_out(status=LoanStatus.CLOSED), add=(NEW,)), "loan.closed"),
    ],
)
def test_a_change_is_refused(attempt: Callable[[], Plan], code: str) -> None:
    with pytest.raises(MaterielError) as refusal:
        attempt()
    assert refusal.value.code == code


def test_a_shared_deposit_is_renewed_whatever_its_basis() -> None:
    deposit = a_loan_out(usage=Usage.SHARED, custody=Custody.SCHOOL, basis=notified_until(date(2020, 1, 1)))
    assert renew(deposit).new_ends_on == date(2028, 8, 31)


def test_a_renewal_keeps_the_end_that_was_agreed() -> None:
    plan = renew(a_loan_out(), ends_on=date(2028, 8, 31))
    assert (plan.loan.ends_on, plan.replace) == (date(2027, 8, 31), ())


def test_a_renewal_offered_again_replaces_the_one_that_waits() -> None:
    waiting = a_document(DocumentKind.AMENDMENT, a_box(), id=an_id(45))
    loan = a_loan_out(renewal=waiting.id, renewal_ends_on=date(2028, 8, 31))
    plan = plan_renewal(
        loan,
        (waiting,),
        SchoolKind.PUBLIC_PRIMARY,
        policy=RenewalPolicy.YEARLY,
        items=[],
        today=TODAY,
        ends_on=date(2028, 1, 31),
    )
    assert (plan.replace, plan.loan.renewal, plan.new_ends_on) == ((waiting.id,), None, date(2028, 1, 31))


def two_out_with_a_renewal_that_waits() -> tuple[Loan, Document]:
    waiting = a_document(DocumentKind.AMENDMENT, a_box(), id=an_id(45))
    lines = (a_line(1, handed_over_on=TODAY), a_line(2, handed_over_on=TODAY))
    return a_loan_out(*lines, renewal=waiting.id, renewal_ends_on=date(2028, 8, 31)), waiting


def test_a_renewal_that_waits_is_over_once_the_items_change() -> None:
    """It lists what was lent when it was offered: signed afterwards, it would lend what is gone."""
    loan, waiting = two_out_with_a_renewal_that_waits()
    gone = Removal(item_id=loan.items[0].item_id, reason=RemovalReason.LOST)
    amended = plan_amendment(loan, (waiting,), SchoolKind.EPLE, add=[], remove=[gone], effective_on=TODAY, today=TODAY)
    back = ReturnedItem(item_id=loan.items[0].item_id, condition=Condition.GOOD)
    returned = plan_return(loan, (waiting,), SchoolKind.EPLE, [back], returned_on=TODAY, today=TODAY)
    for plan in (amended, returned):
        assert plan.end == (waiting.id,)
        assert RENEWAL_TO_OFFER_AGAIN in plan.cautions


def test_a_change_of_items_ends_no_renewal_that_all_have_signed() -> None:
    loan, waiting = two_out_with_a_renewal_that_waits()
    gone = Removal(item_id=loan.items[0].item_id, reason=RemovalReason.LOST)
    plan = plan_amendment(
        replace(loan, renewal=None, renewal_ends_on=None),
        (waiting,),
        SchoolKind.EPLE,
        add=[],
        remove=[gone],
        effective_on=TODAY,
        today=TODAY,
    )
    assert (plan.end, RENEWAL_TO_OFFER_AGAIN in plan.cautions) == ((), False)
