"""Incidents: declare one about an item of a loan, write down the one that somebody tells, list them.

What a manager then does is in `treatment`, what its page shows in `sheet`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.incident.incident import (
    DeclaredAs,
    Incident,
    IncidentFilter,
    IncidentKind,
    checked_incident,
    sides_of,
)
from materiel.domain.incident.treatment import missing_papers
from materiel.domain.item.item import Item
from materiel.domain.language.bounds import line
from materiel.domain.language.folding import fold
from materiel.domain.language.order import LinePlace, Order, few_sorted
from materiel.domain.loan.plan import DESCRIPTION_MAX
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard
from materiel.store.desk.dashboard import LoanPlace
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.incident import incident as incidents
from materiel.store.incident.told import with_items
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.search.total import Total
from materiel.use_cases.work.outbox import MessageText, post


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareIncident:
    """What somebody tells about an item; `happened_on` is a civil date, `description` as typed."""

    kind: IncidentKind
    description: str = ""
    happened_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordIncident:
    """What a manager writes down, told by telephone or at the counter; `declared_as` is on whose side."""

    item_id: UUID
    kind: IncidentKind
    description: Annotated[str, line(DESCRIPTION_MAX)] = ""
    happened_on: date | None = None
    declared_as: DeclaredAs = DeclaredAs.ACCOUNT


@dataclass(frozen=True, slots=True)
class Declarer:
    """Who declares, as the journal keeps it, on whose side, and by which link, None for an account."""

    id: str
    side: DeclaredAs
    link_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """An incident as a list shows it: its item, and the place of the loan it was declared under, if any."""

    incident: Incident
    item: Item
    place: LoanPlace | None


@in_one_visit
async def declare_incident(
    command: DeclareIncident, *, item: Item, loan_id: UUID | None, declarer: Declarer, base_url: str, now: datetime
) -> Incident:
    """Keep a declaration and tell the service by e-mail; the same one sent twice is kept once.

    The caller has made sure that the declarer holds this item under this loan.

    Raises:
        RuleBroken: `incident.invalid`.
    """
    service = await services.get(item.service_id)
    incident = checked_incident(_new(command, item, loan_id, declarer, now), today=service.civil_date(now))
    async with write_transaction():
        if (known := await _already_told(incident)) is not None:
            return known
        await _keep(incident, now)
        await tell_service(incident, item, purpose=Purpose.INCIDENT, about=incident.id, base_url=base_url, now=now)
    return incident


@in_one_visit
async def record_incident(command: RecordIncident, *, actor: Actor, now: datetime) -> Incident:
    """Keep what a manager was told about an item, under the loan that holds it now; nobody is written to.

    The same one sent twice is kept once.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `incident.invalid`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        item = await items.get(command.item_id, actor.service_id)
        loan = await loans.open_loan_of(item.id)
        declarer = Declarer(actor.id, command.declared_as)
        told = _new(command, item, loan.id if loan else None, declarer, now)
        incident = checked_incident(told, today=actor.civil_date(now), loan=loan, by_hand=True)
        if (known := await _already_told(incident)) is not None:
            return known
        await _keep(incident, now)
    return incident


async def recordable_sides(item_id: UUID, *, actor: Actor) -> tuple[Item, tuple[DeclaredAs, ...]]:
    """An item of the actor's service, and on whose behalf an incident about it may be written down now.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item = await items.get(item_id, actor.service_id)
    return item, sides_of(await loans.open_loan_of(item.id))


async def list_incidents(
    wanted: IncidentFilter, *, actor: Actor, limit: int = 50, after: UUID | None = None, newest_first: bool = False
) -> list[Incident]:
    """The incidents of the actor's service that answer a filter, after one of them; oldest first unless asked."""
    actor.require(Permission.READ)
    return await incidents.page(actor.service_id, wanted, limit=limit, after=after, newest_first=newest_first)


async def list_incident_lines(
    wanted: IncidentFilter, *, actor: Actor, limit: int, after: UUID | None = None, newest_first: bool = False
) -> list[IncidentLine]:
    """The same, each with its item and its place."""
    found = await list_incidents(wanted, actor=actor, limit=limit, after=after, newest_first=newest_first)
    loan_ids = list(dict.fromkeys(each.loan_id for each in found if each.loan_id is not None))
    places = await dashboard.places(actor.service_id, loan_ids)
    return [
        IncidentLine(
            incident=told.incident,
            item=told.item,
            place=places.get(told.incident.loan_id) if told.incident.loan_id else None,
        )
        for told in await with_items(found, actor.service_id)
    ]


