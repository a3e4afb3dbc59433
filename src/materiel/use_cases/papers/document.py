"""Issued documents: read them, record what their recipients did, file the signed paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.content_json import content_from_json
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.correction import CorrectionKind
from materiel.domain.loan.elsewhere.following import status_elsewhere
from materiel.domain.papers.document import (
    Document,
    DocumentStatus,
    NoticeChannel,
)
from materiel.errors import BadInput, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.circuit import transfer as transfers
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import correction as corrections
from materiel.store.papers import document as documents
from materiel.store.papers import recipient as recipients
from materiel.store.papers import scan as scans
from materiel.store.retention import eliminated
from materiel.store.retention.eliminated import EliminatedDocument

VOIDING = frozenset({CorrectionKind.HAND_OVER, CorrectionKind.RETURN})
SCAN_MAX_BYTES = 20_000_000
SCAN_TYPES = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n": "image/png",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
SCAN_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileScan:
    """The scan of a signed paper. `original_kept_by` says where the paper is."""

    document_id: UUID
    data: bytes
    original_kept_by: str = ""


async def get_document(document_id: UUID, *, actor: Actor) -> Document:
    """Read a document of the actor's service.

    Raises:
        NotFound: `document.not_found`.
    """
    actor.require(Permission.READ)
    return await documents.get(document_id, actor.service_id)


async def document_pdf(document_id: UUID, *, actor: Actor) -> tuple[Document, bytes]:
    """A document and its PDF, byte for byte as issued."""
    document = await get_document(document_id, actor=actor)
    return document, await documents.pdf(document.id)


async def document_content(document_id: UUID, *, actor: Actor) -> tuple[Document, Content]:
    """A document and what it says, as it was composed at issue."""
    document = await get_document(document_id, actor=actor)
    return document, content_from_json(document.content)


@in_one_visit
async def file_scan(command: FileScan, *, actor: Actor, now: datetime) -> Document:
    """Keep the scan of a signed paper beside its document. A scan signs nothing by itself.

    Raises:
        NotFound: `document.not_found`.
        BadInput: `scan.unreadable` for a file that is neither PDF, JPEG, PNG nor TIFF, `scan.too_large`.
    """
    actor.require(Permission.WRITE)
    media_type = media_type_of_scan(command.data)
    async with write_transaction():
        document = await documents.get(command.document_id, actor.service_id)
        scan = await scans.add_scan(
            document.id,
            command.data,
            media_type=media_type,
            original_kept_by=command.original_kept_by,
            filed_by=actor.id,
            filed_at=now,
        )
        await journal.by(actor, now).note(
            "document.scan_filed", document.id, {"loan": str(document.loan_id), "sha256": scan.sha256}
        )
    return document


def media_type_of_scan(data: bytes) -> str:
    """What a scan is, by its first bytes.

    Raises:
        BadInput: `scan.unreadable`, `scan.too_large`.
    """
    if len(data) > SCAN_MAX_BYTES:
        raise BadInput(
            "scan.too_large",
            "Ce fichier dépasse 20 Mo : numérisez en niveaux de gris à 200 points par pouce, ou en plusieurs fois.",
        )
    for signature, media_type in SCAN_TYPES.items():
        if data.startswith(signature):
            return media_type
    raise BadInput(
        "scan.unreadable",
        "Ce fichier n'est pas une numérisation lisible : joignez un PDF, ou une image JPEG, PNG ou TIFF. "
        "Une photo HEIC ou WebP se dépose dans « Pages numérisées » ; ou, sur un iPhone : Réglages, Appareil photo, "
        "Formats, Le plus compatible.",
    )


@in_one_visit
async def mark_sent(
    document_id: UUID, *, actor: Actor, now: datetime, channel: NoticeChannel = NoticeChannel.POST
) -> Document:
    """Say that a document has gone to its recipients: a person's statement (letter posted, handed over, own e-mail).

    Raises:
        NotFound: `document.not_found`.
        RuleBroken: `document.no_recipient`, nobody receives it for information.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        document = await documents.get(document_id, actor.service_id)
        if not document.recipients:
            raise RuleBroken(
                "document.no_recipient",
                "Ce document n'a pas de destinataire pour information : il se signe, il ne se notifie pas.",
            )
        for recipient in document.recipients:
            await recipients.mark_sent(document.id, recipient.id, now, channel)
        await journal.by(actor, now).note(
            "document.sent", document.id, {"loan": str(document.loan_id), "channel": channel.value}
        )
    return await documents.get(document_id, actor.service_id)


async def voided_on(document: Document) -> date | None:
    """The civil day when a receipt was made void, where its service is; None for any other document. Names nobody."""
    if document.status is not DocumentStatus.VOID:
        return None
    service = await services.get(document.service_id)
    taken_back = await corrections.about([document.id], document.service_id)
    days = [service.civil_date(each.corrected_at) for each in taken_back if each.kind in VOIDING]
    return max(days, default=None)


async def verify_public_code(code: str) -> Document | EliminatedDocument | None:
    """The document of a verification code, or what remains of it, for the public page; None for an unknown code.

    The page prints number, kind, date, status and digest, never a name.
    """
    document = await documents.by_code(code)
    return await as_it_stands(document) if document is not None else await eliminated.paper_by_code(code)


async def as_it_stands(document: Document) -> Document:
    """A document with the status that it has today: under a loan that another service received, it follows that one."""
    became = await transfers.loan_became(document.loan_id)
    if became is None:
        return document
    runs, papers = await transfers.loan_is_open(became), await documents.of_loan(became)
    return replace(document, status=status_elsewhere(document, papers, runs=runs))
