"""« Aujourd'hui »: what waits, grouped by the act that settles it, the oldest of each first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.stocktake import Stocktake
from materiel.domain.circuit.transfer import TransferLine
from materiel.domain.circuit.workshop.licence import LicenceLine
from materiel.domain.circuit.workshop.repair import RepairLine
from materiel.domain.desk.dashboard import ABOUT_LOANS, ABOUT_NEEDS, DUTIES, Concern, Duty
from materiel.domain.papers.document import Document
from materiel.domain.work.outbox import Message
from materiel.store.circuit.stocktake import stocktake as stocktakes
from materiel.store.circuit.waiting import WaitingNeed
from materiel.store.circuit.workshop import licence as licences
from materiel.store.circuit.workshop import repair as repairs
from materiel.store.desk import dashboard as store
from materiel.store.desk import version
from materiel.store.desk.dashboard import LoanPlace, OpenIncident, Waiting
from materiel.store.desk.version import DeskVersion
from materiel.store.engine.kept import Kept
from materiel.store.papers import awaited
from materiel.store.papers import document as documents
from materiel.store.papers import recipient as recipients
from materiel.store.papers import scan_pile as piles
from materiel.store.papers.recipient import ToSend
from materiel.store.papers.scan_pile import LeftToRead
from materiel.store.work import outbox
from materiel.use_cases.circuit.service_loan import due_loans
from materiel.use_cases.desk.awaited import papers_to_sign
from materiel.use_cases.desk.dashboard import (
    ConcernTally,
    WaitingLoan,
    concerned_ids,
    concerned_loans,
    desk_key,
    idle_items,
    items_to_prepare,
    needs_that_wait,
    open_incidents,
    tallies,
)
from materiel.use_cases.loan.elsewhere.liaison import ToDo, to_contact
from materiel.use_cases.loan.reference_change import ToSettle, list_changes

__all__ = [
    "After",
    "AwaitedPaper",
    "LeftToRead",
    "OpenIncident",
    "Thing",
    "ToSend",
    "Waiting",
    "WaitingGroup",
    "WaitingNeed",
    "place_of",
    "read_today",
    "things_of",
]

MOST_DUE = 200
"""More loans between services than end in one month."""

SHOWN = 5
"""Lines of a group; the others are one click away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedPaper:
    """A document that somebody has still to sign, and where its loan is."""

    document: Document
    place: LoanPlace


Thing = (
    Stocktake
    | LicenceLine
    | TransferLine
    | RepairLine
    | WaitingLoan
    | OpenIncident
    | Waiting
    | ToDo
    | ToSettle
    | ToSend
    | Message
    | AwaitedPaper
    | LeftToRead
    | WaitingNeed
)
"""One line of a group: what waits."""


After = UUID | tuple[date, UUID]
"""Where a page of a list ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingGroup:
    """What one act settles: how many things, and the oldest of them."""

    tally: ConcernTally
    duty: Duty
    things: Sequence[Thing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What waits for us, what waits for others, how many items sleep; `groups` are those that were asked for."""

    ours: Sequence[ConcernTally]
    theirs: Sequence[ConcernTally]
    asleep: ConcernTally
    groups: Sequence[WaitingGroup]


_OLDEST: Kept[DeskVersion, list[UUID]] = Kept()
_TODAY: Kept[DeskVersion, Today] = Kept()


async def read_today(*, actor: Actor, now: datetime, theirs: bool | None = False) -> Today:
    """What waits, counted, and the first lines of every group of ours, in the order of the duties.

    One statement as long as nothing was written in the service, lines included.

    Args:
        theirs: the groups of others instead; None for no line at all.
    """
    actor.require(Permission.READ)
    read = partial(_read, actor, now, theirs)
    return await _TODAY.get((*desk_key(actor, now), theirs), partial(version.read, actor.service_id), read)


async def _read(actor: Actor, now: datetime, theirs: bool | None, _: DeskVersion) -> Today:
    counted = {each.concern: each for each in await tallies(actor=actor, now=now)}
    waiting = [counted[concern] for concern in DUTIES if concern in counted and counted[concern].count]
    sides = {side: [each for each in waiting if DUTIES[each.concern].theirs is side] for side in (False, True)}
    groups = []
    for tally in sides[theirs] if theirs is not None else ():
        things = await things_of(tally.concern, actor=actor, now=now, limit=SHOWN)
        groups.append(WaitingGroup(tally=tally, duty=DUTIES[tally.concern], things=things))
    return Today(ours=sides[False], theirs=sides[True], asleep=counted[Concern.IDLE], groups=groups)


