"""Documents: their kinds, who signs or receives them, and the value of an issued one.

Law: circulaire n° 2001-221 du 29 octobre 2001; contents by the checklists P1-P9, D1-D6 and N1-N2.
An issued document never changes: a correction makes a new one, that `replaces` the old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.language import states
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import State, StateEnum
from materiel.errors import Conflict, NotFound, RuleBroken


class DocumentKind(LabelledEnum):
    """What a paper is; the stored value is the public name of the API."""

    LOAN_AGREEMENT = "loan_agreement", "Convention de prêt"
    TRIPARTITE_AGREEMENT = "tripartite_agreement", "Convention tripartite de prêt et de dépôt"
    DEPOSIT_AGREEMENT = "deposit_agreement", "Convention de dépôt"
    NOTICE = "notice", "Notification"
    AMENDMENT = "amendment", "Avenant"
    HANDOVER_RECEIPT = "handover_receipt", "Bon de remise"
    RETURN_RECEIPT = "return_receipt", "Récépissé de restitution"


AGREEMENTS = frozenset({DocumentKind.LOAN_AGREEMENT, DocumentKind.TRIPARTITE_AGREEMENT, DocumentKind.DEPOSIT_AGREEMENT})

RECEIPTS = frozenset({DocumentKind.HANDOVER_RECEIPT, DocumentKind.RETURN_RECEIPT})
"""Papers that state a past fact."""


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


class DocumentStatus(StateEnum):
    """What the public verification page says of an issued document."""

    IN_FORCE = "in_force", states.NOT_PAST
    REPLACED = "replaced", states.REPLACED
    ENDED = "ended", states.ENDED
    VOID = "void", states.CANCELLED


class DocumentState(StateEnum):
    """Where an issued document is, from its status, its signatures and its dates; see `state_of`."""

    ISSUED = "issued", states.ISSUED
    AGREED = "agreed", states.SIGNED_BY_ALL
    IN_FORCE = "in_force", states.IN_FORCE
    REPLACED = "replaced", states.REPLACED
    ENDED = "ended", states.ENDED
    VOID = "void", states.CANCELLED


class SignatureStatus(StateEnum):
    """State of one signature box; `OPTIONAL` is a second parent whose signature is welcome and not required."""

    PENDING = "pending", states.AWAITED
    OPTIONAL = "optional", states.WELCOME
    SIGNED = "signed", states.DATED


class SignatureChannel(LabelledEnum):
    """How a signature was given."""

    PAPER = "paper", "Sur papier"
    ELECTRONIC = "electronic", "Électronique"
    IN_PERSON = "in_person", "Sur place"


class SignerKind(LabelledEnum):
    """Whose a signature box is; what is printed there decides nothing."""

    REPRESENTATIVE = "representative", "Représentant légal"
    PUPIL = "pupil", "L'élève lui-même"
    OFFICIAL = "official", "Agent ou élu désigné par son nom"
    OFFICE = "office", "Fonction, quelle que soit la personne"
    BEARER = "bearer", "Personne qui remet ou reçoit, à nommer"


class NoticeChannel(LabelledEnum):
    """How a document went to whom it is sent for information."""

    EMAIL = "email", "par courriel"
    POST = "post", "par la poste"
    HAND = "hand", "en main propre"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One named signature box of a document and what became of it. `signed_on` is a civil date.

    `signer_id` is the id, for life, of the representative or of the pupil, of the managing service, or of what the
    service knows of a school or a commune (of the school itself in older boxes); None where nobody was typed, for
    whoever brings an item back, and, with `signer` None too, for a box made before signers had ids and whose person
    was not found: that one is signed on paper only. `asked_channel`: the service asks for it on paper or in person, and
    by no link; None when it asks as usual. `code_by_sms`: by a link, with a code to the person's own
    number and none to a mailbox that others read.
    """

    id: UUID
    party: Party
    name: str
    capacity: str
    status: SignatureStatus
    signed_on: date | None = None
    channel: SignatureChannel | None = None
    signer: SignerKind | None = None
    signer_id: UUID | None = None
    asked_channel: SignatureChannel | None = None
    code_by_sms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Someone a document is sent to for information. Instants are in UTC.

    `sent_at`: when a mail server accepted the message, or when a person said that it was posted or handed over, by
    which `channel`. `message_id`: the message that carries it, accepted or not. `acknowledged_at`: when somebody there
    said that it was read (« accusé de lecture »).
    """

    id: UUID
    party: Party
    name: str
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    channel: NoticeChannel | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An issued document. `content` is what was printed (JSON of `documents.content.Content`), `sha256` of
    the PDF bytes, `layout` the number of the layout that drew them (`documents.pdf.layout.LAYOUT` of that day).

    `school_id` is the school it is about, as at issue: a loan may move since, its former papers do not. None for
    a paper issued before schools were noted, whose loan had moved. `takes_effect_on` is the first day of what it agrees
    upon, None when that was not noted. `ended_by` is the paper whose making or signing ended or replaced this one, None
    in force or when nobody noted it. `letterhead` is the digest of the bloc-marque that it was drawn with, if any.
    """

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
    layout: int = 1
    replaces: UUID | None = None
    school_id: UUID | None = None
    takes_effect_on: date | None = None
    ended_by: UUID | None = None
    letterhead: str | None = None
    signatures: tuple[Signature, ...] = ()
    recipients: tuple[Recipient, ...] = ()

    @property
    def has_summary(self) -> bool:
        """Whether it is an agreement, which is also told in plain words."""
        return self.kind in AGREEMENTS

    @property
    def is_fully_signed(self) -> bool:
        """Every required signature is there; true of a document that nobody signs."""
        return all(signature.status is not SignatureStatus.PENDING for signature in self.signatures)

    @property
    def is_partially_signed(self) -> bool:
        """At least one signature is there and at least one required one is not."""
        return self.has_signature and not self.is_fully_signed

    @property
    def has_signature(self) -> bool:
        """Somebody has signed it."""
        return any(signature.status is SignatureStatus.SIGNED for signature in self.signatures)


