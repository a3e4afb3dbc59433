"""Documents: their kinds, who signs or receives them, and the value of an issued one.

Law: circulaire n° 2001-221 du 29 octobre 2001; contents in DOCUMENTS of the checklists P1-P9, D1-D6, N1-N2.
An issued document never changes: a correction makes a new one, that `replaces` the old.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.labelled import LabelledEnum


class DocumentKind(LabelledEnum):
    """What a paper is; the stored value is the public name of the API."""

    LOAN_AGREEMENT = "loan_agreement", "Convention de prêt"
    TRIPARTITE_AGREEMENT = "tripartite_agreement", "Convention tripartite de prêt et de dépôt"
    DEPOSIT_AGREEMENT = "deposit_agreement", "Convention de dépôt"
    NOTICE = "notice", "Notification"
    AMENDMENT = "amendment", "Avenant"
    HANDOVER_RECEIPT = "handover_receipt", "Bon de remise"
    RETURN_RECEIPT = "return_receipt", "Récépissé de restitution"


AGREEMENTS = frozenset(
    {DocumentKind.LOAN_AGREEMENT, DocumentKind.TRIPARTITE_AGREEMENT, DocumentKind.DEPOSIT_AGREEMENT}
)


class Covers(LabelledEnum):
    """Which contract an agreement holds; a tripartite agreement holds both."""

    LOAN = "loan", "Prêt"
    DEPOSIT = "deposit", "Dépôt"


class Party(LabelledEnum):
    """Who signs or receives a document."""

    MANAGING_SERVICE = "managing_service", "Service gestionnaire"
    BORROWER = "borrower", "Emprunteur"
    MUNICIPALITY = "municipality", "Commune ou collectivité compétente"
    HEAD_OF_SCHOOL = "head_of_school", "Chef d'établissement"
    MAYOR = "mayor", "Maire"


class DocumentStatus(LabelledEnum):
    """What the public verification page says of an issued document."""

    IN_FORCE = "in_force", "En vigueur"
    REPLACED = "replaced", "Remplacé"
    ENDED = "ended", "Terminé"


class SignatureStatus(LabelledEnum):
    """State of one signature box; `OPTIONAL` is a second parent whose signature is welcome and not required."""

    PENDING = "pending", "Attendue"
    OPTIONAL = "optional", "Facultative"
    SIGNED = "signed", "Signée"


class SignatureChannel(LabelledEnum):
    """How a signature was given."""

    PAPER = "paper", "Sur papier"
    ELECTRONIC = "electronic", "Électronique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One named signature box of a document and what became of it. `signed_on` is a civil date."""

    id: UUID
    party: Party
    name: str
    capacity: str
    status: SignatureStatus
    signed_on: date | None = None
    channel: SignatureChannel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Someone a document is sent to for information. `sent_at` is an instant in UTC."""

    id: UUID
    party: Party
    name: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An issued document. `content` is what was printed (JSON of `documents.content.Content`), `sha256` of the PDF bytes."""

    id: UUID
    service_id: UUID
    loan_id: UUID
    kind: DocumentKind
    number: str
    covers: tuple[Covers, ...]
    status: DocumentStatus
    issued_on: date
    wording: date
    code: str
    sha256: str
    pages: int
    content: str
    replaces: UUID | None = None
    signatures: tuple[Signature, ...] = ()
    recipients: tuple[Recipient, ...] = ()

    @property
    def is_fully_signed(self) -> bool:
        """Every required signature is there; true of a document that nobody signs."""
        return all(signature.status is not SignatureStatus.PENDING for signature in self.signatures)
