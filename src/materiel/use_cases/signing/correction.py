"""Taking back a signature recorded by mistake: its box awaits it again, and nothing issued changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from materiel.documents.content import Signatures
from materiel.documents.content_json import content_from_json
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.correction import CorrectionKind, CorrectionSubject, checked_reason
from materiel.domain.language.bounds import filled
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, Signature, SignatureStatus
from materiel.domain.signing.correction import no_longer_agreed, withdraw
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.signing import electronic_signature as evidences
from materiel.use_cases.history.correcting import keep_correction
from materiel.use_cases.signing.signed_copy import prepare_copy


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSignature:
    """A signature recorded by mistake, and why it is taken back."""

    document_id: UUID
    signatory_id: UUID
    reason: Annotated[str, filled(500)]


@in_one_visit
async def withdraw_signature(command: WithdrawSignature, *, actor: Actor, now: datetime) -> Document:
    """Take a signature back: the box awaits it again, the loan and its papers are as before it.

    The scan of a signed paper stays filed: it signs nothing by itself.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        RuleBroken: `correction.invalid`, no reason.
        Conflict: `document.not_in_force`, `signature.not_signed`, `signature.has_evidence`, `signature.took_effect`,
            `loan.changed`.
    """
    actor.require(Permission.WRITE)
    reason = checked_reason(command.reason)
    async with write_transaction():
        before = await documents.get(command.document_id, actor.service_id)
        signed_online = {each.signature_id for each in await evidences.of_document(before.id)}
        boxes = withdraw(
            before,
            command.signatory_id,
            required=_required_at_issue(before),
            has_evidence=command.signatory_id in signed_online,
        )
        after = replace(before, signatures=boxes)
        loan = await loans.get(before.loan_id, actor.service_id)
        papers = [after if each.id == after.id else each for each in await documents.of_loan(loan.id)]
        changed, restored = no_longer_agreed(loan, before, after, papers, renews=await _renews(before))
        taken = next(box for box in before.signatures if box.id == command.signatory_id)
        await keep_correction(
            CorrectionKind.SIGNATURE,
            CorrectionSubject.DOCUMENT,
            before.id,
            reason,
            actor=actor,
            now=now,
            details=_taken_back(before, taken, restored),
        )
        for was, becomes in zip(before.signatures, boxes, strict=True):
            await _write_box(before, was, becomes)
        await documents.restore([each.id for each in restored], actor.service_id)
        if changed != loan:
            await loans.save(changed)
        await prepare_copy(after, now)
    return after


def _required_at_issue(document: Document) -> tuple[bool, ...]:
    """Whether each box had to be signed, as the paper prints it."""
    content = content_from_json(document.content)
    return tuple(not box.optional for block in content.blocks if isinstance(block, Signatures) for box in block.boxes)


async def _renews(document: Document) -> bool:
    """Whether a paper moves the last day, as the journal told when it was made."""
    if document.kind not in {DocumentKind.AMENDMENT, *AGREEMENTS}:
        return False
    entries = await journal.of_subject(document.service_id, document.loan_id)
    return any(
        each.action == "loan.renewed" and document.number in each.details.get("documents", ()) for each in entries
    )


def _taken_back(document: Document, box: Signature, restored: tuple[Document, ...]) -> dict[str, object]:
    details: dict[str, object] = {
        "loan": str(document.loan_id),
        "signatory": str(box.id),
        "signed_on": box.signed_on.isoformat() if box.signed_on else "",
        "channel": box.channel.value if box.channel else "",
    }
    if restored:
        details["restored"] = [each.number for each in restored]
    return details


async def _write_box(document: Document, was: Signature, becomes: Signature) -> None:
    if was.status is becomes.status:
        return
    if was.status is SignatureStatus.SIGNED:
        await documents.withdraw(document.id, becomes.id, becomes.status)
    else:
        await documents.set_awaited(document.id, becomes.id, becomes.status)
