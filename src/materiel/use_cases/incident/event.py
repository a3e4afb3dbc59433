"""What happened to an item, whatever the door: an amendment, a state, a return. It opens or joins the same incident.

Whoever told it by a link keeps their own report, which the act joins: the fault is found once, and nothing vanishes.
Every function here runs inside the caller's write transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.incident.incident import DeclaredAs, Incident, IncidentKind, IncidentState
from materiel.domain.incident.treatment import (
    FAMILY_OF,
    NOTE_MAX,
    REASON_MAX,
    RESOLUTION_MAX,
    IncidentNote,
    NoteKind,
    note_text,
    with_finding,
)
from materiel.domain.item.item import Condition, Item, ItemStatus
from materiel.domain.language.french import long_date
from materiel.domain.loan.loan import RemovalReason
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.loan.steps import ReturnedItem
from materiel.store.engine.ids import new_id
from materiel.store.incident import incident as incidents
from materiel.use_cases.incident.answer import tell_declarer
from materiel.use_cases.incident.incident import note_in_journal
from materiel.use_cases.papers.issuer import Issuer

KIND_OF_STATUS = {ItemStatus.LOST: IncidentKind.LOSS, ItemStatus.STOLEN: IncidentKind.THEFT}
KIND_OF_REMOVAL = {
    RemovalReason.BROKEN: IncidentKind.DAMAGE,
    RemovalReason.LOST: IncidentKind.LOSS,
    RemovalReason.STOLEN: IncidentKind.THEFT,
}
KIND_OF_CONDITION = {Condition.DAMAGED: IncidentKind.DAMAGE, Condition.OUT_OF_ORDER: IncidentKind.BREAKDOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to an item under a loan, as a manager's act tells it."""

    item_id: UUID
    loan_id: UUID | None
    kind: IncidentKind
    told: str
    happened_on: date
    fault: Fault = Fault.UNDECIDED


async def open_incidents(item_id: UUID, service_id: UUID, kind: IncidentKind) -> list[Incident]:
    """The incidents still open that tell the same event of an item."""
    known = await incidents.of_item(item_id, service_id)
    return [each for each in known if each.is_open and FAMILY_OF[each.kind] is FAMILY_OF[kind]]


async def record_event(event: Event, *, actor: Actor, now: datetime) -> None:
    """Join the open incidents of the event, or open one; a fault already found is not found again."""
    known = await open_incidents(event.item_id, actor.service_id, event.kind)
    if not known:
        await _open(event, actor, now)
    for incident in known:
        named = incident
        if event.kind in KIND_OF_STATUS.values() and incident.kind is not event.kind:
            named = await incidents.save(replace(incident, kind=event.kind))
        text = f"{event.kind.label} : {event.told}"
        # A note holds the longest description, but not the kind before it.
        await follow(named, NoteKind.NOTE, text if len(text) <= NOTE_MAX else event.told, actor_id=actor.id, now=now)
        if event.fault is not Fault.UNDECIDED and incident.fault is Fault.UNDECIDED:
            found = await incidents.save(with_finding(named, fault=event.fault, reason=_reason(event), now=now))
            await note_in_journal(
                found, action="incident.fault_found", actor_id=actor.id, now=now, fault=found.fault.value
            )
        else:
            await note_in_journal(named, action="incident.noted", actor_id=actor.id, now=now)


async def with_known_faults(removals: Sequence[Removal], service_id: UUID) -> tuple[Removal, ...]:
    """The removals, each with what an open incident has already found: nobody is asked twice."""
    known = []
    for each in removals:
        found = Fault.UNDECIDED
        if each.fault is Fault.UNDECIDED and (kind := KIND_OF_REMOVAL.get(each.reason)) is not None:
            told = await open_incidents(each.item_id, service_id, kind)
            found = next((one.fault for one in told if one.fault is not Fault.UNDECIDED), Fault.UNDECIDED)
        known.append(replace(each, fault=found) if found is not Fault.UNDECIDED else each)
    return tuple(known)


