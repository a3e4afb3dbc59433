"""Incidents: a breakdown, a damage, a loss, a theft, an absence, or the wish to give an item back.

Law: Code civil, art. 1880 and 1884 (a borrower does not answer for wear); circulaire n° 2001-221 for the papers asked
after a loss or a theft (E25, E26). Declaring decides nothing: the manager finds who answers for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.fields import Fields
from materiel.domain.labelled import LabelledEnum
from materiel.errors import Conflict

DESCRIPTION_MAX = 2000
RESOLUTION_MAX = 1000


class IncidentKind(LabelledEnum):
    """What happened."""

    BREAKDOWN = "breakdown", "Panne"
    DAMAGE = "damage", "Casse ou dégât"
    LOSS = "loss", "Perte"
    THEFT = "theft", "Vol"
    ABSENCE = "absence", "Matériel introuvable"
    RETURN_WISH = "return_wish", "Demande de restitution"


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
        "Si quelqu'un d'autre est en cause, ou si vous êtes assuré pour cela : l'attestation de l'assureur.",
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


class DeclaredAs(LabelledEnum):
    """On whose side the declaration was made."""

    ACCOUNT = "account", "Service gestionnaire"
    FAMILY = "family", "Famille"
    INSTITUTION = "institution", "École, établissement ou collectivité"


class IncidentState(LabelledEnum):
    """Whether the service still has something to do."""

    OPEN = "open", "Signalement reçu, en cours de traitement"
    CLOSED = "closed", "Signalement traité"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One declaration. `declared_by` is an opaque identifier, `resolution` what the service answers, French."""

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
    version: int = 1


def checked_incident(incident: Incident, *, today: date) -> Incident:
    """The incident with its text cleaned.

    Raises:
        RuleBroken: `incident.invalid`, with the faults of `/description` and `/happened_on`.
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
        fields.add("/happened_on", "Cette date est dans l'avenir : indiquez le jour où c'est arrivé.")
    elif incident.happened_on is None and incident.kind in DATED:
        fields.add("/happened_on", "Indiquez le jour où c'est arrivé ; le jour où vous l'avez constaté suffit.")
    fields.check()
    return replace(incident, description=description)


def closed(incident: Incident, *, resolution: str, now: datetime) -> Incident:
    """The incident once the service has dealt with it.

    Raises:
        Conflict: `incident.already_closed`.
        RuleBroken: `incident.invalid`, nothing is said of what was decided.
    """
    if incident.state is IncidentState.CLOSED:
        raise Conflict("incident.already_closed", "Ce signalement est déjà traité.")
    fields = Fields("incident.invalid")
    said = fields.text("/resolution", resolution, longest=RESOLUTION_MAX, required=True, name="ce qui a été décidé")
    fields.check()
    return replace(incident, state=IncidentState.CLOSED, resolution=said, closed_at=now)
