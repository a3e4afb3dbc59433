"""Whether a file is one that the service issued or sealed, for anybody who holds it. It names nobody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.papers.document import Document, DocumentKind, DocumentStatus, SignatureStatus
from materiel.errors import BadInput
from materiel.seal.printed import printed_code
from materiel.store.papers import document as documents
from materiel.store.retention import eliminated
from materiel.store.retention.eliminated import EliminatedDocument
from materiel.store.signing import signed_copy as copies
from materiel.use_cases.papers.document import as_it_stands

LARGEST = 20_000_000


class Verdict(LabelledEnum):
    """What is said of a file."""

    GENUINE = "genuine", "Authentique"
    REPLACED = "replaced", "Authentique, remplacé par un document plus récent"
    ENDED = "ended", "Authentique, qui ne produit plus d'effet"
    UNKNOWN = "unknown", "Inconnu"
    ALTERED = "altered", "Modifié"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What is known of a file. `done` and `awaited` count the signatures today; None for what was eliminated.

    `is_sealed`: it is a signed copy, with its seal; else the document as it was issued.
    """

    verdict: Verdict
    number: str = ""
    kind: DocumentKind | None = None
    issued_on: date | None = None
    done: int | None = None
    awaited: int | None = None
    is_sealed: bool = False
    code: str = ""


async def compare_file(data: bytes) -> FileVerdict:
    """Find what a file is by its digest, else by the code that it prints.

    Raises:
        BadInput: `verify.empty`, `verify.too_large`.
    """
    if not data:
        raise BadInput("verify.empty", "Ce fichier est vide : joignez le PDF reçu du service.")
    if len(data) > LARGEST:
        raise BadInput("verify.too_large", "Ce fichier dépasse 20 Mo : aucun document du service n'est aussi lourd.")
    digest = hashlib.sha256(data).hexdigest()
    issued = await documents.by_digest(digest)
    if issued is not None:
        return _genuine(await as_it_stands(issued), is_sealed=False)
    sealed = await documents.of_sealed_digest(digest)
    if sealed is not None:
        return _genuine(await as_it_stands(sealed), is_sealed=True)
    gone = await eliminated.paper_by_digest(digest)
    if gone is not None:
        return _gone(gone, Verdict.ENDED)
    code = await printed_code(data)
    looked_like = (await documents.by_code(code) or await eliminated.paper_by_code(code)) if code else None
    if looked_like is None:
        return FileVerdict(verdict=Verdict.UNKNOWN)
    if isinstance(looked_like, EliminatedDocument):
        return _gone(looked_like, Verdict.ALTERED)
    return _told(looked_like, Verdict.ALTERED, is_sealed=False)


async def digests_of(document: Document) -> tuple[str, ...]:
    """The digests of every file of a document: as issued, then its signed copies."""
    sealed = [copy.sha256 for copy in await copies.of_document(document.id) if copy.sha256]
    return (document.sha256, *sealed)


def _genuine(document: Document, *, is_sealed: bool) -> FileVerdict:
    verdict = {
        DocumentStatus.IN_FORCE: Verdict.GENUINE,
        DocumentStatus.REPLACED: Verdict.REPLACED,
        DocumentStatus.ENDED: Verdict.ENDED,
        DocumentStatus.VOID: Verdict.ENDED,
    }[document.status]
    return _told(document, verdict, is_sealed=is_sealed)


def _told(document: Document, verdict: Verdict, *, is_sealed: bool) -> FileVerdict:
    states = [box.status for box in document.signatures]
    return FileVerdict(
        verdict=verdict,
        number=document.number,
        kind=document.kind,
        issued_on=document.issued_on,
        done=states.count(SignatureStatus.SIGNED),
        awaited=states.count(SignatureStatus.PENDING) if document.status is DocumentStatus.IN_FORCE else 0,
        is_sealed=is_sealed,
        code=document.code,
    )


def _gone(paper: EliminatedDocument, verdict: Verdict) -> FileVerdict:
    return FileVerdict(verdict=verdict, number=paper.number, kind=paper.kind, issued_on=paper.issued_on)
