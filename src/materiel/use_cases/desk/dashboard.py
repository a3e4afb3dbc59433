"""What needs a hand today in the actor's service: counts, lists one click away, and three charts.

Which loans are listed is asked of the database; why is told by the rules of `domain.loan.alerts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.accounts.service import RenewalPolicy
from materiel.domain.calendar.civil_day import first_instant
from materiel.domain.circuit.use import unused_in_a_row
from materiel.domain.desk.dashboard import (
    ALERTS_OF,
    FOR_WRITERS,
    Concern,
    Horizon,
    coming_of_age,
    draft_age,
    months_shown,
)
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.language.french import long_date
from materiel.domain.loan.alerts import OF_PAPERS, alerts
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.document import Document
from materiel.domain.usage import Custody, Usage
from materiel.store.accounts import service as services
from materiel.store.circuit import use as uses
from materiel.store.circuit import waiting
from materiel.store.circuit.condition import remark as condition_remarks
from materiel.store.circuit.waiting import WaitingNeed
from materiel.store.desk import dashboard as store
from materiel.store.desk import version
from materiel.store.desk.dashboard import LoanPlace, OpenIncident, Waiting
from materiel.store.desk.version import COUNTED, DeskVersion
from materiel.store.engine.database import together
from materiel.store.engine.kept import Kept
from materiel.store.item import item as items
from materiel.store.item import list as item_list
from materiel.store.item import tally
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import folder
from materiel.store.signing import remark as remarks


@dataclass(frozen=True, slots=True)
class ConcernTally:
    """How many things a concern lists; `more` when there are more than the number told."""

    concern: Concern
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What the charts show: items by state, loans under way by usage and custody, loans started by month."""

    items: Mapping[ItemStatus, int]
    loans: Mapping[tuple[Usage, Custody], int]
    months: Mapping[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLoan:
    """A loan that needs a hand: since or until `day`, and why, in French sentences; `things` are what it lends."""

    loan: Loan
    place: LoanPlace
    day: date
    reasons: tuple[str, ...]
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Caps:
    """What may end before loans do: the leases of their items, by item, and the service's policy."""

    items: dict[UUID, Item]
    policy: RenewalPolicy | None


_NO_CAPS = _Caps({}, None)
"""For a concern that nothing of them explains."""


LATELY = timedelta(seconds=10)
"""For so long the menu of a page may tell what was counted for the page before, on a busy day."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted, and when."""

    at: datetime
    tallies: tuple[ConcernTally, ...]


_TALLIES: Kept[DeskVersion, _Counted] = Kept()
_FIGURES: Kept[DeskVersion, Figures] = Kept()
_LISTED: Kept[DeskVersion, list[tuple[UUID, date]]] = Kept()


async def tallies(*, actor: Actor, now: datetime) -> list[ConcernTally]:
    """Count every concern, in their order; a count stops at one hundred.

    One statement as long as nothing was written in the service: see `store.desk.version`.
    """
    actor.require(Permission.READ)
    horizon, idle_before = _horizon(actor, now)
    # Whoever only reads deals with no mail.
    writes = Permission.WRITE in PERMISSIONS[actor.role]
    shown = tuple(concern for concern in Concern if writes or concern not in FOR_WRITERS)
    counted = partial(_tallies, actor.service_id, shown, horizon, idle_before, now)
    found = await _TALLIES.get(desk_key(actor, now), partial(version.read, actor.service_id), counted)
    return list(found.tallies)


async def tallies_lately(*, actor: Actor, now: datetime) -> list[ConcernTally]:
    """The same for the menu of a page, which may be late by `LATELY`: on a busy day each page would count again.

    Whoever has just written is to be given `tallies`.
    """
    actor.require(Permission.READ)
    found = _TALLIES.last(desk_key(actor, now))
    if found is not None and timedelta(0) <= now - found.at < LATELY:
        return list(found.tallies)
    return await tallies(actor=actor, now=now)


def desk_key(actor: Actor, now: datetime) -> tuple[object, ...]:
    """All that the counts of a person depend on beside the base: the service, the role, and the days that decide."""
    return (actor.service_id, actor.role, *_horizon(actor, now))


async def figures(*, actor: Actor, now: datetime) -> Figures:
    """The figures of the charts; a state or a month without anything is there, with zero."""
    actor.require(Permission.READ)
    months = months_shown(actor.civil_date(now))
    counted = partial(_figures, actor.service_id, months)
    return await _FIGURES.get((actor.service_id, actor.role, months), partial(version.read, actor.service_id), counted)


async def _tallies(
    service_id: UUID,
    shown: tuple[Concern, ...],
    horizon: Horizon,
    idle_before: datetime,
    now: datetime,
    at: DeskVersion,
) -> _Counted:
    told = {Concern.MAIL: at.refused, Concern.REFERENCE: at.changed}
    asked = [concern for concern in shown if concern not in told]
    found = told | await store.counts(service_id, asked, horizon, idle_before)
    told_of = (ConcernTally(concern, min(found[concern], COUNTED), found[concern] > COUNTED) for concern in shown)
    return _Counted(now, tuple(told_of))


async def _listed(
    service_id: UUID, concern: Concern, horizon: Horizon, limit: int, after: tuple[date, UUID] | None, _: DeskVersion
) -> list[tuple[UUID, date]]:
    return await store.loans_of(service_id, concern, horizon, limit=limit, after=after)


async def _figures(service_id: UUID, months: tuple[date, ...], _: DeskVersion) -> Figures:
    counted = await tally.items_by_status(service_id)
    return Figures(
        items={status: counted.get(status, 0) for status in ItemStatus},
        loans=await store.loans_by_kind(service_id),
        months=await store.loans_started(service_id, months),
    )


async def concerned_loans(
    concern: Concern, *, actor: Actor, now: datetime, limit: int, after: tuple[date, UUID] | None = None
) -> list[WaitingLoan]:
    """Loans of a concern, in the order of the day on which each began or will end, after one of them.

    Raises:
        LookupError: the concern is not about loans.
    """
    actor.require(Permission.READ)
    codes = ALERTS_OF.get(concern, ())
    horizon, _ = _horizon(actor, now)
    asked = partial(_listed, actor.service_id, concern, horizon, limit, after)
    key = (actor.service_id, concern, horizon, limit, after)
    listed = dict(await _LISTED.get(key, partial(version.read, actor.service_id), asked))
    ids = list(listed)
    places: dict[UUID, LoanPlace]
    papers: dict[UUID, list[Document]]
    found: list[Loan]
    things: dict[UUID, list[str]]
    places, papers, found, things = await together(
        store.places(actor.service_id, ids),
        documents.of_loans(ids if not OF_PAPERS.isdisjoint(codes) else ()),
        loans.get_many(ids, actor.service_id),
        item_list.held_designations(ids),
    )
    today = actor.civil_date(now)
    caps = await _caps(found, actor) if concern is Concern.CAPPED else _NO_CAPS
    return [
        WaitingLoan(
            loan=loan,
            place=places[loan.id],
            day=listed[loan.id],
            reasons=await _why(concern, loan, listed[loan.id], today)
            or _reasons(loan, papers.get(loan.id, ()), codes, today, places[loan.id].pupil_died, caps),
            things=tuple(things.get(loan.id, ())),
        )
        for loan in found
    ]


async def concerned_ids(concern: Concern, *, actor: Actor, now: datetime, limit: int) -> list[UUID]:
    """The loans of a concern alone, in the same order: for an act on all of them."""
    actor.require(Permission.READ)
    horizon, _ = _horizon(actor, now)
    return [loan_id for loan_id, _ in await store.loans_of(actor.service_id, concern, horizon, limit=limit)]


async def idle_items(*, actor: Actor, now: datetime, limit: int, after: UUID | None = None) -> list[Waiting]:
    """Items that have been in the stock for months without being held by anybody, oldest first."""
    actor.require(Permission.READ)
    horizon, idle_before = _horizon(actor, now)
    return await store.idle_items(actor.service_id, idle_before, horizon.idle_since, limit=limit, after=after)


async def items_to_prepare(*, actor: Actor, limit: int, after: UUID | None = None) -> list[Waiting]:
    """Items that came back and that nobody has prepared yet."""
    actor.require(Permission.READ)
    return await store.items_to_prepare(actor.service_id, limit=limit, after=after)


async def needs_that_wait(
    concern: Concern, *, actor: Actor, now: datetime, limit: int, after: tuple[date, UUID] | None = None
) -> list[WaitingNeed]:
    """Needs of a concern, in the order of the day since when, or by when, each wants a hand."""
    actor.require(Permission.READ)
    why = store.NEED_WAITS[concern]
    return await waiting.page(actor.service_id, why, actor.civil_date(now), limit=limit, after=after)


async def open_incidents(*, actor: Actor, limit: int, after: UUID | None = None) -> list[OpenIncident]:
    """Incidents that nobody has settled yet, oldest first."""
    actor.require(Permission.READ)
    return await store.open_incidents(actor.service_id, limit=limit, after=after)


def _horizon(actor: Actor, now: datetime) -> tuple[Horizon, datetime]:
    horizon = Horizon.of(actor.civil_date(now))
    return horizon, first_instant(horizon.idle_since, actor.zone)


async def _caps(listed: list[Loan], actor: Actor) -> _Caps:
    held = {line.item_id for loan in listed for line in loan.open_items}
    lent = {each.id: each for each in await items.get_many(list(held), actor.service_id)}
    return _Caps(lent, (await services.get(actor.service_id)).renewal_policy)


async def _why(concern: Concern, loan: Loan, day: date, today: date) -> tuple[str, ...]:
    """What a concern says that no alert of a loan does."""
    if concern is Concern.DRAFT:
        return (draft_age(day, today).capitalize() + ".",)
    if concern is Concern.UNUSED:
        found = unused_in_a_row(await uses.of_loan(loan.id, loan.service_id), [each.item_id for each in loan.lines_out])
        return (f"Le {long_date(max(found.values()))}, et à la réunion d'avant.",) if found else ()
    if concern is Concern.REMARKS:
        papers = await documents.get_many(await remarks.unread_of_loan(loan.id), loan.service_id)
        back = await folder.returned(loan.service_id, loan.id)
        unread = [each for each in await condition_remarks.of_loan(loan.id, loan.service_id) if each.read_at is None]
        things = await items.get_many(list({each.item_id for each in unread}), loan.service_id)
        return (
            *(f"La famille parle de l'état du {each.inventory_number}." for each in things),
            *(f"{each.kind.label} n° {each.number}." for each in papers),
            *(f"{each.kind.label} n° {each.number}, renvoyé sans signature de l'État." for each in back),
        )
    if concern is Concern.CAME_OF_AGE and loan.pupil_id is not None:
        return coming_of_age(await pupils.get(loan.pupil_id, loan.service_id), today)
    return ()


def _reasons(
    loan: Loan, papers: Sequence[Document], codes: tuple[str, ...], today: date, pupil_died: bool, caps: _Caps
) -> tuple[str, ...]:
    """The sentences of the alerts of a concern; after a death, the only alert that the rules leave."""
    held = [caps.items[line.item_id] for line in loan.open_items if line.item_id in caps.items]
    found = alerts(loan, papers, today, pupil_died=pupil_died, items=held, policy=caps.policy, codes=codes)
    return tuple(alert.detail for alert in found)
