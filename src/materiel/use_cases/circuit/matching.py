"""What would do for a need: in the stock, asleep elsewhere in the académie; and whom an item would do for.

Nothing is reserved and nothing is ranked: a person chooses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.civil_day import first_instant
from materiel.domain.calendar.school_year import add_months
from materiel.domain.circuit.fitting import sought_by
from materiel.domain.circuit.need import Need, NeedLine
from materiel.domain.desk.dashboard import IDLE_MONTHS
from materiel.domain.item.item import Item
from materiel.store.accounts import service as services
from materiel.store.circuit import need as needs
from materiel.store.circuit import stock
from materiel.store.circuit.stock import StockSort

MOST_MATCHES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An item of the stock that would do, and since when it sleeps."""

    item: Item
    idle_since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What would do and sleeps at another service of the académie; nothing else of it is told.

    `is_near`: that service is in the same département.
    """

    service_name: str
    is_near: bool
    found: int


async def in_stock_for(wanted: Sequence[Need], *, actor: Actor) -> dict[UUID, int]:
    """For each of some needs, how many items of the stock would do."""
    actor.require(Permission.READ)
    sorts = await stock.sorts(actor.service_id) if wanted else []
    return {need.id: sum(each.found for each in _fitting(need, sorts)) for need in wanted}


async def matches_of(need: Need, *, actor: Actor) -> list[Match]:
    """The items of the service's stock that would do, the longest asleep first."""
    actor.require(Permission.READ)
    found = await stock.sleepers(actor.service_id, _fitting(need, await stock.sorts(actor.service_id)))
    since = [Match(item=each.item, idle_since=each.last_held or actor.civil_date(each.registered_at)) for each in found]
    return sorted(since, key=lambda each: (each.idle_since, each.item.inventory_number))[:MOST_MATCHES]


async def elsewhere_for(need: Need, *, actor: Actor, now: datetime) -> list[Elsewhere]:
    """The other services of the académie where what would do has slept for months, and how much of it: those of the
    département first.
    """
    actor.require(Permission.READ)
    service = await services.get(actor.service_id)
    since = add_months(actor.civil_date(now), -IDLE_MONTHS)
    asleep = await stock.sleeping_elsewhere(
        service.academie, service.id, before=first_instant(since, actor.zone), since=since
    )
    sought, found = sought_by(need), Counter[tuple[bool, str]]()
    for each in asleep:
        if sought.fits(each.sort.family, each.sort.category, each.sort.designation):
            found[each.departement != service.departement, each.service_name] += each.sort.found
    return [Elsewhere(service_name=name, is_near=not far, found=count) for (far, name), count in sorted(found.items())]


async def oldest_need_for(offered: Sequence[Item], *, actor: Actor) -> tuple[Item, NeedLine] | None:
    """The need that has waited longest for one of some items, and that item; None when nobody waits for any."""
    actor.require(Permission.READ)
    waiting = [(line, sought_by(line.need)) for line in await needs.unserved(actor.service_id)] if offered else []
    return next(
        (
            (item, line)
            for line, sought in waiting
            for item in offered
            if sought.fits(item.family, item.category, item.designation)
        ),
        None,
    )


def _fitting(need: Need, sorts: Sequence[StockSort]) -> list[StockSort]:
    sought = sought_by(need)
    return [each for each in sorts if sought.fits(each.family, each.category, each.designation)]
