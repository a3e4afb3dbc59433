from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.cast import TODAY, a_box, a_document, a_line, a_loan, a_loan_out, an_issued_loan

from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import Loan, LoanStatus, held_status, is_handed_over_unsigned, status_of
from materiel.domain.papers.document import Document, DocumentKind, DocumentStatus, SignatureStatus
from materiel.domain.usage import Custody

SIGNED = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1, SignatureStatus.SIGNED))
UNSIGNED = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1))
HALF = a_document(DocumentKind.LOAN_AGREEMENT, a_box(1, SignatureStatus.SIGNED), a_box(2))
AMENDMENT = a_document(DocumentKind.AMENDMENT, a_box(1))
OLD = replace(UNSIGNED, status=DocumentStatus.ENDED)
RECEIPT = a_document(DocumentKind.HANDOVER_RECEIPT, a_box(1))
RETURNED_LINE = a_line(handed_over_on=TODAY, returned_on=TODAY, removed_on=TODAY)


@pytest.mark.parametrize(
    ("loan", "documents", "status"),
    [
        (a_loan(), [], LoanStatus.DRAFT),
        (an_issued_loan(), [UNSIGNED], LoanStatus.ISSUED),
        (an_issued_loan(), [HALF], LoanStatus.PARTIALLY_SIGNED),
        (an_issued_loan(), [SIGNED, AMENDMENT], LoanStatus.PARTIALLY_SIGNED),
        (an_issued_loan(), [SIGNED], LoanStatus.SIGNED),
        (an_issued_loan(), [SIGNED, OLD, RECEIPT], LoanStatus.SIGNED),
        (an_issued_loan(), [], LoanStatus.ISSUED),
        (a_loan_out(), [UNSIGNED], LoanStatus.HANDED_OVER),
        (a_loan_out(RETURNED_LINE), [SIGNED], LoanStatus.RETURNED),
        (a_loan_out(RETURNED_LINE, a_line(2)), [SIGNED], LoanStatus.HANDED_OVER),
        (a_loan(status=LoanStatus.CANCELLED), [], LoanStatus.CANCELLED),
        (a_loan_out(RETURNED_LINE, status=LoanStatus.CLOSED), [], LoanStatus.CLOSED),
    ],
)
def test_the_status_follows_from_the_facts(loan: Loan, documents: list[Document], status: LoanStatus) -> None:
    assert status_of(loan, documents) is status


@pytest.mark.parametrize(
    ("loan", "documents", "unsigned"),
    [
        (a_loan_out(), [UNSIGNED], True),
        (a_loan_out(), [HALF], True),
        (a_loan_out(), [], True),
        (a_loan_out(), [OLD], True),
        (a_loan_out(), [SIGNED], False),
        (a_loan_out(), [SIGNED, AMENDMENT], False),
        (an_issued_loan(), [UNSIGNED], False),
        (a_loan_out(RETURNED_LINE), [UNSIGNED], False),
    ],
)
def test_out_without_a_signed_agreement_is_seen(loan: Loan, documents: list[Document], unsigned: bool) -> None:
    assert is_handed_over_unsigned(loan, documents) is unsigned


def test_an_item_is_lent_at_home_and_deposited_at_school() -> None:
    assert held_status(Custody.HOME) is ItemStatus.ON_LOAN
    assert held_status(Custody.SCHOOL) is ItemStatus.DEPOSITED