async def things_of(
    concern: Concern, *, actor: Actor, now: datetime, limit: int, after: After | None = None
) -> Sequence[Thing]:
    """The oldest things of a concern, after the place that `place_of` gives of one of them."""
    actor.require(Permission.READ)
    if concern in ABOUT_LOANS:
        day_and_loan = after if isinstance(after, tuple) else None
        return await concerned_loans(concern, actor=actor, now=now, limit=limit, after=day_and_loan)
    if concern in ABOUT_NEEDS:
        day_and_need = after if isinstance(after, tuple) else None
        return await needs_that_wait(concern, actor=actor, now=now, limit=limit, after=day_and_need)
    if concern is Concern.REPAIR_LATE:
        day_and_repair = after if isinstance(after, tuple) else None
        late = store.late_repairs(actor.civil_date(now))
        return await repairs.page(actor.service_id, late, limit=limit, after=day_and_repair)
    one = after if isinstance(after, UUID) else None
    match concern:
        case Concern.OWN_SIGNATURE | Concern.SIGNATURE:
            return await _papers(concern is Concern.OWN_SIGNATURE, actor, limit)
        case Concern.NOTICE:
            return await recipients.to_send(actor.service_id, limit=limit)
        case Concern.MAIL:
            return await outbox.refused(actor.service_id, limit=limit, after=one)
        case Concern.SCANS:
            found = await piles.left_to_read(actor.service_id)
            return [each for each in found if one is None or each.id > one][:limit]
        case Concern.STOCKTAKE:
            running = await stocktakes.running(actor.service_id)
            return [each for each in running if one is None or each.id > one][:limit]
        case Concern.LICENCE:
            return await licences.to_see(actor.service_id, actor.civil_date(now), limit=limit, after=one)
        case Concern.SERVICE_LOAN:
            due = await due_loans(actor=actor, now=now, limit=MOST_DUE)
            return [each for each in due if one is None or each.transfer.id > one][:limit]
        case Concern.INCIDENT:
            return await open_incidents(actor=actor, limit=limit, after=one)
        case Concern.TO_PREPARE:
            return await items_to_prepare(actor=actor, limit=limit, after=one)
        case Concern.LIAISON:
            return await to_contact(actor=actor, now=now, limit=limit, after=one)
        case Concern.REFERENCE:
            return await list_changes(actor=actor, now=now, limit=limit, after=one)
    return await idle_items(actor=actor, now=now, limit=limit, after=one)


async def papers_awaited(concern: Concern, *, actor: Actor, now: datetime, most: int) -> list[UUID]:
    """Every paper that the act of a group asks a signature for, oldest first, up to so many.

    Raises:
        LookupError: the group asks for none.
    """
    actor.require(Permission.READ)
    if concern is Concern.SIGNATURE:
        return await awaited.oldest(actor.service_id, own=False, limit=most)
    if concern is not Concern.UNSIGNED:
        raise LookupError(f"{concern.value} asks for no signature")
    found = await concerned_ids(concern, actor=actor, now=now, limit=most)
    return (await papers_to_sign(found, actor=actor))[:most]


def place_of(thing: Thing) -> After:
    """Where a thing stands in its list."""
    match thing:
        case WaitingLoan():
            return thing.day, thing.loan.id
        case WaitingNeed():
            return thing.day, thing.line.need.id
        case RepairLine():
            return thing.repair.sent_on, thing.repair.id
        case Waiting():
            return thing.item.id
        case LicenceLine():
            return thing.licence.id
        case ToDo():
            return thing.leaving.id
        case TransferLine():
            return thing.transfer.id
        case ToSettle():
            return thing.change.id
        case AwaitedPaper():
            return thing.document.id
        case ToSend():
            return thing.document_id
    return thing.id


async def _papers(own: bool, actor: Actor, limit: int) -> list[AwaitedPaper]:
    asked = partial(_oldest, actor.service_id, own, limit)
    listed = await _OLDEST.get((actor.service_id, own, limit), partial(version.read, actor.service_id), asked)
    found = await documents.get_many(listed, actor.service_id)
    places = await store.places(actor.service_id, list({each.loan_id for each in found}))
    return [AwaitedPaper(document=each, place=places[each.loan_id]) for each in found]


async def _oldest(service_id: UUID, own: bool, limit: int, _: DeskVersion) -> list[UUID]:
    return await awaited.oldest(service_id, own=own, limit=limit)
