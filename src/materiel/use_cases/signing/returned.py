"""Signatures seen on a paper that came back: a person confirms what the machine saw in its boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import Document, SignatureChannel, SignatureStatus, find_box
from materiel.domain.papers.scan_pile import BoxState, ScanBox
from materiel.errors import NotFound
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.papers import scan_pile as piles
from materiel.use_cases.signing.recording import RecordSignature, sign_within


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPaper:
    """What a person saw on one paper: the boxes signed, on which day, and those that are not."""

    pile_id: UUID
    scan_id: UUID
    signed: tuple[UUID, ...]
    left: tuple[UUID, ...]
    signed_on: date


@in_one_visit
async def confirm_paper(command: ConfirmPaper, *, actor: Actor, now: datetime) -> Document:
    """Record the signatures that a person saw on one paper, and that the others are not there; all or nothing.

    A box that somebody has already settled is left as it is.

    Raises:
        NotFound: `scan_pile.not_found`, `scan.not_found`, `scan_box.not_found`.
        Conflict: `document.not_in_force`.
        RuleBroken: `signature.in_future`, `signature.before_issue`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        await piles.get(command.pile_id, actor.service_id)
        pages = await piles.pages_of_scan(command.scan_id)
        if all(page.pile_id != command.pile_id for page in pages):
            raise NotFound("scan.not_found", "Cette pile n’a pas de papier de cet identifiant.")
        document_id = pages[0].document_id
        assert document_id is not None
        document = await documents.get(document_id, actor.service_id)
        boxes = {box.id: box for box in await piles.boxes_of([page.id for page in pages])}
        if not boxes.keys() >= {*command.signed, *command.left}:
            raise piles.unknown_box()
        document = await _sign([boxes[each] for each in command.signed], document, command, actor, now)
        left = 0
        for each in command.left:
            left += await piles.settle_box(boxes[each], BoxState.LEFT)
        await piles.drop_previews(command.scan_id)
        if left:
            facts = {"loan": str(document.loan_id), "boxes": left}
            await journal.by(actor, now).note("scan.left_unsigned", document.id, facts, of="document")
    return document


async def _sign(
    seen: Sequence[ScanBox], document: Document, command: ConfirmPaper, actor: Actor, now: datetime
) -> Document:
    for box in seen:
        if not await piles.settle_box(box, BoxState.SIGNED):
            continue
        if find_box(document, box.signature_id).status is SignatureStatus.SIGNED:
            continue
        record = RecordSignature(
            document_id=document.id,
            signatory_id=box.signature_id,
            signed_on=command.signed_on,
            channel=SignatureChannel.PAPER,
        )
        document = await sign_within(document, record, recorded_by=actor.id, now=now, today=actor.civil_date(now))
    return document
