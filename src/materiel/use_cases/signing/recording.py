"""Recording one signature, on paper or with its evidence, and what it changes of the loan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.loan.loan import agreed
from materiel.domain.papers.document import (
    Document,
    DocumentStatus,
    Signature,
    SignatureChannel,
    SignatureStatus,
    find_box,
    sign,
)
from materiel.domain.signing.evidence import Evidence, box_digest, evidence_digest
from materiel.errors import RuleBroken
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.signing import electronic_signature as evidences
from materiel.use_cases.signing.signed_copy import prepare_copy


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSignature:
    """One signature seen on the paper, or given otherwise. `signed_on` is a civil date."""

    document_id: UUID
    signatory_id: UUID
    signed_on: date
    channel: SignatureChannel


@in_one_visit
async def record_signature(command: RecordSignature, *, actor: Actor, now: datetime) -> Document:
    """Record one signature and bring the status of the loan up to date.

    Raises:
        NotFound: `document.not_found`, `signature.not_found`.
        Conflict: `signature.already_signed`, `document.not_in_force`, `document.changed`.
        RuleBroken: `signature.in_future`, `signature.before_issue`; `signature.evidence_required`, another than on
            paper.

    Source: Code civil, art. 372-2 (E1).
    """
    actor.require(Permission.WRITE)
    check_on_paper(command.channel)
    async with write_transaction():
        document = await documents.get(command.document_id, actor.service_id)
        return await sign_within(document, command, recorded_by=actor.id, now=now, today=actor.civil_date(now))


def check_on_paper(channel: SignatureChannel) -> None:
    """Refuse to take somebody's word for a signature that must come with its evidence.

    Raises:
        RuleBroken: `signature.evidence_required`.

    Source: Code civil, art. 1366 and 1367.
    """
    if channel is not SignatureChannel.PAPER:
        raise RuleBroken(
            "signature.evidence_required",
            "Une signature électronique se donne par le lien du signataire, avec sa preuve : "
            "n'enregistrez ici que des papiers.",
        )


async def sign_within(
    document: Document,
    command: RecordSignature,
    *,
    recorded_by: str,
    now: datetime,
    today: date,
    evidence: Evidence | None = None,
    makes_copy: bool = True,
) -> Document:
    """Record one signature of a document just read, whatever its channel; must run in a write transaction.

    The caller has made sure that whoever asks may sign this box. Its evidence is kept with it, and its digest in the
    journal: what is altered later is seen. Without `makes_copy`, the caller makes the signed copy: once all the papers
    of its act are signed, each copy tells how many they are.

    Raises: what `record_signature` refuses.
    """
    signatures = sign(
        document,
        command.signatory_id,
        signed_on=command.signed_on,
        channel=command.channel,
        today=today,
    )
    signed = replace(document, signatures=signatures)
    await documents.sign(
        document.id,
        command.signatory_id,
        signed_on=command.signed_on,
        channel=command.channel,
        recorded_by=recorded_by,
        recorded_at=now,
    )
    for before, after in zip(document.signatures, signatures, strict=True):
        if after.status is SignatureStatus.OPTIONAL and before.status is SignatureStatus.PENDING:
            await documents.set_awaited(document.id, after.id, after.status)
    if evidence is not None:
        await evidences.insert(evidence)
    await _refresh_loan(signed)
    if makes_copy:
        await prepare_copy(signed, now)
    await journal.By(document.service_id, recorded_by, now).note(
        "document.signed",
        document.id,
        {
            "loan": str(document.loan_id),
            "signatory": str(command.signatory_id),
            "signed_on": command.signed_on.isoformat(),
            "channel": command.channel.value,
            "box": _digest(find_box(document, command.signatory_id)),
        }
        | ({} if evidence is None else {"evidence": evidence_digest(evidence)}),
    )
    return signed


def _digest(box: Signature) -> str:
    signer = box.signer.value if box.signer else None
    return box_digest(box.party.value, box.name, box.capacity, signer, box.signer_id)


async def _refresh_loan(signed: Document) -> None:
    """Bring to the loan what its paper has just agreed upon: its status, its last day, the papers out of force."""
    loan = await loans.get(signed.loan_id, signed.service_id)
    papers = [each if each.id != signed.id else signed for each in await documents.of_loan(loan.id)]
    after, replaced = agreed(loan, signed, papers)
    await documents.set_status(
        [former.id for former in replaced], signed.service_id, DocumentStatus.REPLACED, by=signed.id
    )
    if after != loan:
        await loans.save(after, was=loan)
