"""A trial that succeeds: another title, hence another agreement, and what a signature taken back gives again."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.need import NeedKind
from materiel.domain.desk.dashboard import Concern
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import Document, DocumentKind, SignatureChannel, SignatureStatus, in_force
from materiel.domain.usage import Basis, BasisKind
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.use_cases.circuit.need import RecordNeed, record_need
from materiel.use_cases.desk.dashboard import needs_that_wait
from materiel.use_cases.loan.changes import Renew, renew_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.signing.correction import WithdrawSignature, withdraw_signature
from materiel.use_cases.signing.recording import RecordSignature, record_signature

ENDS_ON = cast.TODAY + timedelta(days=20)
PAS = Basis(kind=BasisKind.PAS, decided_on=date(2026, 6, 1))
DECISION = Basis(kind=BasisKind.CDAPH, decided_on=cast.TODAY, valid_until=date(2029, 8, 31))


@pytest.fixture(autouse=True)
async def _cast(db: None) -> None:
    await cast.set_up()


async def sign(document: Document) -> None:
    """Every box that a paper awaits."""
    for box in document.signatures:
        if box.status is SignatureStatus.PENDING:
            signed = RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
            )
            await record_signature(signed, actor=cast.MANAGER, now=cast.NOW)


async def on_trial() -> tuple[UUID, Document]:
    """A laptop out on trial, its agreement signed by all."""
    command = RecordNeed(
        pupil_id=cast.CHILD,
        wording="Ordinateur à l'essai",
        notified_on=date(2026, 6, 1),
        kind=NeedKind.TRIAL,
        valid_until=ENDS_ON,
        basis=PAS,
    )
    need = await record_need(command, actor=cast.MANAGER, now=cast.NOW)
    loan_id = await cast.a_draft(items=(cast.LAPTOP,), need=need.id, basis=PAS, ends_on=ENDS_ON)
    agreement = (await issue_loan(loan_id, issuer=cast.ISSUER)).made[0]
    await sign(agreement)
    handed = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id, agreement


async def agreements(loan_id: UUID) -> list[UUID]:
    """Those in force."""
    return [each.id for each in in_force(await documents.of_loan(loan_id), DocumentKind.LOAN_AGREEMENT)]


async def trials() -> list[UUID]:
    """Those of « Aujourd'hui »."""
    found = await needs_that_wait(Concern.TRIAL, actor=cast.READER, now=cast.NOW, limit=9)
    return [each.line.need.id for each in found]


async def test_a_trial_becomes_a_loan_by_an_agreement_of_its_own() -> None:
    loan_id, former = await on_trial()
    assert len(await trials()) == 1
    agreement, notice = (await renew_loan(Renew(loan_id=loan_id, basis=DECISION), issuer=cast.ISSUER)).made
    assert (agreement.kind, notice.kind) == (DocumentKind.LOAN_AGREEMENT, DocumentKind.NOTICE)
    assert await trials() == []
    assert await agreements(loan_id) == [former.id, agreement.id]
    await sign(agreement)
    loan = await loans.get(loan_id, cast.SERVICE)
    assert (loan.ends_on, loan.renewed_from, loan.renewed_by) == (date(2027, 8, 31), ENDS_ON, agreement.id)
    assert await agreements(loan_id) == [agreement.id]
    # A signature noted by mistake gives the trial its own agreement and its last day again.
    command = WithdrawSignature(
        document_id=agreement.id, signatory_id=agreement.signatures[0].id, reason="Erreur de ligne"
    )
    await withdraw_signature(command, actor=cast.MANAGER, now=cast.NOW)
    loan = await loans.get(loan_id, cast.SERVICE)
    assert (loan.ends_on, loan.renewal) == (ENDS_ON, agreement.id)
    assert await agreements(loan_id) == [former.id, agreement.id]


async def test_offered_again_it_still_takes_the_place_of_the_trial() -> None:
    loan_id, former = await on_trial()
    await renew_loan(Renew(loan_id=loan_id, basis=DECISION), issuer=cast.ISSUER)
    again = (await renew_loan(Renew(loan_id=loan_id, ends_on=date(2027, 6, 30)), issuer=cast.ISSUER)).made[0]
    assert again.kind is DocumentKind.LOAN_AGREEMENT
    assert await agreements(loan_id) == [former.id, again.id]
    await sign(again)
    assert await agreements(loan_id) == [again.id]
    assert (await loans.get(loan_id, cast.SERVICE)).ends_on == date(2027, 6, 30)
