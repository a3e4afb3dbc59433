"""HTTP for what proves signatures: the signed copy, its evidence, and what a file is, for anybody who holds it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import MediaType, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.document import DocumentKind
from materiel.settings import Settings
from materiel.use_cases.signing.comparing import LARGEST, FileVerdict, Verdict, compare_file
from materiel.use_cases.signing.signed_copy import Press, signed_document, signed_record
from materiel.web.api.problems import READ, problems

EXAMPLES = {
    404: ("document.not_found", "Aucun document de votre service n'a cet identifiant."),
    409: ("document.unsigned", "Personne n'a encore signé ce document."),
}


class SignaturesOut(Struct):
    """Combien de signatures sont données, et combien sont encore attendues."""

    done: int
    awaited: int


class VerdictOut(Struct):
    """Ce que le service sait d'un fichier ; jamais un nom.

    `sealed` : c'est un exemplaire signé, avec son cachet ; sinon le document tel qu'il a été émis.
    """

    known: bool
    verdict: Verdict
    number: str | None = None
    kind: DocumentKind | None = None
    issued_on: date | None = None
    signatures: SignaturesOut | None = None
    sealed: bool = False

    @classmethod
    def of(cls, found: FileVerdict) -> VerdictOut:
        """The verdict as it is told outside."""
        counted = found.done is not None and found.awaited is not None
        return cls(
            known=found.verdict is not Verdict.UNKNOWN,
            verdict=found.verdict,
            number=found.number or None,
            kind=found.kind,
            issued_on=found.issued_on,
            signatures=SignaturesOut(found.done or 0, found.awaited or 0) if counted else None,
            sealed=found.is_sealed,
        )


EVIDENCE = {
    "format": "materiel.proof/1",
    "document": "0197b0c4-7d2e-7aaa-8000-2b2b2b2b2b2b",
    "number": "35-2026-0001",
    "kind": "loan_agreement",
    "issued_on": "2026-09-07",
    "code": "K7MQ2XW9BTRC",
    "sha256": "9f2c" + "0" * 60,
    "pages": 4,
    "made_at": "2026-09-07T09:12:41.000000+00:00",
    "signed": [
        {
            "signatory": "0197b0c4-7d2e-7aaa-8000-3c3c3c3c3c3c",
            "party": "borrower",
            "name": "Lise Exemple",
            "capacity": "mère de l'élève",
            "channel": "electronic",
            "signed_on": "2026-09-07",
            "recorded_by": "",
            "evidence": {"typed_name": "Lise Exemple", "means": "email", "address": "l•••@exemple.fr"},
        }
    ],
    "awaited": [{"party": "managing_service", "name": "Camille Essai"}],
}


class VerifyUpload(Struct):
    """Un fichier à comparer avec ceux du service."""

    file: UploadFile


@get(
    "/{document_id:uuid}/signed",
    operation_id="ReadSignedDocument",
    summary="Télécharger l'exemplaire signé",
    tags=["Documents"],
    media_type="application/pdf",
    responses=problems(*READ, 409, examples=EXAMPLES),
)
async def show_signed(
    document_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    press: NamedDependency[Press],
    settings: NamedDependency[Settings],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """Le document émis, octet pour octet, puis une page de preuve, les preuves en pièce jointe et un cachet (PAdES)."""
    document, data = await signed_document(document_id, actor=actor, press=press, base_url=settings.base_url, now=now)
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{document.kind.value}-{document.id}-signe.pdf"',
    }
    return Response(content=data, media_type="application/pdf", headers=headers)


@get(
    "/{document_id:uuid}/evidence",
    operation_id="ReadEvidence",
    summary="Lire les preuves de signature",
    tags=["Documents"],
    media_type=MediaType.JSON,
    opt={"whole_example": EVIDENCE},
    responses=problems(*READ, 409, examples=EXAMPLES),
)
async def show_evidence(document_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[Any]:
    """Le JSON joint à l'exemplaire signé : qui a signé, comment, quand, ce qui était montré."""
    text = await signed_record(document_id, actor=actor)
    return Response(content=text.encode(), media_type=MediaType.JSON)


@post(
    "/verify",
    status_code=200,
    operation_id="VerifyFile",
    summary="Dire ce qu'est un fichier",
    tags=["Documents"],
    opt={"public": True, "writes_nothing": True},
    security=[{}],
    responses=problems(401, 403, 409, 413, 415, 422, examples={400: ("verify.empty", "Ce fichier est vide.")}),
)
async def verify(data: MultipartBody[VerifyUpload]) -> VerdictOut:
    """Public, sans jeton : authentique, remplacé, terminé, modifié ou inconnu. Le fichier n'est pas gardé."""
    return VerdictOut.of(await compare_file(await data.file.read(LARGEST + 1)))


router = Router("/documents", route_handlers=[show_signed, show_evidence])
uploads = Router("/", route_handlers=[verify])
