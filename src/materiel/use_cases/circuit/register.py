"""The inventory and what was in hands on a day in the past, for a spreadsheet; scoped to the actor's service.

Eliminated loans are no longer there: a former day tells less once the retention period is over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime, timedelta
from time import thread_time
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.civil_day import first_instant
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.usage import Custody
from materiel.errors import RuleBroken
from materiel.exchange.item import HEADINGS, item_cells
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.exchange.writing import Cell
from materiel.store.circuit import register as store
from materiel.store.circuit.register import HeldLine
from materiel.store.history import journal
from materiel.store.history.journal import Entry
from materiel.use_cases.process.turns import rest_since

PAGE = 200

_SAME_SINCE = {name: heading for name, heading in HEADINGS.items() if name not in ("note", "status", "accessories")}
INVENTORY_COLUMNS = (*_SAME_SINCE.values(), "État ce jour-là", "UAI", "Établissement", "Depuis le")
HELD_COLUMNS = (
    *("Convention", "Usage", "Lieu de garde", "N° d'inventaire", "Désignation", "Nom", "Prénom"),
    *("UAI", "Établissement", "Remis le", "Fin prévue", "Rendu depuis, le"),
)
_CHANGES = (
    *("item.status_changed", "item.status_undone", "item.found", "item.prepared"),
    *("item.transferred", "item.received", "item.disposed"),
)
_AWAY = frozenset({ItemStatus.LOST, ItemStatus.STOLEN, ItemStatus.WRITTEN_OFF, ItemStatus.TRANSFERRED})
_AT_SERVICE = "Au service"
_LENT = "Prêté à un autre service"


async def inventory_on(
    day: date, *, actor: Actor, now: datetime, form: TableFormat = TableFormat.CSV
) -> AsyncIterator[bytes]:
    """Every item that the service had on a day, and where it was in the evening; no pupil's name.

    What describes an item (designation, price…) is as it stands today. One that was registered since is there too, if
    it was bought or in hands by that day: a service has a past before it begins to write it here.

    Raises:
        RuleBroken: `register.future`.
    """
    actor.require(Permission.READ)
    check_past(day, actor, now)
    async for piece in written(form, INVENTORY_COLUMNS, _inventory_pages(day, actor)):
        yield piece


async def held_on(
    day: date, *, actor: Actor, now: datetime, form: TableFormat = TableFormat.CSV
) -> AsyncIterator[bytes]:
    """What was in hands in the evening of a day, one line an item.

    Raises:
        RuleBroken: `register.future`.
    """
    actor.require(Permission.READ)
    check_past(day, actor, now)
    async for piece in written(form, HELD_COLUMNS, _held_pages(day, actor)):
        yield piece


def check_past(day: date, actor: Actor, now: datetime) -> None:
    """Refuse a day to come: a register of it would be a forecast.

    Raises:
        RuleBroken: `register.future`.
    """
    if day > actor.civil_date(now):
        raise RuleBroken("register.future", "Ce jour n'est pas encore passé : choisissez aujourd'hui ou un jour passé.")


async def _inventory_pages(day: date, actor: Actor) -> AsyncIterator[Rows]:
    after = UUID(int=0)
    ended = first_instant(day + timedelta(days=1), actor.zone)
    while page := await store.items_on(actor.service_id, day, ended, after, PAGE):
        began = thread_time()
        ids = [item.id for item in page]
        held = await store.held_of(actor.service_id, day, ids)
        away = _away_at(ended, await journal.of_subjects(actor.service_id, ids, _CHANGES))
        # What had passed to another service by then is in its register; what is lent between services, in the lender's.
        entries = await journal.of_subjects(actor.service_id, ids, ("item.transferred", "item.received"))
        lent, borrowed = _lent_at(ended, entries)
        here = [item for item in page if item.id not in borrowed]
        here = [item for item in here if item.id in lent or away.get(item.id) is not ItemStatus.TRANSFERRED]
        yield [_inventory_row(item, held.get(item.id), away.get(item.id), item.id in lent) for item in here]
        await rest_since(began)
        after = page[-1].id


def _away_at(ended: datetime, entries: Iterable[Entry]) -> dict[UUID, ItemStatus]:
    """Items lost, stolen, written off or transferred at an instant, by what the journal tells of them, oldest first."""
    away: dict[UUID, ItemStatus] = {}
    for entry in entries:
        if entry.at >= ended:
            continue
        item_id = UUID(str(entry.subject_id))
        status = ItemStatus(entry.details["to"]) if "to" in entry.details else ItemStatus.IN_STOCK
        if status in _AWAY:
            away[item_id] = status
        else:
            away.pop(item_id, None)
    return away


def _lent_at(ended: datetime, entries: Iterable[Entry]) -> tuple[set[UUID], set[UUID]]:
    """What is lent to another service at an instant, and what is borrowed from one, by their last passing."""
    last = {UUID(str(each.subject_id)): each for each in entries if each.at < ended}
    until = {item_id: each.action for item_id, each in last.items() if "until" in each.details}
    lent = {item_id for item_id, action in until.items() if action == "item.transferred"}
    return lent, set(until) - lent


def _inventory_row(item: Item, held: HeldLine | None, away: ItemStatus | None, lent: bool) -> list[Cell]:
    state = _LENT if lent else away.label if away is not None else _AT_SERVICE
    where: list[Cell] = [None, None, None]
    if held is not None:
        where = [held.uai, held.school, held.since]
        if away is None:
            at_school = held.custody is Custody.SCHOOL
            state = (ItemStatus.DEPOSITED if at_school else ItemStatus.ON_LOAN).label
    return [*item_cells(item, _SAME_SINCE), state, *where]


async def _held_pages(day: date, actor: Actor) -> AsyncIterator[Rows]:
    after = UUID(int=0)
    while page := await store.held_on(actor.service_id, day, after, PAGE):
        began = thread_time()
        yield [_held_row(each) for each in page]
        await rest_since(began)
        after = page[-1].line_id


def _held_row(each: HeldLine) -> list[Cell]:
    return [
        each.number,
        each.usage,
        each.custody,
        each.inventory_number,
        each.designation,
        each.last_name,
        each.first_name,
        each.uai,
        each.school,
        each.since,
        each.until,
        each.ended_on,
    ]
