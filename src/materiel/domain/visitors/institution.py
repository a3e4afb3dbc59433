"""Institutions: the schools and the local authorities with which items are deposited, and what each may see and sign.

Law: circulaire n° 2001-221; Code de l'éducation, art. L212-1, L411-1 (an école has no legal personality: its commune
signs and is told), R421-20; CGCT, art. L5211-17 (a body that receives the competence takes the commune's place in its
acts and contracts); domain § 1.6, E10, E35. One institution sees its own deposits and the papers that name it, for one
managing service, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.service import ManagingService
from materiel.domain.incident.incident import Incident, IncidentKind
from materiel.domain.item.item import Item
from materiel.domain.language.fields import Fields
from materiel.domain.links.access_link import AccessLink
from materiel.domain.papers.document import (
    Document,
    DocumentStatus,
    Party,
    Recipient,
    Signature,
    SignatureStatus,
    SignerKind,
    check_in_force,
)
from materiel.domain.papers.ending import Ending, ending_of
from materiel.domain.people.person_name import same_name
from materiel.domain.places.school import School
from materiel.domain.signing.electronic_signature import NAME_MAX, Intent, TypedSignature, agreed
from materiel.domain.signing.order import state_signs_first, waits_for_state
from materiel.domain.visitors.presence import Presence
from materiel.errors import Conflict, NotFound

CAPACITY_MAX = 200

DECLARED_BY_INSTITUTIONS = (
    IncidentKind.ABSENCE,
    IncidentKind.BREAKDOWN,
    IncidentKind.DAMAGE,
    IncidentKind.THEFT,
    IncidentKind.RETURN_WISH,
)
"""What a depositary declares. What it does not find is « introuvable »: the service says whether it is lost."""

NOT_THERE = frozenset({IncidentKind.ABSENCE, IncidentKind.THEFT})

TO_PROVIDE: dict[IncidentKind, str] = {
    IncidentKind.ABSENCE: "Dites où et quand il a été vu pour la dernière fois.",
    IncidentKind.BREAKDOWN: "Dites ce qui ne marche plus, et depuis quand. Ne le faites pas réparer.",
    IncidentKind.DAMAGE: "Racontez ce qui s'est passé. Ne jetez rien et ne le faites pas réparer.",
    IncidentKind.THEFT: "Racontez ce qui s'est passé. Déposez plainte : le service vous en demandera une copie.",
    IncidentKind.RETURN_WISH: "Dites quand il peut être repris. Gardez-le jusqu'au rendez-vous.",
}
"""What to write for each, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """Who stands behind a link today, for one managing service.

    `party` is in what quality it signs: the head of the school, or the commune (or the body that runs its écoles);
    None for a public école, which keeps items and signs nothing, and for the mayor of écoles that another body runs.
    `told_as`: under which names notices are sent to it. `schools` are those that it answers for; it sees the items
    that they keep only when `keeps_items`.
    """

    link: AccessLink
    service: ManagingService
    party: Party | None
    told_as: tuple[Party, ...]
    name: str
    schools: tuple[School, ...]
    keeps_items: bool = True

    @property
    def is_authority(self) -> bool:
        """A commune or the body that runs its écoles, rather than a school."""
        return self.link.municipality_insee is not None

    def calls(self, item: Item) -> str:
        """What it reads of an item: the designation when it is a party to the agreement, else the neutral family.

        A public école keeps the item and signs nothing: its commune is the depositary (domain § 8.1).
        """
        return item.designation if self.party is not None else item.family.label

    @property
    def school_ids(self) -> tuple[UUID, ...]:
        """The ids of the schools that it answers for."""
        return tuple(school.id for school in self.schools)

    def school(self, school_id: UUID) -> School:
        """One of its schools."""
        return next(school for school in self.schools if school.id == school_id)

    def box_of(self, document: Document) -> Signature | None:
        """Its box on a document of one of its schools, signed or not."""
        if self.party is None or not self._is_about_it(document):
            return None
        return next((box for box in document.signatures if box.party is self.party), None)

    def recipient_of(self, document: Document) -> Recipient | None:
        """Itself among those a document of one of its schools informs; the mayor before the copy."""
        if not self._is_about_it(document):
            return None
        told = {each.party: each for each in reversed(document.recipients)}
        return next((told[party] for party in self.told_as if party in told), None)

    def _is_about_it(self, document: Document) -> bool:
        return document.service_id == self.service.id and document.school_id in self.school_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """An item that an institution keeps. `until` is the last day, included; None without a term.

    `recalled_on`: the service wants it back since that day. `presence` is the last confirmation, `incidents` those
    still open, oldest first. Nothing here names a pupil.
    """

    item: Item
    loan_id: UUID
    school_id: UUID
    since: date
    until: date | None
    recalled_on: date | None
    agreement_number: str
    is_taken_over: bool = False
    presence: Presence | None = None
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document that names an institution, by its signature box or among those it informs: in force, or signed by it.

    `ending` says since when it is replaced or over; `waits_for_state`: the State signs first, and has not yet.
    """

    document: Document
    box: Signature | None
    recipient: Recipient | None
    ending: Ending | None = None
    waits_for_state: bool = False

    @property
    def is_awaited(self) -> bool:
        """Whether its signature is still needed, now or after that of the State."""
        return self.ending is None and self.box is not None and self.box.status is SignatureStatus.PENDING

    @property
    def to_sign(self) -> bool:
        """Whether it may be signed now."""
        return self.is_awaited and not self.waits_for_state

    @property
    def to_acknowledge(self) -> bool:
        """Whether nobody there has said yet to have read it."""
        return self.ending is None and self.recipient is not None and self.recipient.acknowledged_at is None


def paper_for(document: Document, institution: Institution, ended_by: Document | None = None) -> Paper:
    """The document as this institution reads it; what it signed, after its end too.

    Args:
        ended_by: the paper that replaced or ended it, if any.

    Raises:
        NotFound: `document.not_found`, another institution's, or one that is no longer in force and that it never
            signed.
    """
    box, recipient = institution.box_of(document), institution.recipient_of(document)
    is_kept = document.status is DocumentStatus.IN_FORCE or (box is not None and box.status is SignatureStatus.SIGNED)
    if (box is None and recipient is None) or not is_kept:
        raise NotFound(
            "document.not_found",
            "Ce document n'existe pas, ne vous concerne pas ou n'est plus en vigueur. "
            "Revenez à la liste : vos documents en vigueur y sont.",
        )
    return Paper(
        document=document,
        box=box,
        recipient=recipient,
        ending=ending_of(document, ended_by),
        waits_for_state=waits_for_state(document, institution.service.state_signs),
    )


def check_may_sign(paper: Paper) -> Signature:
    """The box to sign.

    Raises:
        NotFound: `signature.not_found`, a paper that it receives and does not sign.
        Conflict: `document.not_in_force`, `signature.already_signed`.
        RuleBroken: `signature.state_first`.
    """
    if paper.box is None:
        raise NotFound("signature.not_found", "Ce document vous est adressé pour information : il ne se signe pas.")
    check_in_force(paper.document)
    if not paper.is_awaited:
        raise Conflict("signature.already_signed", "Ce document est déjà signé. Vous n'avez plus rien à faire.")
    if paper.waits_for_state:
        raise state_signs_first()
    return paper.box


DEPOSITARIES = (Party.MUNICIPALITY, Party.HEAD_OF_SCHOOL)
"""Who signs for what is deposited."""


def awaited_of_depositary(document: Document) -> Signature | None:
    """The box that the depositary of a document in force has still to sign; None when there is none."""
    if document.status is not DocumentStatus.IN_FORCE:
        return None
    boxes = (box for box in document.signatures if box.party in DEPOSITARIES)
    return next((box for box in boxes if box.status is SignatureStatus.PENDING), None)


def names_somebody(box: Signature) -> bool:
    """Whether a box names a person; « Le maire de Baulon » is an office, whoever holds it."""
    return box.signer is SignerKind.OFFICIAL


def checked_signature(box: Signature, typed: TypedSignature, *, shown_at: datetime, now: datetime) -> Intent:
    """What was typed to sign for an institution, checked: every fault at once.

    Raises:
        RuleBroken: `signature.invalid`, with the faults of `/name`, `/capacity` and `/consent`.
    """
    fields = Fields("signature.invalid")
    name = fields.text("/name", typed.name, longest=NAME_MAX, required=True, name="vos prénom et nom")
    capacity = fields.text("/capacity", typed.capacity, longest=CAPACITY_MAX, required=True, name="votre qualité")
    if name and names_somebody(box) and not typed.stands_in and not same_name(name, box.name):
        fields.add(
            "/name",
            f"Le document désigne {box.name}. Corrigez le nom, ou cochez la case si vous signez à sa place.",
        )
    return agreed(fields, typed, name=name, capacity=capacity, shown_at=shown_at, now=now)