async def record_removals(removals: Iterable[Removal], loan_id: UUID, on: date, *, actor: Actor, now: datetime) -> None:
    """The losses, thefts and breakages that an amendment tells."""
    for each in removals:
        if (kind := KIND_OF_REMOVAL.get(each.reason)) is not None:
            event = Event(
                item_id=each.item_id,
                loan_id=loan_id,
                kind=kind,
                told=each.description or f"{each.reason.label}, sorti du prêt par avenant.",
                happened_on=each.happened_on or min(on, actor.civil_date(now)),
                fault=each.fault,
            )
            await record_event(event, actor=actor, now=now)


async def record_returns(back: Iterable[ReturnedItem], loan_id: UUID, on: date, *, actor: Actor, now: datetime) -> None:
    """The breakages that a return shows."""
    for each in back:
        if (kind := KIND_OF_CONDITION.get(each.condition)) is not None:
            told = f"{_seen_at_return(on)} : {each.condition.label.lower()}."
            event = Event(item_id=each.item_id, loan_id=loan_id, kind=kind, told=told, happened_on=on)
            await record_event(event, actor=actor, now=now)


async def answer_found(item: Item, on: date, reason: str, *, issuer: Issuer) -> None:
    """Answer the incidents about an item found again; those already answered keep it in their follow-up."""
    told = f"Le matériel est retrouvé, le {long_date(on)}."
    for incident in await incidents.of_item(item.id, item.service_id):
        if FAMILY_OF[incident.kind] is not FAMILY_OF[IncidentKind.LOSS]:
            continue
        await follow(incident, NoteKind.NOTE, f"{told} {reason}", actor_id=issuer.actor.id, now=issuer.now)
        if incident.is_open:
            await settle(incident, told, issuer=issuer)


async def answer_undone_return(item_ids: Sequence[UUID], loan_id: UUID, on: date, *, issuer: Issuer) -> None:
    """Say that a return, taken back, showed nothing; the breakages that it alone told are answered."""
    told = f"Le retour du {long_date(on)} a été enregistré par erreur : il est annulé."
    for item_id in item_ids:
        for incident in await incidents.of_item(item_id, issuer.actor.service_id):
            if incident.loan_id != loan_id or not incident.is_open or incident.kind not in KIND_OF_CONDITION.values():
                continue
            await follow(incident, NoteKind.NOTE, told, actor_id=issuer.actor.id, now=issuer.now)
            if incident.description.startswith(_seen_at_return(on)):
                await settle(incident, told, issuer=issuer)


def _seen_at_return(on: date) -> str:
    return f"Revenu le {long_date(on)}, état constaté"


async def settle(incident: Incident, resolution: str, *, issuer: Issuer) -> None:
    """Close an incident that nobody has to answer for, and tell whoever declared it that an answer waits."""
    closed = replace(incident, state=IncidentState.CLOSED, resolution=resolution[:RESOLUTION_MAX], closed_at=issuer.now)
    saved = await incidents.save(closed)
    await note_in_journal(saved, action="incident.closed", actor_id=issuer.actor.id, now=issuer.now)
    await tell_declarer(saved, issuer=issuer)


async def follow(incident: Incident, kind: NoteKind, text: str, *, actor_id: str, now: datetime) -> None:
    """Add a line to the follow-up of an incident."""
    await incidents.add_note(
        IncidentNote(
            id=new_id(),
            incident_id=incident.id,
            kind=kind,
            text=note_text(text),
            written_by=actor_id,
            written_at=now,
        )
    )


def _reason(event: Event) -> str:
    """Why the user is at fault, or not; the whole of what happened is in the description, or in the follow-up."""
    return event.told[:REASON_MAX].strip()


async def _open(event: Event, actor: Actor, now: datetime) -> None:
    found = event.fault is not Fault.UNDECIDED
    incident = Incident(
        id=new_id(),
        service_id=actor.service_id,
        item_id=event.item_id,
        loan_id=event.loan_id,
        kind=event.kind,
        description=event.told,
        happened_on=event.happened_on,
        declared_by=actor.id,
        declared_as=DeclaredAs.ACCOUNT,
        declared_at=now,
        fault=event.fault,
        fault_reason=_reason(event) if found else "",
        decided_at=now if found else None,
    )
    await incidents.insert(incident)
    await note_in_journal(incident, action="incident.declared", actor_id=actor.id, now=now)
