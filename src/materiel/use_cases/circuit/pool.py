"""The pool of an académie: what a coordinator sees, and asks for in the name of the service that needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.civil_day import first_instant
from materiel.domain.calendar.school_year import add_months
from materiel.domain.circuit.pool import MONTHS, MOST_SHOWN, PoolFilter, PoolItem, PoolTally
from materiel.domain.circuit.transfer import REASON_MAX, Transfer, TransferLine
from materiel.domain.language.bounds import filled
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.circuit import pool as pools
from materiel.store.circuit.pool import SleepingItem
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.use_cases.circuit.transfer import ask_for


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFromPool:
    """An item that sleeps, and the service of the académie that needs it, by its code; `until`, as a loan."""

    item_id: UUID
    to: Annotated[str, filled(20)]
    reason: Annotated[str, filled(REASON_MAX)]
    until: date | None = None


async def pool_items(wanted: PoolFilter, *, actor: Actor, now: datetime) -> list[PoolItem]:
    """What sleeps in the services of the actor's académie, the longest asleep first; `MOST_SHOWN` and one at most."""
    actor.require(Permission.COORDINATE)
    own = await services.get(actor.service_id)
    before, since = _horizon(wanted.months, actor, now)
    found = await pools.sleeping(own.academie, wanted, before=before, since=since, limit=MOST_SHOWN + 1)
    return [_shown(each, actor) for each in found]


async def pool_tally(wanted: PoolFilter, *, actor: Actor, now: datetime) -> list[PoolTally]:
    """How many sleep there, of each family at each service."""
    actor.require(Permission.COORDINATE)
    own = await services.get(actor.service_id)
    before, since = _horizon(wanted.months, actor, now)
    return await pools.tally(own.academie, wanted, before=before, since=since)


async def pool_page(
    wanted: PoolFilter, *, actor: Actor, now: datetime, limit: int, after: UUID | None = None
) -> list[PoolItem]:
    """At most `limit` of them in the order in which they were registered, after one of them: a list that is read on."""
    actor.require(Permission.COORDINATE)
    own = await services.get(actor.service_id)
    before, since = _horizon(wanted.months, actor, now)
    found = await pools.page(own.academie, wanted, before=before, since=since, limit=limit, after=after)
    return [_shown(each, actor) for each in found]


async def pool_item(item_id: UUID, *, actor: Actor, now: datetime) -> PoolItem:
    """One of them.

    Raises:
        NotFound: `item.not_found`, also for one that is in use, or of another académie.
    """
    actor.require(Permission.COORDINATE)
    return await _asleep(item_id, actor, now)


async def pool_services(*, actor: Actor) -> list[ManagingService]:
    """The services of the actor's académie."""
    actor.require(Permission.COORDINATE)
    own = await services.get(actor.service_id)
    return [each for each in await services.all() if each.academie == own.academie]


@in_one_visit
async def ask_from_pool(command: AskFromPool, *, actor: Actor, now: datetime) -> TransferLine:
    """Ask for an item in the name of the service that needs it: whoever has it accepts, or refuses.

    Raises:
        NotFound: `item.not_found`; `service.not_found`, no service of the académie has this code.
        RuleBroken: `transfer.invalid`, `transfer.same_service`; `text.not_printable`.
        Conflict: `transfer.item_lent`, `transfer.item_gone`, `transfer.already_asked`.
    """
    actor.require(Permission.COORDINATE)
    async with write_transaction():
        found = await _asleep(command.item_id, actor, now)
        receiver = await services.by_code(command.to.strip().upper())
        if receiver.academie != (await services.get(actor.service_id)).academie:
            raise NotFound("service.not_found", "Aucun service de votre académie n'a ce code.")
        item = await items.get(found.id, found.service_id)
        asked = Transfer(
            id=new_id(),
            giver_id=found.service_id,
            receiver_id=receiver.id,
            asked_by=receiver.id,
            reason=command.reason,
            asked_at=now,
            until=command.until,
        )
        return await ask_for(asked, [item], actor=actor, now=now)


async def _asleep(item_id: UUID, actor: Actor, now: datetime) -> PoolItem:
    own = await services.get(actor.service_id)
    before, since = _horizon(MONTHS[0], actor, now)
    found = await pools.sleeping_one(own.academie, item_id, before=before, since=since)
    if found is None:
        raise NotFound("item.not_found", "Ce matériel ne dort pas, ou pas dans votre académie.")
    return _shown(found, actor)


def _horizon(months: int, actor: Actor, now: datetime) -> tuple[datetime, date]:
    since = add_months(actor.civil_date(now), -months)
    return first_instant(since, actor.zone), since


def _shown(found: SleepingItem, actor: Actor) -> PoolItem:
    return PoolItem(
        id=found.id,
        service_id=found.service_id,
        service_code=found.service_code,
        service_name=found.service_name,
        place=found.city,
        inventory_number=found.inventory_number,
        designation=found.designation,
        family=found.family,
        category=found.category,
        idle_since=found.last_held or actor.civil_date(found.registered_at),
        is_asked=found.is_asked,
        is_in_kit=found.is_in_kit,
    )