BY_AGE = "signale"
MOST_SORTED = 500
"""Incidents that are sorted by what their items and loans say: each is read whole."""
SORTS: dict[str, Callable[[IncidentLine], Any]] = {
    "nature": lambda line: line.incident.kind.label,
    "materiel": lambda line: line.item.inventory_number,
    "ou": lambda line: fold(line.place.school_name) if line.place else None,
    "par": lambda line: line.incident.declared_as.label,
    "suite": lambda line: line.incident.in_service.label,
    "manque": lambda line: len(missing_papers(line.incident)) or None,
}
"""By the name of the column."""


async def incident_page(
    wanted: IncidentFilter, order: Order, *, actor: Actor, limit: int, after: LinePlace | None = None
) -> list[tuple[IncidentLine, LinePlace]]:
    """Incidents after the place of one of them, each with its own."""
    if order.column == BY_AGE:
        last = None if after is None else after.id
        found = await list_incident_lines(wanted, actor=actor, limit=limit, after=last, newest_first=order.descending)
        return [(line, LinePlace(line.incident.id, line.incident.id)) for line in found]
    value = SORTS[order.column]
    return few_sorted(
        await list_incident_lines(wanted, actor=actor, limit=MOST_SORTED),
        lambda line: LinePlace(value(line), line.incident.id),
        descending=order.descending,
        limit=limit,
        after=after,
    )


async def total_incidents(wanted: IncidentFilter, *, actor: Actor) -> Total:
    """How many incidents of the actor's service answer a filter."""
    actor.require(Permission.READ)
    return Total(await incidents.count(actor.service_id, wanted))


async def incidents_of_item(item_id: UUID, *, actor: Actor) -> list[Incident]:
    """Every incident of an item of the actor's service, oldest first."""
    actor.require(Permission.READ)
    return await incidents.of_item(item_id, actor.service_id)


async def note_in_journal(incident: Incident, *, action: str, actor_id: str, now: datetime, **details: str) -> None:
    """Add the entry of an act upon an incident; `details` hold neither a name nor what somebody wrote."""
    await journal.By(incident.service_id, actor_id, now).note(
        action, incident.id, {"item": str(incident.item_id), "kind": incident.kind.value, **details}
    )


def _new(
    command: DeclareIncident | RecordIncident, item: Item, loan_id: UUID | None, declarer: Declarer, now: datetime
) -> Incident:
    return Incident(
        id=new_id(),
        service_id=item.service_id,
        item_id=item.id,
        loan_id=loan_id,
        kind=command.kind,
        description=command.description,
        happened_on=command.happened_on,
        declared_by=declarer.id,
        declared_link=declarer.link_id,
        declared_as=declarer.side,
        declared_at=now,
    )


async def _keep(incident: Incident, now: datetime) -> None:
    await incidents.insert(incident)
    await note_in_journal(incident, action="incident.declared", actor_id=incident.declared_by, now=now)


async def _already_told(new: Incident) -> Incident | None:
    for known in await incidents.of_item(new.item_id, new.service_id):
        if known.is_open and _words(known) == _words(new):
            return known
    return None


def _words(incident: Incident) -> tuple[object, ...]:
    return (
        incident.kind,
        incident.description,
        incident.happened_on,
        incident.declared_by,
        incident.declared_as,
        incident.loan_id,
    )


async def tell_service(
    incident: Incident,
    item: Item,
    *,
    purpose: Purpose,
    about: UUID,
    base_url: str,
    now: datetime,
    **values: object,
) -> None:
    """Write to the service, in the transaction, of what somebody told or sent; without an address it reads its page.

    Args:
        purpose: its template bears the same name, and takes `values`.
        about: what is told once: the incident, or a file received.
    """
    service = await services.get(incident.service_id)
    if not service.email:
        return
    await post(
        MessageText(
            purpose=purpose,
            impulse=Impulse.OWN,
            template=purpose.value,
            to_address=service.email,
            service=service,
            values={**values, "incident": incident, "item": item, "page": f"{base_url}/incidents/{incident.id}"},
            about=About(incident_id=incident.id, loan_id=incident.loan_id),
            unique_key=f"{purpose.value}:{about}",
        ),
        base_url=base_url,
        now=now,
    )
