"""A signature recorded by mistake is taken back, with its trace; what was signed online stays."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage import family_cast as family
from tests.stage.refusals import refused
from tests.use_cases.loan.test_agreed import read, sign, signed_and_out
from tests.use_cases.loan_cast import ISSUER, MANAGER, NOW, READER, SERVICE, STRANGER, TODAY, a_draft

from materiel.domain.history.correction import CorrectionKind
from materiel.domain.loan.loan import LoanStatus, is_handed_over_unsigned
from materiel.domain.papers.document import (
    AGREEMENTS,
    Document,
    DocumentStatus,
    Party,
    SignatureChannel,
    SignatureStatus,
    in_force,
)
from materiel.domain.usage import Custody
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.loan.changes import Renew, renew_loan
from materiel.use_cases.loan.moves import ChangeCustody, change_custody
from materiel.use_cases.loan.sheet import read_loan_sheet
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.signing.correction import WithdrawSignature, withdraw_signature
from materiel.use_cases.signing.recording import RecordSignature, record_signature

LATER = NOW + timedelta(hours=3)
REASON = "Le papier était celui de Noé Fictif"


@pytest.fixture(autouse=True)
async def cast(db: object) -> None:
    await family.set_up()


async def take_back(document: Document, position: int = 0, *, reason: str = REASON, actor=MANAGER) -> Document:
    command = WithdrawSignature(document_id=document.id, signatory_id=document.signatures[position].id, reason=reason)
    return await withdraw_signature(command, actor=actor, now=LATER)


async def sign_box(document: Document, position: int) -> None:
    command = RecordSignature(
        document_id=document.id,
        signatory_id=document.signatures[position].id,
        signed_on=TODAY,
        channel=SignatureChannel.PAPER,
    )
    await record_signature(command, actor=MANAGER, now=NOW)


async def agreement_of(loan_id: UUID) -> Document:
    return in_force((await read(loan_id)).documents, *AGREEMENTS)[0]


async def test_the_box_is_awaited_again_and_the_loan_is_as_before() -> None:
    loan_id = await a_draft()
    agreement = (await issue_loan(loan_id, issuer=ISSUER)).made[0]
    await sign(agreement, all_but=1)
    assert (await read(loan_id)).loan.status is LoanStatus.PARTIALLY_SIGNED
    pdf = await documents.pdf(agreement.id)
    await take_back(agreement)
    case = await read(loan_id)
    assert case.loan.status is LoanStatus.ISSUED
    assert case.agreement == agreement
    assert await documents.pdf(agreement.id) == pdf
    await sign(agreement)
    assert (await read(loan_id)).loan.status is LoanStatus.SIGNED


async def test_what_was_handed_over_is_then_without_a_signed_agreement() -> None:
    loan_id = await signed_and_out()
    agreement = await agreement_of(loan_id)
    await take_back(agreement, 1)
    case = await read(loan_id)
    assert case.loan.status is LoanStatus.HANDED_OVER
    assert is_handed_over_unsigned(case.loan, case.documents)


async def test_the_reason_is_kept_apart_and_the_history_tells_it_without_the_reason() -> None:
    loan_id = await signed_and_out()
    agreement = await agreement_of(loan_id)
    await take_back(agreement)
    (kept,) = await corrections.about([agreement.id], SERVICE)
    assert (kept.kind, kept.reason, kept.corrected_by) == (CorrectionKind.SIGNATURE, REASON, MANAGER.id)
    entry = (await journal.of_subject(SERVICE, agreement.id))[-1]
    assert entry.action == "document.signature_corrected"
    assert "Noé" not in str(entry.details)
    events = (await read_loan_sheet(loan_id, actor=MANAGER, now=LATER)).events
    name = agreement.signatures[0].name
    assert f"signature par {name} le 7 septembre 2026, enregistrée par erreur, retirée." in events[0].sentence
    assert (await verify_history()).fault is None


async def test_the_second_parent_taken_back_the_first_is_awaited_again() -> None:
    agreement = await family.an_agreement()
    _, first, second = agreement.signatures[:3]
    assert (first.status, second.status) == (SignatureStatus.PENDING, SignatureStatus.OPTIONAL)
    assert {first.party, second.party} == {Party.BORROWER}
    await sign_box(agreement, 2)
    assert [each.status.value for each in (await documents.get(agreement.id, SERVICE)).signatures[:3]] == [
        "pending",
        "optional",
        "signed",
    ]
    await take_back(agreement, 2)
    assert (await documents.get(agreement.id, SERVICE)).signatures == agreement.signatures


async def test_both_signed_one_taken_back_is_welcome_again() -> None:
    agreement = await family.an_agreement()
    await sign_box(agreement, 2)
    await sign_box(agreement, 1)
    await take_back(agreement, 1)
    assert [each.status.value for each in (await documents.get(agreement.id, SERVICE)).signatures[1:3]] == [
        "optional",
        "signed",
    ]


async def test_a_renewal_no_longer_agreed_gives_the_former_last_day_back() -> None:
    loan_id = await signed_and_out()
    amendment = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made[0]
    await sign(amendment)
    assert (await read(loan_id)).loan.ends_on == date(2028, 8, 31)
    await take_back(amendment)
    loan = (await read(loan_id)).loan
    assert (loan.ends_on, loan.renewal, loan.renewal_ends_on) == (date(2027, 8, 31), amendment.id, date(2028, 8, 31))
    await sign(await documents.get(amendment.id, SERVICE))
    assert (await read(loan_id)).loan.ends_on == date(2028, 8, 31)


async def test_a_renewal_upon_which_another_stands_stays() -> None:
    loan_id = await signed_and_out()
    first = (await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)).made[0]
    await sign(first)
    await renew_loan(Renew(loan_id=loan_id), issuer=ISSUER)
    with refused(Conflict, "signature.took_effect"):
        await take_back(first)
    assert await corrections.about([first.id], SERVICE) == []


async def test_the_agreement_that_was_replaced_is_in_force_again() -> None:
    loan_id = await signed_and_out()
    former = await agreement_of(loan_id)
    moved = ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=TODAY)
    tripartite = (await change_custody(moved, issuer=ISSUER)).made[0]
    await sign(tripartite)
    assert (await documents.get(former.id, SERVICE)).status is DocumentStatus.REPLACED
    await take_back(tripartite)
    assert [each.id for each in in_force((await read(loan_id)).documents, *AGREEMENTS)] == [former.id, tripartite.id]
    sentence = (await read_loan_sheet(loan_id, actor=MANAGER, now=LATER)).events[0].sentence
    assert f"de nouveau en vigueur : {former.number}." in sentence
    await sign(await documents.get(tripartite.id, SERVICE))
    assert (await documents.get(former.id, SERVICE)).status is DocumentStatus.REPLACED


async def test_what_nobody_noted_when_it_was_replaced_cannot_come_back() -> None:
    loan_id = await signed_and_out()
    moved = ChangeCustody(loan_id=loan_id, custody=Custody.SCHOOL, effective_on=TODAY)
    tripartite = (await change_custody(moved, issuer=ISSUER)).made[0]
    await sign(tripartite)
    await fetch("UPDATE document SET ended_by = NULL")
    with refused(Conflict, "signature.took_effect"):
        await take_back(tripartite)


async def test_refusals_leave_no_trace() -> None:
    loan_id = await signed_and_out()
    agreement = await agreement_of(loan_id)
    before = await read(loan_id)
    with refused(RuleBroken, "correction.invalid"):
        await take_back(agreement, reason=" ")
    with refused(NotFound, "signature.not_found"):
        command = WithdrawSignature(document_id=agreement.id, signatory_id=UUID(int=1), reason=REASON)
        await withdraw_signature(command, actor=MANAGER, now=LATER)
    with refused(NotFound, "document.not_found"):
        await take_back(agreement, actor=STRANGER)
    with pytest.raises(PermissionDenied):
        await take_back(agreement, actor=READER)
    assert await read(loan_id) == before
    await take_back(agreement)
    with refused(Conflict, "signature.not_signed"):
        await take_back(agreement)
    await documents.set_status([agreement.id], SERVICE, DocumentStatus.ENDED)
    with refused(Conflict, "document.not_in_force"):
        await take_back(agreement, 1)
