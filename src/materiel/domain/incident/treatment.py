"""How a manager treats an incident: the papers of its file, who answers for it, the answer, reopening.

Law: circulaire n° 2001-221 (P6: the State replaces what is lost without fault); Code civil, art. 1880 (care), 1881
(after the term, even an accident), 1884 (wear is not the borrower's), 1927 and 1929 (a depositary). Domain E25, E26.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.incident.incident import Incident, IncidentKind, IncidentPaper, IncidentState
from materiel.domain.item.item import LOSSES, Condition, ItemStatus
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.changes import FAULT_TO_FIND, STATE_REPLACES
from materiel.domain.loan.decision import Caution
from materiel.domain.loan.loan import Loan, RemovalReason
from materiel.domain.loan.plan import Fault
from materiel.domain.usage import Custody
from materiel.errors import Conflict, RuleBroken

RESOLUTION_MAX = 1000
REASON_MAX = 1000
NOTE_MAX = 2000

EXPECTED: dict[IncidentKind, tuple[IncidentPaper, ...]] = {
    IncidentKind.LOSS: (IncidentPaper.STATEMENT, IncidentPaper.INSURANCE),
    IncidentKind.THEFT: (IncidentPaper.STATEMENT, IncidentPaper.COMPLAINT, IncidentPaper.INSURANCE),
}
"""The papers that a file waits for (E25). Any other is welcome, such as an insurer's certificate after a damage."""

FOUND_BEFORE_CLOSING = frozenset({IncidentKind.LOSS, IncidentKind.THEFT, IncidentKind.DAMAGE})
GONE = LOSSES


class EventFamily(LabelledEnum):
    """What happened, more widely than a kind: reports of one family about one item tell one event."""

    GONE = "gone", "Le matériel n'est plus là"
    BROKEN = "broken", "Le matériel ne marche plus ou est abîmé"
    WISH = "wish", "Quelqu'un souhaite le rendre"


FAMILY_OF: dict[IncidentKind, EventFamily] = {
    IncidentKind.BREAKDOWN: EventFamily.BROKEN,
    IncidentKind.DAMAGE: EventFamily.BROKEN,
    IncidentKind.LOSS: EventFamily.GONE,
    IncidentKind.ABSENCE: EventFamily.GONE,
    IncidentKind.THEFT: EventFamily.GONE,
    IncidentKind.RETURN_WISH: EventFamily.WISH,
}

REMOVAL_OF: dict[IncidentKind, RemovalReason] = {
    IncidentKind.BREAKDOWN: RemovalReason.BROKEN,
    IncidentKind.DAMAGE: RemovalReason.BROKEN,
    IncidentKind.LOSS: RemovalReason.LOST,
    IncidentKind.ABSENCE: RemovalReason.LOST,
    IncidentKind.THEFT: RemovalReason.STOLEN,
    IncidentKind.RETURN_WISH: RemovalReason.RETURNED,
}
"""Why the item would leave its loan, in the words of an amendment."""

CONDITION_OF: dict[IncidentKind, Condition] = {
    IncidentKind.BREAKDOWN: Condition.OUT_OF_ORDER,
    IncidentKind.DAMAGE: Condition.DAMAGED,
}
"""In what condition the item would come back; any other kind says nothing of it."""

WEAR = Caution(
    code="USURE_NORMALE",
    detail="L'usure et la panne d'un usage normal ne sont pas à la charge de l'emprunteur (Code civil, art. 1884).",
)
AFTER_TERM = Caution(
    code="APRES_LE_TERME",
    detail="C'est arrivé après le terme du prêt : l'emprunteur qui garde le matériel au-delà répond même d'un accident "
    "(Code civil, art. 1881).",
)
DEPOSITARY = Caution(
    code="DEPOSITAIRE",
    detail="Le matériel restait sur place : la commune ou l'établissement lui doit le soin qu'il apporte à ses propres "
    "biens, et ne répond pas d'un accident de force majeure (Code civil, art. 1927 et 1929).",
)
BORROWER_ANSWERS = Caution(
    code="FAUTE_RETENUE",
    detail="Une faute est retenue : dites dans la réponse ce que vous demandez, et pourquoi. Le prêt lui-même continue "
    "tant que vous n'y mettez pas fin.",
)


class NoteKind(LabelledEnum):
    """What a line of an incident's follow-up is."""

    NOTE = "note", "Note"
    ANSWER = "answer", "Réponse d'avant la réouverture"
    REOPENED = "reopened", "Réouverture"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNote:
    """One line of the follow-up, for the service alone. `written_by` is an opaque identifier."""

    id: UUID
    incident_id: UUID
    kind: NoteKind
    text: str
    written_by: str
    written_at: datetime


def check_open(incident: Incident) -> None:
    """Refuse to treat an incident that is closed (`incident.already_closed`)."""
    if not incident.is_open:
        raise Conflict("incident.already_closed", "Cet incident est déjà traité. Rouvrez-le pour y revenir.")


