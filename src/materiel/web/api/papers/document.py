"""HTTP for documents: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import MediaType, Request, Response, Router, get, post
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from msgspec import Struct

from materiel.documents.html.document import render_html
from materiel.domain.accounts.roles import Actor
from materiel.domain.language.bounds import line
from materiel.domain.papers.document import (
    Covers,
    Document,
    DocumentKind,
    DocumentState,
    DocumentStatus,
    NoticeChannel,
    Party,
    SignatureChannel,
    SignatureStatus,
    state_of,
)
from materiel.domain.papers.reading_aid import ReadingAid
from materiel.use_cases.papers import document as documents
from materiel.use_cases.papers.reading_aid import aid_pdf
from materiel.use_cases.signing import recording
from materiel.use_cases.signing.recording import RecordSignature
from materiel.web.api.body import CommandBody, bounded
from materiel.web.api.problems import NOT_MODIFIED, READ, WRITE, problems


class SignatoryOut(Struct):
    """Une case de signature et ce qu'elle est devenue."""

    id: UUID
    party: Party
    name: str
    capacity: str
    status: SignatureStatus
    signed_on: date | None
    channel: SignatureChannel | None


class RecipientOut(Struct):
    """Un destinataire pour information.

    `sent_at` : un serveur de courriel a accepté le message, ou quelqu'un a dit l'avoir posté ou remis, par `channel`.
    `channel` sans `sent_at` : le message est encore à envoyer.
    """

    party: Party
    name: str
    sent_at: datetime | None
    channel: NoticeChannel | None
    acknowledged_at: datetime | None


class PaperOut(Struct):
    """Un document émis : il ne change jamais, une correction en fait un autre."""

    id: UUID
    loan: UUID
    kind: DocumentKind
    number: str
    status: DocumentStatus
    covers: list[Covers]
    issued_on: date
    sha256: str
    pages: int
    replaces: UUID | None
    signatories: list[SignatoryOut]
    recipients: list[RecipientOut]

    @classmethod
    def of(cls, document: Document) -> PaperOut:
        """The wire form of a document, as it was issued and signed."""
        return cls(**_same(document))


class DocumentOut(PaperOut, kw_only=True):
    """Un document et où il en est : `status` dit s'il est encore celui du prêt, `state` s'il est en vigueur.

    Un document est seulement émis, puis signé par tous, en vigueur le jour venu, enfin remplacé ou terminé.
    """

    state: DocumentState

    @classmethod
    def on(cls, document: Document, today: date) -> DocumentOut:
        """The wire form of a document on a day."""
        return cls(**_same(document), state=state_of(document, today))


def _same(document: Document) -> dict[str, Any]:
    return dict(
        id=document.id,
        loan=document.loan_id,
        kind=document.kind,
        number=document.number,
        status=document.status,
        covers=list(document.covers),
        issued_on=document.issued_on,
        sha256=document.sha256,
        pages=document.pages,
        replaces=document.replaces,
        signatories=[
            SignatoryOut(
                id=each.id,
                party=each.party,
                name=each.name,
                capacity=each.capacity,
                status=each.status,
                signed_on=each.signed_on,
                channel=each.channel,
            )
            for each in document.signatures
        ],
        recipients=[
            RecipientOut(
                party=each.party,
                name=each.name,
                sent_at=each.sent_at,
                channel=each.channel,
                acknowledged_at=each.acknowledged_at,
            )
            for each in document.recipients
        ],
    )


class SignatureBody(CommandBody[RecordSignature], given=("document_id",)):
    """La signature d'une case : `signatory` est l'identifiant donné par le document."""


class ScanUpload(Struct):
    """Le scan d'un papier signé : PDF, JPEG, PNG ou TIFF."""

    file: UploadFile
    original_kept_by: Annotated[str, bounded(line(200), "DSDEN, bureau des élèves")] = ""


EXAMPLES = {
    404: ("document.not_found", "Aucun document de votre service n'a cet identifiant."),
    409: ("signature.already_signed", "Cette case est déjà signée."),
}
NO_SUMMARY = {404: ("document.no_summary", "Seules les conventions ont un résumé en mots simples.")}


