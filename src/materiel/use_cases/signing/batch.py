"""The signatures of a pile of papers, of one party and one day: all are recorded, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import several
from materiel.domain.papers.document import Document, Party, SignatureChannel, SignatureStatus
from materiel.errors import FieldError, MaterielError, NotFound, RuleBroken
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.papers import document as documents
from materiel.use_cases.signing.recording import RecordSignature, check_on_paper, sign_within


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBatch:
    """Documents signed by one party. `signed_on` is a civil date; `channel` is paper."""

    document_ids: Annotated[tuple[UUID, ...], several(500, least=1)]
    party: Party
    signed_on: date
    channel: SignatureChannel


@in_one_visit
async def record_batch(command: RecordBatch, *, actor: Actor, now: datetime) -> int:
    """Record the signature of a party on each document; how many. One fault, and nothing is written.

    A paper with several required boxes of that party is left to its own page: nobody knows who signed.

    Raises:
        NotFound: `document.not_found`, with the pointer of the document.
        RuleBroken: `signature.evidence_required`, an electronic one; `signature.batch`, with the document at fault.
    """
    actor.require(Permission.WRITE)
    check_on_paper(command.channel)
    today = actor.civil_date(now)
    faults: list[FieldError] = []
    chosen = dict.fromkeys(command.document_ids)
    async with write_transaction():
        for rank, document_id in enumerate(chosen):
            document = await _document(document_id, rank, actor)
            boxes = [
                box
                for box in document.signatures
                if box.party is command.party and box.status is SignatureStatus.PENDING
            ]
            if len(boxes) != 1:
                why = "n'attend pas cette signature" if not boxes else "attend plusieurs signatures de ce côté"
                faults.append(FieldError(f"/documents/{rank}", f"Le document n° {document.number} {why}."))
                continue
            record = RecordSignature(
                document_id=document_id,
                signatory_id=boxes[0].id,
                signed_on=command.signed_on,
                channel=command.channel,
            )
            try:
                await sign_within(document, record, recorded_by=actor.id, now=now, today=today)
            except MaterielError as refusal:
                faults.append(FieldError(f"/documents/{rank}", f"Document n° {document.number} : {refusal.message}"))
        if faults:
            raise RuleBroken(
                "signature.batch",
                "Aucune signature n'est enregistrée : corrigez la pile, puis recommencez. "
                + " ".join(each.detail for each in faults),
                errors=tuple(faults),
            )
    return len(chosen)


async def _document(document_id: UUID, rank: int, actor: Actor) -> Document:
    try:
        return await documents.get(document_id, actor.service_id)
    except NotFound as unknown:
        raise NotFound(
            unknown.code, unknown.message, errors=(FieldError(f"/documents/{rank}", unknown.message),)
        ) from None