def missing_papers(incident: Incident) -> tuple[IncidentPaper, ...]:
    """The papers that the file still waits for, in order."""
    return tuple(paper for paper in EXPECTED.get(incident.kind, ()) if paper not in incident.papers)


def with_papers(incident: Incident, papers: Mapping[IncidentPaper, date], *, today: date) -> Incident:
    """The incident with these papers received, and no other.

    Raises:
        Conflict: `incident.already_closed`.
        RuleBroken: `incident.invalid`, with the fault of each `/papers/<paper>` dated after today.
    """
    check_open(incident)
    fields = Fields("incident.invalid")
    for paper, received_on in papers.items():
        if received_on > today:
            fields.add(f"/papers/{paper.value}", "Cette date est dans l'avenir : indiquez le jour de réception.")
    fields.check()
    return replace(incident, papers={paper: papers[paper] for paper in IncidentPaper if paper in papers})


def needs_finding(incident: Incident, item_status: ItemStatus) -> bool:
    """Whether a manager must have said who answers before closing (E25).

    A loss, a theft, a damage; and an item that was not found, or broke down, and is now noted lost or stolen.
    """
    return incident.kind in FOUND_BEFORE_CLOSING or item_status in GONE


def with_finding(incident: Incident, *, fault: Fault, reason: str, now: datetime) -> Incident:
    """The incident once a manager has said whether the user is at fault, and why.

    Raises:
        Conflict: `incident.already_closed`.
        RuleBroken: `incident.invalid`, with the faults of `/fault` and `/reason`.

    Source: circulaire n° 2001-221 (P6); Code civil, art. 1880 and 1884; domain E25.
    """
    check_open(incident)
    fields = Fields("incident.invalid")
    if fault is Fault.UNDECIDED:
        fields.add("/fault", "Dites si l'utilisateur a commis une faute.")
    said = fields.text("/reason", reason, longest=REASON_MAX, required=True, name="le motif de cette décision")
    fields.check()
    return replace(incident, fault=fault, fault_reason=said, decided_at=now)


def cautions_of(incident: Incident, *, loan: Loan | None, item_status: ItemStatus) -> tuple[Caution, ...]:
    """What to bear in mind before deciding, and what the decision entails. `loan` is the one it was declared under."""
    if incident.fault is Fault.NONE:
        return (STATE_REPLACES,)
    if incident.fault is Fault.USER:
        return (BORROWER_ANSWERS,)
    cautions = [FAULT_TO_FIND] if needs_finding(incident, item_status) else []
    if incident.kind in CONDITION_OF:
        cautions.append(WEAR)
    if loan is not None and cautions:
        happened_on = incident.happened_on
        if loan.ends_on is not None and happened_on is not None and happened_on > loan.ends_on:
            cautions.append(AFTER_TERM)
        if loan.custody is Custody.SCHOOL:
            cautions.append(DEPOSITARY)
    return tuple(cautions)


def closed(incident: Incident, *, resolution: str, item_status: ItemStatus, now: datetime) -> Incident:
    """The incident once the service has dealt with it.

    Raises:
        Conflict: `incident.already_closed`.
        RuleBroken: `incident.fault_undecided`, nobody has said yet who answers for it; `incident.invalid`, nothing is
            said of what was decided.
    """
    check_open(incident)
    if incident.fault is Fault.UNDECIDED and needs_finding(incident, item_status):
        raise RuleBroken(
            "incident.fault_undecided",
            "Dites d'abord si l'utilisateur a commis une faute, avec le motif : une perte, un vol ou un dommage ne se "
            "clôt pas sans cette décision.",
        )
    fields = Fields("incident.invalid")
    said = fields.text("/resolution", resolution, longest=RESOLUTION_MAX, required=True, name="ce qui a été décidé")
    fields.check()
    return replace(incident, state=IncidentState.CLOSED, resolution=said, closed_at=now)


def reopened(incident: Incident, *, reason: str) -> tuple[Incident, str]:
    """An incident closed by mistake, open again without its answer; and the reason, cleaned.

    Raises:
        Conflict: `incident.already_open`.
        RuleBroken: `incident.invalid`, with the fault of `/reason`.
    """
    if incident.is_open:
        raise Conflict("incident.already_open", "Cet incident est déjà ouvert : vous pouvez le traiter.")
    fields = Fields("incident.invalid")
    said = fields.text("/reason", reason, longest=REASON_MAX, required=True, name="pourquoi vous le rouvrez")
    fields.check()
    return replace(incident, state=IncidentState.OPEN, resolution="", closed_at=None), said


def note_text(text: str) -> str:
    """A note that an act writes, within its length."""
    return text[:NOTE_MAX].strip()


def checked_note(text: str) -> str:
    """A note, cleaned.

    Raises:
        RuleBroken: `incident.invalid`, with the fault of `/text`.
    """
    fields = Fields("incident.invalid")
    said = fields.text("/text", text, longest=NOTE_MAX, required=True, name="votre note")
    fields.check()
    return said
