"""« Aujourd'hui »: what waits, grouped by the act that settles it, the oldest of each first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.dashboard import DUTIES, Concern, Duty
from materiel.domain.papers.document import Document
from materiel.domain.work.outbox import Message
from materiel.store.desk import dashboard as store
from materiel.store.desk import version
from materiel.store.desk.dashboard import LoanPlace, OpenIncident, Waiting
from materiel.store.desk.version import DeskVersion
from materiel.store.engine.kept import Kept
from materiel.store.papers import awaited
from materiel.store.papers import document as documents
from materiel.store.papers import recipient as recipients
from materiel.store.papers.recipient import ToSend
from materiel.store.work import outbox
from materiel.use_cases.desk.dashboard import (
    WaitingLoan,
    concerned_loans,
    idle_items,
    items_to_prepare,
    open_incidents,
    tallies,
)
from materiel.use_cases.loan.liaison import ToDo, to_contact
from materiel.use_cases.loan.reference_change import ToSettle, list_changes

__all__ = ["AwaitedPaper", "OpenIncident", "Thing", "ToSend", "Waiting", "WaitingGroup", "read_today", "things_of"]

SHOWN = 5
"""Lines of a group; the others are one click away."""


_OLDEST: Kept[DeskVersion, list[UUID]] = Kept()


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedPaper:
    """A document that somebody has still to sign, and where its loan is."""

    document: Document
    place: LoanPlace


Thing = WaitingLoan | OpenIncident | Waiting | ToDo | ToSettle | ToSend | Message | AwaitedPaper
"""One line of a group: what waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingGroup:
    """What one act settles: how many things (`more` when there are more than the number told), the oldest of them."""

    concern: Concern
    duty: Duty
    count: int
    more: bool
    things: Sequence[Thing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What waits for us, what waits for others, how many items sleep, and the concerns that list nothing."""

    ours: Sequence[WaitingGroup]
    theirs: Sequence[WaitingGroup]
    asleep: int
    asleep_more: bool
    settled: Sequence[Concern]


async def read_today(*, actor: Actor, now: datetime) -> Today:
    """Every group that has something, in the order of the duties, with its first lines."""
    actor.require(Permission.READ)
    counted = {each.concern: each for each in await tallies(actor=actor, now=now)}
    groups = []
    for concern, duty in DUTIES.items():
        tally = counted.get(concern)
        if tally is not None and tally.count:
            things = await things_of(concern, actor=actor, now=now, limit=SHOWN)
            groups.append(WaitingGroup(concern=concern, duty=duty, count=tally.count, more=tally.more, things=things))
    asleep = counted[Concern.IDLE]
    return Today(
        ours=[group for group in groups if not group.duty.theirs],
        theirs=[group for group in groups if group.duty.theirs],
        asleep=asleep.count,
        asleep_more=asleep.more,
        settled=[concern for concern in DUTIES if concern in counted and not counted[concern].count],
    )


async def things_of(concern: Concern, *, actor: Actor, now: datetime, limit: int) -> Sequence[Thing]:
    """The oldest things of a concern."""
    actor.require(Permission.READ)
    match concern:
        case Concern.OWN_SIGNATURE | Concern.SIGNATURE:
            return await _papers(concern is Concern.OWN_SIGNATURE, actor, limit)
        case Concern.NOTICE:
            return await recipients.to_send(actor.service_id, limit=limit)
        case Concern.MAIL:
            return await outbox.refused(actor.service_id, limit=limit)
        case Concern.INCIDENT:
            return await open_incidents(actor=actor, limit=limit)
        case Concern.TO_PREPARE:
            return await items_to_prepare(actor=actor, limit=limit)
        case Concern.IDLE:
            return await idle_items(actor=actor, now=now, limit=limit)
        case Concern.LIAISON:
            return await to_contact(actor=actor, now=now, limit=limit)
        case Concern.REFERENCE:
            return await list_changes(actor=actor, now=now, limit=limit)
    return await concerned_loans(concern, actor=actor, now=now, limit=limit)


async def _papers(own: bool, actor: Actor, limit: int) -> list[AwaitedPaper]:
    asked = partial(_oldest, actor.service_id, own, limit)
    listed = await _OLDEST.get((actor.service_id, own, limit), partial(version.read, actor.service_id), asked)
    found = await documents.get_many(listed, actor.service_id)
    places = await store.places(actor.service_id, list({each.loan_id for each in found}))
    return [AwaitedPaper(document=each, place=places[each.loan_id]) for each in found]


async def _oldest(service_id: UUID, own: bool, limit: int, _: DeskVersion) -> list[UUID]:
    return await awaited.oldest(service_id, own=own, limit=limit)
