"""Issued, agreed, in force, replaced, ended; and what a loan becomes when a paper is signed by all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.domain.cast import TODAY, a_box, a_document, a_line, a_loan_out, an_id

from materiel.domain.loan.loan import agreed, is_handed_over_unsigned, unsigned_since
from materiel.domain.papers.document import (
    AGREEMENTS,
    RECEIPTS,
    DocumentKind,
    DocumentState,
    DocumentStatus,
    Party,
    Recipient,
    SignatureStatus,
    shown_state,
    state_of,
)

SIGNED, PENDING, OPTIONAL = (
    a_box(1, SignatureStatus.SIGNED),
    a_box(2, SignatureStatus.PENDING),
    a_box(3, SignatureStatus.OPTIONAL),
)
AMENDMENT = DocumentKind.AMENDMENT


@pytest.mark.parametrize("kind", [*sorted(AGREEMENTS), AMENDMENT], ids=str)
@pytest.mark.parametrize(
    ("boxes", "effect", "status", "state"),
    [
        ((PENDING,), None, "in_force", "issued"),
        ((SIGNED, PENDING), None, "in_force", "issued"),
        ((SIGNED, OPTIONAL), None, "in_force", "in_force"),
        ((SIGNED,), TODAY, "in_force", "in_force"),
        ((SIGNED,), TODAY + timedelta(days=1), "in_force", "agreed"),
        ((SIGNED,), TODAY, "replaced", "replaced"),
        ((PENDING,), TODAY, "ended", "ended"),
    ],
)
def test_what_two_parties_agree_upon_has_five_states(
    kind: DocumentKind, boxes: tuple[Any, ...], effect: date | None, status: str, state: str
) -> None:
    document = a_document(kind, *boxes, takes_effect_on=effect, status=DocumentStatus(status))
    assert state_of(document, TODAY) is DocumentState(state)


@pytest.mark.parametrize("kind", sorted(RECEIPTS), ids=str)
def test_a_receipt_is_signed_never_in_force(kind: DocumentKind) -> None:
    assert state_of(a_document(kind, PENDING), TODAY) is DocumentState.ISSUED
    assert state_of(a_document(kind, SIGNED), TODAY) is DocumentState.AGREED


def test_a_notice_is_issued() -> None:
    assert state_of(a_document(DocumentKind.NOTICE), TODAY) is DocumentState.ISSUED


@pytest.mark.parametrize("kind", [*sorted(AGREEMENTS), AMENDMENT, *sorted(RECEIPTS)], ids=str)
def test_a_paper_that_nobody_has_signed_is_never_shown_in_force(kind: DocumentKind) -> None:
    assert shown_state(a_document(kind, PENDING), TODAY).label == "Émis"
    assert shown_state(a_document(kind, PENDING, OPTIONAL), TODAY).label == "Émis"
    assert shown_state(a_document(kind, SIGNED, PENDING), TODAY).label == "Partiellement signé"
    signed = "Signé par tous" if kind in RECEIPTS else "En vigueur"
    assert shown_state(a_document(kind, SIGNED), TODAY).label == signed
    replaced = a_document(kind, SIGNED, PENDING, status=DocumentStatus.REPLACED)
    assert shown_state(replaced, TODAY).label == "Remplacé"


def test_a_notice_is_shown_to_send_until_it_went_to_each_recipient() -> None:
    mayor = Recipient(id=an_id(71), party=Party.MAYOR, name="Madame la maire")
    head = Recipient(id=an_id(72), party=Party.HEAD_OF_SCHOOL, name="Monsieur le principal")
    sent = datetime(2026, 9, 7, 8, tzinfo=UTC)
    notice = a_document(DocumentKind.NOTICE, recipients=(mayor, head))
    assert (shown_state(notice, TODAY).label, shown_state(notice, TODAY).tone) == ("À envoyer", "care")
    half = replace(notice, recipients=(replace(mayor, sent_at=sent), head))
    assert shown_state(half, TODAY).label == "À envoyer"
    whole = replace(notice, recipients=(replace(mayor, sent_at=sent), replace(head, sent_at=sent)))
    assert shown_state(whole, TODAY).label == "Envoyé"
    assert shown_state(replace(whole, status=DocumentStatus.ENDED), TODAY).label == "Terminé"


def test_the_last_day_moves_when_all_have_signed_the_renewal() -> None:
    loan = a_loan_out(renewal=an_id(45), renewal_ends_on=date(2028, 8, 31))
    half = a_document(AMENDMENT, SIGNED, PENDING, id=an_id(45))
    assert agreed(loan, half, (half,))[0].ends_on == date(2027, 8, 31)
    whole = replace(half, signatures=(SIGNED,))
    after, replaced = agreed(loan, whole, (whole,))
    assert (after.ends_on, after.renewal, after.renewal_ends_on) == (date(2028, 8, 31), None, None)
    assert replaced == ()
    other = replace(whole, id=an_id(46))
    assert agreed(loan, other, (other,))[0].ends_on == date(2027, 8, 31)


def test_a_new_agreement_signed_by_all_replaces_the_former_with_its_amendments() -> None:
    former = a_document(DocumentKind.LOAN_AGREEMENT, SIGNED)
    amendment = a_document(AMENDMENT, SIGNED, id=an_id(43), number=f"{former.number}-A1")
    new = a_document(DocumentKind.TRIPARTITE_AGREEMENT, SIGNED, PENDING, id=an_id(44), number="N2", replaces=former.id)
    papers = (former, amendment, new)
    assert agreed(a_loan_out(), new, papers)[1] == ()
    assert not is_handed_over_unsigned(a_loan_out(), papers), "the former agreement covers meanwhile"
    whole = replace(new, signatures=(SIGNED,))
    assert agreed(a_loan_out(), whole, (former, amendment, whole))[1] == (former, amendment)


def test_an_item_brought_in_by_an_unsigned_amendment_is_out_without_agreement() -> None:
    agreement = a_document(DocumentKind.LOAN_AGREEMENT, SIGNED)
    amendment = a_document(AMENDMENT, SIGNED, PENDING, id=an_id(43))
    handed = {"handed_over_on": date(2026, 9, 4)}
    loan = a_loan_out(a_line(1, **handed), a_line(2, **handed, agreed_by=amendment.id))
    assert is_handed_over_unsigned(loan, (agreement, amendment))
    assert not is_handed_over_unsigned(loan, (agreement, replace(amendment, signatures=(SIGNED,))))
    waiting = a_loan_out(a_line(1, **handed), a_line(2, agreed_by=amendment.id))
    assert not is_handed_over_unsigned(waiting, (agreement, amendment)), "not handed over yet"
    assert not is_handed_over_unsigned(a_loan_out(a_line(1, **handed)), (agreement, amendment))
    later = a_loan_out(a_line(1, **handed), a_line(2, handed_over_on=date(2026, 10, 1), agreed_by=amendment.id))
    assert unsigned_since(later, (agreement, amendment)) == date(2026, 10, 1), "not since the first item"
    assert unsigned_since(later, (replace(agreement, signatures=(PENDING,)), amendment)) == date(2026, 9, 4)
