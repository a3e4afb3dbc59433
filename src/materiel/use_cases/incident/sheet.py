"""The sheet of one incident: what was told, by whom, about what, what the file lacks, what was done since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.item import HistoryLine
from materiel.domain.incident.file import IncidentFile
from materiel.domain.incident.incident import Incident, IncidentPaper
from materiel.domain.incident.photo import Photo
from materiel.domain.incident.treatment import IncidentNote, cautions_of, missing_papers, needs_finding
from materiel.domain.item.item import Item, ItemStatus, statuses_by_hand
from materiel.domain.loan.decision import Caution
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.placement import placement_on
from materiel.domain.loan.plan import Fault
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.store.incident import file as incident_files
from materiel.store.incident import incident as incidents
from materiel.store.incident import photo as photos
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.use_cases.history.item import item_history
from materiel.use_cases.history.list import names_of_actors, who_acted
from materiel.use_cases.incident.answer import link_behind


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A note and who wrote it, by name: for the service's own pages."""

    note: IncidentNote
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSheet:
    """Everything that a manager wants to know of an incident.

    `loan`, `school` and `pupil` are those under which it was declared. `declarer` is who told it, by name; `by_link`
    that they can be written to. `since` is what happened to the item from that day on, oldest first. `statuses` are the
    states that a manager may give the item now. `files` are those that a link sent, oldest first;
    `photos` what is shown of them, and those that a manager attached.
    """

    incident: Incident
    item: Item
    loan: Loan | None
    school: School | None
    pupil: Pupil | None
    declarer: str
    by_link: bool
    files: tuple[IncidentFile, ...]
    photos: tuple[Photo, ...]
    follow_up: tuple[FollowUp, ...]
    since: tuple[HistoryLine, ...]
    statuses: tuple[ItemStatus, ...]

    @property
    def missing(self) -> tuple[IncidentPaper, ...]:
        """The papers that the file still waits for."""
        return missing_papers(self.incident)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What to bear in mind before deciding, or what the decision entails."""
        return cautions_of(self.incident, loan=self.loan, item_status=self.item.status)

    @property
    def lacks_finding(self) -> bool:
        """Whether somebody must say who answers before it can be closed."""
        return self.incident.fault is Fault.UNDECIDED and needs_finding(self.incident, self.item.status)

    @property
    def is_in_loan(self) -> bool:
        """Whether the loan of the incident is open and still holds the item."""
        return self.loan is not None and any(line.item_id == self.item.id for line in self.loan.open_items)

    @property
    def is_out(self) -> bool:
        """Whether the item is, by this loan, in the hands of whoever borrowed it."""
        return (
            self.is_in_loan
            and self.loan is not None
            and any(line.item_id == self.item.id for line in self.loan.lines_out)
        )


async def read_incident_sheet(incident_id: UUID, *, actor: Actor) -> IncidentSheet:
    """The sheet of an incident of the actor's service.

    Raises:
        NotFound: `incident.not_found`.
    """
    actor.require(Permission.READ)
    incident = await incidents.get(incident_id, actor.service_id)
    item = await items.get(incident.item_id, actor.service_id)
    loan = await loans.get(incident.loan_id, actor.service_id) if incident.loan_id else None
    names = await names_of_actors(actor.service_id)
    link = await link_behind(incident)
    told_on = incident.happened_on or actor.civil_date(incident.declared_at)
    place = placement_on(await loans.schools_of(loan.id), told_on) if loan else None
    return IncidentSheet(
        incident=incident,
        item=item,
        loan=loan,
        school=await schools.by_uai(place.school_uai if place else loan.school_uai, loan.service_id) if loan else None,
        pupil=await pupils.get(loan.pupil_id, actor.service_id) if loan and loan.pupil_id else None,
        declarer=link.name if link else who_acted(incident.declared_by, names),
        by_link=link is not None,
        files=tuple(await incident_files.of_incident(incident.id)),
        photos=tuple(await photos.of_incident(incident.id, actor.service_id)),
        follow_up=tuple(
            FollowUp(note=note, who=who_acted(note.written_by, names)) for note in await incidents.notes(incident.id)
        ),
        since=await _since(item.id, actor.civil_date(incident.declared_at), actor),
        statuses=statuses_by_hand(item),
    )


async def read_incident(incident_id: UUID, *, actor: Actor) -> tuple[Incident, list[IncidentNote]]:
    """An incident of the actor's service and its follow-up, oldest first.

    Raises:
        NotFound: `incident.not_found`.
    """
    actor.require(Permission.READ)
    incident = await incidents.get(incident_id, actor.service_id)
    return incident, await incidents.notes(incident.id)


async def _since(item_id: UUID, day: date, actor: Actor) -> tuple[HistoryLine, ...]:
    return tuple(line for line in await item_history(item_id, actor=actor) if line.on >= day)
