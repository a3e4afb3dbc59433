"""What a jurist reads of a loan that changes lender: when it may, what ends and begins, what becomes of its papers.

Source: domain E13, § 8.5; Code civil, art. 1103, 1193 and 1216.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.domain.cast import TODAY, a_box, a_document, a_line, a_loan_out, a_pupil, a_school, a_service, an_id

from materiel.domain.loan.elsewhere.following import (
    Followed,
    begun_there,
    check_may_follow,
    ended_here,
    new_lender_sentence,
    old_paper,
    papers_that_follow,
    status_elsewhere,
)
from materiel.domain.loan.loan import LoanOrigin, LoanStatus, agreed, unsigned_since
from materiel.domain.papers.document import (
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    Recipient,
    SignatureStatus,
)
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Custody
from materiel.errors import MaterielError

SIGNED_BOX = a_box(1, SignatureStatus.SIGNED)
AGREEMENT = a_document(DocumentKind.LOAN_AGREEMENT, SIGNED_BOX)
RECEIPT = a_document(DocumentKind.HANDOVER_RECEIPT, SIGNED_BOX, id=an_id(44))
UNSENT = a_document(
    DocumentKind.NOTICE, id=an_id(41), recipients=(Recipient(id=an_id(60), party=Party.MAYOR, name="Le maire"),)
)
THERE = a_service(id=an_id(9), code="DSDEN29", name="DSDEN du Finistère", departement="029")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def told(**changes: Any) -> Followed:
    values: dict[str, Any] = {
        "name": "DSDEN35-2026-00001",
        "loan": a_loan_out(),
        "documents": (AGREEMENT, RECEIPT),
        "school": a_school(),
        "pupil": a_pupil(),
    }
    return Followed(**values | changes)


def test_a_signed_loan_at_home_follows_even_where_the_other_service_answers_for_no_school() -> None:
    check_may_follow(told(), THERE)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (told(pupil=a_pupil(died_on=TODAY)), "pupil.deceased"),
        (told(loan=a_loan_out(status=LoanStatus.SIGNED)), "transfer.loan_not_out"),
        (told(loan=a_loan_out(a_line(withdrawn_on=TODAY, handed_over_on=TODAY))), "transfer.loan_not_out"),
        (told(loan=a_loan_out(recalled_on=TODAY)), "transfer.loan_recalled"),
        (told(has_incident=True), "transfer.loan_incident"),
        (told(sits_on=date(2027, 6, 14)), "transfer.loan_examination"),
        (told(documents=(a_document(DocumentKind.LOAN_AGREEMENT, a_box(1)),)), "transfer.loan_awaits"),
        (told(documents=(AGREEMENT, UNSENT)), "transfer.loan_awaits"),
        (told(documents=(RECEIPT,)), "transfer.loan_unsigned"),
        (
            told(
                documents=(),
                loan=a_loan_out(origin=LoanOrigin.TAKEN_OVER, paper=OldPaper(signed_on=TODAY), issued_on=None),
            ),
            "transfer.loan_unreferenced",
        ),
        (told(loan=a_loan_out(custody=Custody.SCHOOL)), "transfer.deposit_elsewhere"),
    ],
)
def test_what_holds_a_loan_where_it_is(case: Followed, code: str) -> None:
    with pytest.raises(MaterielError) as refusal:
        check_may_follow(case, THERE)
    assert refusal.value.code == code


def test_the_agreement_becomes_the_old_paper_and_covers() -> None:
    paper = old_paper(a_loan_out(), (AGREEMENT,))
    assert (paper.reference, paper.signed_on, paper.signed_by) == (
        "DSDEN35-2026-00001",
        date(2026, 9, 3),
        "Signataire 1",
    )
    assert paper.covers
    # One that itself came from elsewhere keeps the paper that it came with.
    kept = OldPaper(reference="DSDEN22-2025-00007", signed_on=date(2025, 9, 1))
    assert old_paper(a_loan_out(paper=kept), (a_document(DocumentKind.AMENDMENT, SIGNED_BOX),)) == kept
    assert old_paper(a_loan_out(), ()) == OldPaper()


def test_it_ends_here_without_a_return_and_goes_on_there() -> None:
    loan = a_loan_out()
    here = ended_here(loan, TODAY)
    assert (here.status, here.closed_on, here.open_items) == (LoanStatus.CLOSED, TODAY, ())
    assert [(line.removed_on, line.returned_on) for line in here.items] == [(TODAY, None)] * len(loan.items)
    became = {line.item_id: an_id(200 + rank) for rank, line in enumerate(loan.items)}
    there = begun_there(
        loan, (AGREEMENT,), loan_id=an_id(31), service_id=THERE.id, pupil_id=an_id(21), became=became, now=NOW
    )
    assert (there.status, there.origin, there.lacks_agreement) == (LoanStatus.HANDED_OVER, LoanOrigin.TAKEN_OVER, True)
    assert (there.ends_on, there.handed_over_on, there.basis) == (loan.ends_on, loan.handed_over_on, loan.basis)
    assert [line.item_id for line in there.items] == list(became.values())
    waiting = a_document(DocumentKind.AMENDMENT, a_box(1), number="DSDEN29-2026-00004")
    assert unsigned_since(there, (waiting,)) is None
    # The first real agreement, signed by all, takes the place of that amendment.
    first = a_document(DocumentKind.LOAN_AGREEMENT, SIGNED_BOX, id=an_id(45), number="DSDEN29-2026-00005")
    assert agreed(there, first, (waiting, first))[1] == (waiting,)


def test_the_papers_that_prove_follow_and_the_notice_does_not() -> None:
    notice = replace(UNSENT, recipients=())
    assert papers_that_follow((AGREEMENT, notice, RECEIPT)) == (AGREEMENT, RECEIPT)


@pytest.mark.parametrize(
    ("document", "elsewhere", "runs", "stands"),
    [
        (AGREEMENT, (), True, DocumentStatus.IN_FORCE),
        (AGREEMENT, (), False, DocumentStatus.ENDED),
        (AGREEMENT, (AGREEMENT,), True, DocumentStatus.REPLACED),
        (AGREEMENT, (a_document(DocumentKind.LOAN_AGREEMENT, a_box(1)),), True, DocumentStatus.IN_FORCE),
        (RECEIPT, (), False, DocumentStatus.IN_FORCE),
        (replace(AGREEMENT, status=DocumentStatus.REPLACED), (), True, DocumentStatus.REPLACED),
    ],
)
def test_a_paper_stands_as_long_as_the_loan_runs_elsewhere(
    document: Document, elsewhere: tuple[Document, ...], runs: bool, stands: DocumentStatus
) -> None:
    assert status_elsewhere(document, elsewhere, runs=runs) is stands


def test_what_the_amendment_says() -> None:
    said = new_lender_sentence(a_service(), replace(THERE, dpo_contact="dpd@exemple.invalid"), TODAY, deposit=False)
    for each in ("L'État reste le prêteur", "« DSDEN du Finistère » (DSDEN29)", "l'emprunteur", "dpd@exemple.invalid"):
        assert each in said
    assert "le dépositaire" in new_lender_sentence(a_service(), THERE, TODAY, deposit=True)
    # The article of the amendment adds the last full stop.
    assert not said.endswith(".")