@get(
    "/{document_id:uuid}",
    operation_id="ReadDocument",
    summary="Lire un document",
    tags=["Documents"],
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_document(
    document_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> DocumentOut:
    """Ses signataires, ses destinataires et ce que chacun a fait."""
    document = await documents.get_document(document_id, actor=actor)
    return DocumentOut.on(document, actor.civil_date(now))


@get(
    "/{document_id:uuid}/pdf",
    operation_id="ReadDocumentPdf",
    summary="Télécharger le PDF d'un document",
    tags=["Documents"],
    media_type="application/pdf",
    responses=problems(*READ, examples=EXAMPLES) | NOT_MODIFIED,
)
async def show_pdf(
    document_id: FromPath[UUID], actor: NamedDependency[Actor], request: Request[Actor, None, State]
) -> Response[bytes]:
    """Les octets émis, inchangés ; l'ETag est leur SHA-256."""
    document = await documents.get_document(document_id, actor=actor)
    etag = f'"{document.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}:
        return Response(content=b"", status_code=304, headers=headers, media_type="application/pdf")
    _, pdf = await documents.document_pdf(document_id, actor=actor)
    headers["Content-Disposition"] = f'inline; filename="{document.kind.value}-{document.id}.pdf"'
    return Response(content=pdf, media_type="application/pdf", headers=headers)


@get(
    "/{document_id:uuid}/html",
    operation_id="ReadDocumentHtml",
    summary="Lire un document en HTML",
    tags=["Documents"],
    media_type=MediaType.HTML,
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_html(document_id: FromPath[UUID], actor: NamedDependency[Actor]) -> str:
    """La même information que le PDF, pour qui lit mieux une page."""
    document, content = await documents.document_content(document_id, actor=actor)
    return render_html(content, pdf_url=f"/api/documents/{document.id}/pdf")


@get(
    "/{document_id:uuid}/large-print",
    operation_id="ReadDocumentInLargePrint",
    summary="Télécharger un document en gros caractères",
    tags=["Documents"],
    media_type="application/pdf",
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_large_print(document_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """Les mêmes mots que le document, en PDF : une aide à la lecture, qui ne le remplace pas."""
    return await _aid(document_id, ReadingAid.LARGE_PRINT, actor)


@get(
    "/{document_id:uuid}/summary",
    operation_id="ReadDocumentSummary",
    summary="Télécharger le résumé d'une convention en mots simples",
    tags=["Documents"],
    media_type="application/pdf",
    responses=problems(*READ, examples=NO_SUMMARY),
)
async def show_summary(document_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """Une page, en PDF : une aide, qui ne remplace pas la convention. Les autres documents n'en ont pas."""
    return await _aid(document_id, ReadingAid.SUMMARY, actor)


async def _aid(document_id: UUID, kind: ReadingAid, actor: Actor) -> Response[bytes]:
    document = await documents.get_document(document_id, actor=actor)
    name = f"{document.kind.value}-{document.id}-{kind.value}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content=await aid_pdf(document, kind), media_type="application/pdf", headers=headers)


@post(
    "/{document_id:uuid}/signatures",
    status_code=200,
    operation_id="RecordSignature",
    summary="Enregistrer une signature",
    tags=["Documents"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def record_signature(
    document_id: FromPath[UUID],
    data: JSONBody[SignatureBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DocumentOut:
    """Une signature vue sur le papier, ou donnée en ligne."""
    command = data.command(document_id=document_id)
    document = await recording.record_signature(command, actor=actor, now=now)
    return DocumentOut.on(document, actor.civil_date(now))


@post(
    "/{document_id:uuid}/scan",
    status_code=201,
    operation_id="FileScan",
    summary="Classer le scan du papier signé",
    tags=["Documents"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def file_scan(
    document_id: FromPath[UUID],
    data: MultipartBody[ScanUpload],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DocumentOut:
    """Un scan ne signe rien par lui-même : enregistrez aussi les signatures."""
    command = documents.FileScan(
        document_id=document_id, data=await data.file.read(), original_kept_by=data.original_kept_by
    )
    document = await documents.file_scan(command, actor=actor, now=now)
    return DocumentOut.on(document, actor.civil_date(now))


@post(
    "/{document_id:uuid}/sent",
    status_code=200,
    operation_id="MarkDocumentSent",
    summary="Dire qu'un document est parti",
    tags=["Documents"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def mark_sent(
    document_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    channel: FromQuery[NoticeChannel] = NoticeChannel.POST,
) -> DocumentOut:
    """Lettre postée, document remis, message de sa propre messagerie : c'est quelqu'un qui le dit."""
    document = await documents.mark_sent(document_id, actor=actor, now=now, channel=channel)
    return DocumentOut.on(document, actor.civil_date(now))


READS = [show_document, show_pdf, show_html, show_large_print, show_summary]
router = Router("/documents", route_handlers=[*READS, record_signature, mark_sent])
uploads = Router("/documents", route_handlers=[file_scan])
