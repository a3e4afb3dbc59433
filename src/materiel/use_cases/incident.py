"""Incidents: declare one about an item of a loan, follow it, close it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.equipment import Item
from materiel.domain.incident import (
    DeclaredAs,
    Incident,
    IncidentKind,
    IncidentState,
    checked_incident,
    closed,
)
from materiel.domain.outbox import Purpose
from materiel.domain.roles import Actor, Permission
from materiel.domain.school_year import civil_date
from materiel.store import incident as incidents
from materiel.store import journal
from materiel.store import service as services
from materiel.store.engine import write_transaction
from materiel.store.ids import new_id
from materiel.use_cases.outbox import Letter, post


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareIncident:
    """What somebody tells about an item; `happened_on` is a civil date, `description` as typed."""

    kind: IncidentKind
    description: str = ""
    happened_on: date | None = None


@dataclass(frozen=True, slots=True)
class Declarer:
    """Who declares, as the journal keeps it (`link:…`, `user:…`), and on whose side."""

    id: str
    side: DeclaredAs


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIncident:
    """What the service decided, in French, readable by whoever declared."""

    incident_id: UUID
    resolution: str
    version: int


async def declare_incident(
    command: DeclareIncident, *, item: Item, loan_id: UUID | None, declarer: Declarer, base_url: str, now: datetime
) -> Incident:
    """Keep a declaration and tell the service by e-mail; the same one sent twice is kept once.

    The caller has made sure that the declarer holds this item under this loan.

    Raises:
        RuleBroken: `incident.invalid`.
    """
    incident = checked_incident(
        Incident(
            id=new_id(),
            service_id=item.service_id,
            item_id=item.id,
            loan_id=loan_id,
            kind=command.kind,
            description=command.description,
            happened_on=command.happened_on,
            declared_by=declarer.id,
            declared_as=declarer.side,
            declared_at=now,
        ),
        today=civil_date(now),
    )
    async with write_transaction():
        for known in await incidents.of_item(item.id, item.service_id):
            if _says_the_same(known, incident):
                return known
        await incidents.insert(incident)
        await _note(incident, "incident.declared", declarer.id, now)
        await _tell_service(incident, item, base_url=base_url, now=now)
    return incident


async def list_incidents(
    *, actor: Actor, state: IncidentState = IncidentState.OPEN, limit: int = 50, after: UUID | None = None
) -> list[Incident]:
    """The incidents of the actor's service in a state, oldest first."""
    actor.require(Permission.READ)
    return await incidents.page(actor.service_id, state=state, limit=limit, after=after)


async def incidents_of_item(item_id: UUID, *, actor: Actor) -> list[Incident]:
    """Every incident of an item of the actor's service, oldest first."""
    actor.require(Permission.READ)
    return await incidents.of_item(item_id, actor.service_id)


async def close_incident(command: CloseIncident, *, actor: Actor, now: datetime) -> Incident:
    """Say what was decided and close an incident.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.already_closed`, `incident.changed`.
        RuleBroken: `incident.invalid`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        incident = await incidents.get(command.incident_id, actor.service_id)
        decided = closed(incident, resolution=command.resolution, now=now)
        saved = await incidents.save(replace(decided, version=command.version))
        await _note(saved, "incident.closed", actor.id, now)
    return saved


def _says_the_same(known: Incident, new: Incident) -> bool:
    return known.state is IncidentState.OPEN and (
        known.kind,
        known.description,
        known.happened_on,
        known.declared_by,
    ) == (new.kind, new.description, new.happened_on, new.declared_by)


async def _tell_service(incident: Incident, item: Item, *, base_url: str, now: datetime) -> None:
    service = await services.get(incident.service_id)
    if not service.email:
        return
    await post(
        Letter(
            purpose=Purpose.INCIDENT,
            template="incident",
            to_address=service.email,
            service=service,
            values={"incident": incident, "item": item, "home": base_url},
            unique_key=f"incident:{incident.id}",
        ),
        base_url=base_url,
        now=now,
    )


async def _note(incident: Incident, action: str, actor_id: str, now: datetime) -> None:
    await journal.append(
        incident.service_id,
        at=now,
        actor=actor_id,
        action=action,
        subject_kind="incident",
        subject_id=incident.id,
        details={"item": str(incident.item_id), "kind": incident.kind.value},
    )
