"""What is agreed upon when a service lends another one: a day of return, a later one, what is still to give back.

Source: domain E13, § 8.2; Code civil, art. 1875 and 1888.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.domain.cast import an_item
from tests.stage.refusals import refused

from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.circuit.service_loan import (
    LONGEST,
    check_lent,
    check_until,
    extension_answered,
    extension_asked,
    still_there,
)
from materiel.domain.circuit.transfer import Transfer, TransferLoan, TransferState, check_may_pass, checked_asking
from materiel.domain.item.item import ItemStatus, check_can_be_lent, check_due_elsewhere
from materiel.domain.loan.term import term_of
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, PermissionDenied, RuleBroken

LENDER, BORROWER = UUID(int=1), UUID(int=2)
TODAY, UNTIL, LATER = date(2026, 11, 30), date(2027, 1, 15), date(2027, 6, 30)
LENT = Transfer(
    id=UUID(int=5),
    giver_id=LENDER,
    receiver_id=BORROWER,
    asked_by=LENDER,
    reason="Pour un trimestre",
    asked_at=datetime(2026, 11, 30, tzinfo=UTC),
    state=TransferState.ACCEPTED,
    until=UNTIL,
)
BORROWED = an_item(1, lent_until=UNTIL)


def test_a_day_of_return_is_to_come_and_no_open_loan_follows_it() -> None:
    check_until(replace(LENT, until=None), TODAY)
    check_until(LENT, TODAY)
    with refused(RuleBroken, "transfer.invalid"):
        check_until(replace(LENT, until=TODAY), TODAY)
    check_until(replace(LENT, until=TODAY + LONGEST), TODAY)
    with refused(RuleBroken, "transfer.invalid"):
        check_until(replace(LENT, until=date(2206, 1, 15)), TODAY)
    loan = TransferLoan(loan_id=UUID(int=7), usage=Usage.INDIVIDUAL, custody=Custody.HOME, departement="035")
    with refused(RuleBroken, "transfer.loan_until"):
        check_until(replace(LENT, loans=(loan,)), TODAY)


def test_a_later_day_is_agreed_upon_by_both() -> None:
    with refused(RuleBroken, "transfer.invalid"):
        extension_asked(LENT, UNTIL, BORROWER, TODAY)
    asked = extension_asked(LENT, LATER, BORROWER, TODAY)
    assert (asked.until, asked.until_asked, asked.until_asked_by) == (UNTIL, LATER, BORROWER)
    with refused(PermissionDenied, "transfer.not_yours"):
        extension_answered(asked, BORROWER, accepted=True)
    with refused(Conflict, "transfer.extension_waits"):
        extension_asked(asked, LATER, LENDER, TODAY)
    assert extension_answered(asked, LENDER, accepted=True).until == LATER
    assert extension_answered(asked, LENDER, accepted=False) == LENT
    with refused(Conflict, "transfer.no_extension"):
        extension_answered(LENT, LENDER, accepted=True)


@pytest.mark.parametrize("changes", [{"until": None}, {"state": TransferState.ASKED}, {"returned_on": TODAY}])
def test_what_lends_nothing_now(changes: dict[str, object]) -> None:
    with refused(Conflict, "transfer.not_lent"):
        check_lent(replace(LENT, **changes))  # type: ignore[arg-type]


def test_what_is_lost_or_back_is_not_to_give_back() -> None:
    gone = [an_item(2, status=ItemStatus.LOST), an_item(3, status=ItemStatus.TRANSFERRED)]
    assert still_there([BORROWED, *gone]) == [BORROWED]


def test_whoever_borrows_passes_it_to_nobody_but_the_lender() -> None:
    onward = replace(LENT, state=TransferState.ASKED, until=None)
    check_may_pass([BORROWED])
    with refused(Conflict, "transfer.item_borrowed"):
        checked_asking(onward, [BORROWED])
    assert len(checked_asking(replace(onward, returns=LENT.id), [BORROWED]).items) == 1


def test_no_agreement_goes_beyond_the_day_of_return() -> None:
    check_due_elsewhere(BORROWED, UNTIL)
    check_can_be_lent(BORROWED, UNTIL)
    for day in (LATER, None):
        with refused(RuleBroken, "item.due_elsewhere"):
            check_due_elsewhere(BORROWED, day)
    with refused(RuleBroken, "item.due_elsewhere"):
        check_can_be_lent(BORROWED, LATER)
    policy = RenewalPolicy.SCHOOLING
    term = term_of(usage=Usage.SHARED, policy=policy, starts_on=TODAY, asked=LATER, items=[BORROWED])
    assert (term.ends_on, [each.code for each in term.cautions]) == (UNTIL, ["TERME_RAMENE"])
    with refused(RuleBroken, "item.due_elsewhere"):
        term_of(usage=Usage.SHARED, policy=policy, starts_on=LATER, items=[BORROWED])
