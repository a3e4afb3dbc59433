"""Treating an incident: papers received, who answers for it, notes, the answer to whoever declared, reopening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.incident.incident import Incident, IncidentPaper
from materiel.domain.incident.treatment import (
    REASON_MAX,
    RESOLUTION_MAX,
    IncidentNote,
    NoteKind,
    checked_note,
    closed,
    reopened,
    with_finding,
    with_papers,
)
from materiel.domain.language.bounds import Version, filled_text
from materiel.domain.loan.plan import Fault
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.use_cases.incident.answer import tell_declarer
from materiel.use_cases.incident.incident import note_in_journal
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePapers:
    """The papers received by now, all of them, with the civil date of each."""

    incident_id: UUID
    papers: Mapping[IncidentPaper, date]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindFault:
    """Whether the user is at fault, and why; the reason stays in the service."""

    incident_id: UUID
    version: Version
    fault: Fault
    reason: Annotated[str, filled_text(REASON_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIncident:
    """What the service decided, in French, readable by whoever declared."""

    incident_id: UUID
    version: Version
    resolution: Annotated[str, filled_text(RESOLUTION_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenIncident:
    """Why an incident was closed by mistake."""

    incident_id: UUID
    version: Version
    reason: Annotated[str, filled_text(REASON_MAX)]


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed incident, and whether an e-mail tells the declarer that an answer waits."""

    incident: Incident
    is_told: bool


@in_one_visit
async def note_papers(command: NotePapers, *, actor: Actor, now: datetime) -> Incident:
    """Note which papers of the file are there, each with its day.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.already_closed`, `incident.changed`.
        RuleBroken: `incident.invalid`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        incident = await incidents.get(command.incident_id, actor.service_id)
        noted = with_papers(incident, command.papers, today=actor.civil_date(now))
        saved = await incidents.save(replace(noted, version=command.version))
        received = ", ".join(paper.value for paper in saved.papers)
        await note_in_journal(saved, action="incident.papers_noted", actor_id=actor.id, now=now, papers=received)
    return saved


@in_one_visit
async def find_fault(command: FindFault, *, actor: Actor, now: datetime) -> Incident:
    """Say who answers for an incident, with the reason.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.already_closed`, `incident.changed`.
        RuleBroken: `incident.invalid`.

    Source: circulaire n° 2001-221 (P6); domain E25.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        incident = await incidents.get(command.incident_id, actor.service_id)
        found = with_finding(incident, fault=command.fault, reason=command.reason, now=now)
        saved = await incidents.save(replace(found, version=command.version))
        await note_in_journal(saved, action="incident.fault_found", actor_id=actor.id, now=now, fault=saved.fault.value)
    return saved


@in_one_visit
async def add_note(incident_id: UUID, text: str, *, actor: Actor, now: datetime) -> IncidentNote:
    """Add a note to the follow-up, open or closed; the declarer never reads it.

    Raises:
        NotFound: `incident.not_found`.
        RuleBroken: `incident.invalid`.
    """
    actor.require(Permission.WRITE)
    said = checked_note(text)
    async with write_transaction():
        incident = await incidents.get(incident_id, actor.service_id)
        note = await _follow(incident, NoteKind.NOTE, said, actor.id, now)
        await note_in_journal(incident, action="incident.noted", actor_id=actor.id, now=now)
    return note


@in_one_visit
async def close_incident(command: CloseIncident, *, issuer: Issuer) -> Closed:
    """Say what was decided, close an incident, and tell whoever declared it by a link that an answer waits.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.already_closed`, `incident.changed`.
        RuleBroken: `incident.fault_undecided`, `incident.invalid`.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        incident = await incidents.get(command.incident_id, issuer.actor.service_id)
        item = await items.get(incident.item_id, incident.service_id)
        decided = closed(incident, resolution=command.resolution, item_status=item.status, now=issuer.now)
        saved = await incidents.save(replace(decided, version=command.version))
        await note_in_journal(saved, action="incident.closed", actor_id=issuer.actor.id, now=issuer.now)
        is_told = await tell_declarer(saved, issuer=issuer)
    return Closed(saved, is_told)


@in_one_visit
async def reopen_incident(command: ReopenIncident, *, actor: Actor, now: datetime) -> Incident:
    """Open again an incident closed by mistake; its answer leaves the declarer's page and stays in the follow-up.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.already_open`, `incident.changed`.
        RuleBroken: `incident.invalid`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        incident = await incidents.get(command.incident_id, actor.service_id)
        again, reason = reopened(incident, reason=command.reason)
        saved = await incidents.save(replace(again, version=command.version))
        await _follow(saved, NoteKind.ANSWER, incident.resolution, actor.id, now)
        await _follow(saved, NoteKind.REOPENED, reason, actor.id, now)
        await note_in_journal(saved, action="incident.reopened", actor_id=actor.id, now=now)
    return saved


async def _follow(incident: Incident, kind: NoteKind, text: str, actor_id: str, now: datetime) -> IncidentNote:
    note = IncidentNote(id=new_id(), incident_id=incident.id, kind=kind, text=text, written_by=actor_id, written_at=now)
    await incidents.add_note(note)
    return note