def state_of(document: Document, today: date) -> DocumentState:
    """Whether a document is only issued, agreed by all who sign it, in force, replaced, ended, or void.

    A receipt states a past fact and a notice only tells: neither is ever in force.
    """
    if document.status is not DocumentStatus.IN_FORCE:
        return DocumentState(document.status.value)
    if not document.signatures or not document.is_fully_signed:
        return DocumentState.ISSUED
    to_come = document.takes_effect_on is not None and document.takes_effect_on > today
    return DocumentState.AGREED if document.kind in RECEIPTS or to_come else DocumentState.IN_FORCE


def shown_state(document: Document, today: date) -> State:
    """The state of a document as people read it: a paper that nobody has signed yet is never « En vigueur ».

    To `state_of` it adds what only the signatures and the sending tell: « Partiellement signé », and where a notice,
    which nobody signs, is.

    Source: Code civil, art. 1113 (a contract is made of the consent of all).
    """
    state = state_of(document, today)
    if state is not DocumentState.ISSUED:
        return state.shown
    if document.is_partially_signed:
        return states.PARTIALLY_SIGNED
    if document.signatures or not document.recipients:
        return state.shown
    return states.SENT if all(each.sent_at for each in document.recipients) else states.NOTICE_TO_SEND


def find_box(document: Document, signature_id: UUID) -> Signature:
    """The signature box of a document by its identifier.

    Raises:
        NotFound: `signature.not_found`.
    """
    box = next((each for each in document.signatures if each.id == signature_id), None)
    if box is None:
        raise NotFound(
            "signature.not_found",
            "Ce document n'a pas de signature de ce nom ; relisez la liste de ses signataires.",
        )
    return box


def sign(
    document: Document, signature_id: UUID, *, signed_on: date, channel: SignatureChannel, today: date
) -> tuple[Signature, ...]:
    """Record one signature and give all the boxes of the document as they become, in the same order.

    When a welcome second parent signs, the signature of the first is no longer awaited: one parent is enough.

    Raises:
        NotFound: `signature.not_found`.
        Conflict: `signature.already_signed`, `document.not_in_force`.
        RuleBroken: `signature.in_future`, `signature.before_issue`.

    Source: Code civil, art. 372-2 (E1).
    """
    box = find_box(document, signature_id)
    check_in_force(document)
    if box.status is SignatureStatus.SIGNED:
        raise Conflict("signature.already_signed", "Cette signature est déjà enregistrée.")
    if signed_on > today:
        raise RuleBroken("signature.in_future", "La date de signature ne peut pas être dans l'avenir : corrigez-la.")
    if signed_on < document.issued_on:
        raise RuleBroken(
            "signature.before_issue",
            "La date de signature précède l'émission du document : relisez la date portée sur le papier.",
        )
    second_parent_signs = box.status is SignatureStatus.OPTIONAL
    return tuple(
        replace(each, status=SignatureStatus.SIGNED, signed_on=signed_on, channel=channel)
        if each.id == signature_id
        else _no_longer_awaited(each)
        if second_parent_signs and each.party is box.party
        else each
        for each in document.signatures
    )


def check_in_force(document: Document) -> None:
    """Refuse a paper that another one has replaced, that is over, or that states what did not happen.

    Raises:
        Conflict: `document.not_in_force`.
    """
    if document.status is DocumentStatus.IN_FORCE:
        return
    what = "prenez celui qui le remplace"
    if document.status is DocumentStatus.VOID:
        what = "il constatait un fait enregistré par erreur, et ne se signe plus"
    raise Conflict(
        "document.not_in_force",
        f"Ce document n'est plus en vigueur ({document.status.label.lower()}) : {what}.",
    )


def _no_longer_awaited(signature: Signature) -> Signature:
    if signature.status is SignatureStatus.PENDING:
        return replace(signature, status=SignatureStatus.OPTIONAL)
    return signature


def in_force(documents: Sequence[Document], *kinds: DocumentKind) -> tuple[Document, ...]:
    """The documents in force of these kinds (of any kind for none), in the order given."""
    return tuple(
        each for each in documents if each.status is DocumentStatus.IN_FORCE and (not kinds or each.kind in kinds)
    )


def newest_first(documents: Sequence[Document]) -> list[Document]:
    """The documents in force as a sheet lists them: those that somebody has still to sign, then the newest."""
    papers = in_force(documents)
    waiting = {document.id for document, _ in awaited(papers)}
    return sorted(papers, key=lambda each: (each.id in waiting, each.issued_on), reverse=True)


def awaited(documents: Sequence[Document]) -> tuple[tuple[Document, Signature], ...]:
    """The required signatures still missing on documents in force, receipts included."""
    return tuple(
        (document, signature)
        for document in in_force(documents)
        for signature in document.signatures
        if signature.status is SignatureStatus.PENDING
    )
