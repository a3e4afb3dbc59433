"""Incidents: a breakdown, a damage, a loss, a theft, an absence, or the wish to give an item back.

Law: Code civil, art. 1880 and 1884 (a borrower does not answer for wear); circulaire n° 2001-221 for the papers asked
after a loss or a theft (E25, E26). Declaring decides nothing: the manager finds who answers for it, by the rules of
`treatment`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.item.item import Item
from materiel.domain.language import states
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import State, StateEnum
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.plan import DESCRIPTION_MAX, Fault
from materiel.domain.usage import Custody


class IncidentKind(LabelledEnum):
    """What happened."""

    BREAKDOWN = "breakdown", "Panne"
    DAMAGE = "damage", "Dommage"
    LOSS = "loss", "Perte"
    THEFT = "theft", "Vol"
    ABSENCE = "absence", "Matériel introuvable"
    RETURN_WISH = "return_wish", "Souhait de rendre"


DECLARED_BY_FAMILIES = (
    IncidentKind.BREAKDOWN,
    IncidentKind.DAMAGE,
    IncidentKind.LOSS,
    IncidentKind.THEFT,
    IncidentKind.RETURN_WISH,
)

PROVIDE: dict[IncidentKind, tuple[str, ...]] = {
    IncidentKind.BREAKDOWN: ("Décrivez ce qui ne marche plus et depuis quand. Ne faites pas réparer vous-même.",),
    IncidentKind.DAMAGE: (
        "Racontez comment c'est arrivé. Ne jetez rien et ne faites pas réparer vous-même.",
        "Si quelqu'un d'autre est en cause, ou si vous êtes assuré pour cela : l'attestation de l'assureur.",
    ),
    IncidentKind.LOSS: (
        "Une déclaration sur l'honneur, datée et signée, qui raconte la perte.",
        "L'attestation de votre assureur, qui dit s'il prend la perte en charge.",
    ),
    IncidentKind.THEFT: (
        "Une déclaration sur l'honneur, datée et signée, qui raconte le vol.",
        "La copie de la plainte déposée à la police ou à la gendarmerie. Déposez-la sans attendre.",
        "L'attestation de votre assureur, qui dit s'il prend le vol en charge.",
    ),
    IncidentKind.ABSENCE: ("Dites où le matériel a été vu pour la dernière fois.",),
    IncidentKind.RETURN_WISH: (
        "Dites quand vous pouvez le rapporter. Gardez-le jusqu'au rendez-vous que le service vous proposera.",
    ),
}
"""What the service asks for, to read before and after declaring."""

DATED = frozenset({IncidentKind.LOSS, IncidentKind.THEFT})


class IncidentPaper(LabelledEnum):
    """A paper of an incident's file (« pièce »), that the service waits for after a loss or a theft (E25)."""

    STATEMENT = "statement", "Déclaration sur l'honneur"
    COMPLAINT = "complaint", "Copie du dépôt de plainte"
    INSURANCE = "insurance", "Attestation de l'assureur"


class DeclaredAs(LabelledEnum):
    """On whose side the declaration was made: whoever told it, even when a manager wrote it down for them."""

    ACCOUNT = "account", "Service gestionnaire"
    FAMILY = "family", "Famille"
    INSTITUTION = "institution", "École, établissement ou collectivité"


class IncidentState(StateEnum):
    """Whether the service still has something to do."""

    OPEN = "open", states.REPORTED
    CLOSED = "closed", states.ANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One declaration. `resolution` is what the service answers, French.

    `declared_by` is what the journal calls whoever declared; `declared_link` the link by which they came, None when a
    manager wrote it down.
    `papers` are those received, with the civil date of each. `fault` is the manager's finding, `fault_reason` why, for
    the service alone.
    """

    id: UUID
    service_id: UUID
    item_id: UUID
    loan_id: UUID | None
    kind: IncidentKind
    description: str
    happened_on: date | None
    declared_by: str
    declared_as: DeclaredAs
    declared_at: datetime
    state: IncidentState = IncidentState.OPEN
    resolution: str = ""
    closed_at: datetime | None = None
    papers: Mapping[IncidentPaper, date] = field(default_factory=dict)
    fault: Fault = Fault.UNDECIDED
    fault_reason: str = ""
    decided_at: datetime | None = None
    declared_link: UUID | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether the service still has something to do."""
        return self.state is IncidentState.OPEN

    @property
    def in_service(self) -> State:
        """What the service reads of it: whose turn it is, where whoever told reads what became of it."""
        return states.TO_TREAT if self.is_open else states.TREATED

    def answers(self, side: DeclaredAs) -> bool:
        """Whether the service's answer is for this side: the one that declared, and no other."""
        return not self.is_open and self.declared_as == side


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldIncident:
    """An incident and the item it is about, for whoever told it."""

    incident: Incident
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """What is listed; an empty filter lists all. `q`: words of the item, all of which must be found."""

    q: str = ""
    state: IncidentState | None = None
    kind: IncidentKind | None = None
    declared_as: DeclaredAs | None = None
    item_id: UUID | None = None


def sides_of(loan: Loan | None) -> tuple[DeclaredAs, ...]:
    """On whose behalf a manager may write an incident down: those who would read the answer.

    A family holds what is lent to its child; a school or a commune only what stays there.
    """
    sides = [DeclaredAs.ACCOUNT]
    if loan is not None and loan.pupil_id is not None:
        sides.append(DeclaredAs.FAMILY)
    if loan is not None and loan.custody is Custody.SCHOOL:
        sides.append(DeclaredAs.INSTITUTION)
    return tuple(sides)


def checked_incident(incident: Incident, *, today: date, loan: Loan | None = None, by_hand: bool = False) -> Incident:
    """The incident with its text cleaned.

    Args:
        loan: the loan that holds the item, when a manager writes the incident down (`by_hand`).

    Raises:
        RuleBroken: `incident.invalid`, with the faults of `/description`, `/happened_on` and `/declared_as`.
    """
    fields = Fields("incident.invalid")
    description = fields.text(
        "/description",
        incident.description,
        longest=DESCRIPTION_MAX,
        required=incident.kind is not IncidentKind.RETURN_WISH,
        name="ce qui s'est passé",
    )
    if incident.happened_on is not None and incident.happened_on > today:
        fields.add("/happened_on", "Cette date est dans l'avenir : indiquez le jour où c'est arrivé.")
    elif incident.happened_on is None and incident.kind in DATED:
        fields.add("/happened_on", "Indiquez le jour où c'est arrivé ; le jour où vous l'avez constaté suffit.")
    if by_hand and incident.declared_as not in sides_of(loan):
        fields.add(
            "/declared_as",
            f"« {incident.declared_as.label} » ne garde pas ce matériel en ce moment : choisissez qui vous a prévenu "
            "parmi ceux qui le gardent, ou votre service.",
        )
    fields.check()
    return replace(incident, description=description)
