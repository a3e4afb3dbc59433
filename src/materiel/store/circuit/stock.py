"""What lies in the stock, told by designation to be compared with needs, and its items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Item
from materiel.store.engine.database import Row
from materiel.store.engine.rows import as_date, placeholders
from materiel.store.engine.statement import Statement
from materiel.store.item.idle import FREE_TO_PASS, IDLE, LAST_HELD
from materiel.store.item.item import ITEM

_SORTS = Statement(
    "SELECT family, category, designation, count(*) AS found FROM item WHERE service = {} AND status = 'in_stock'"
    " AND NOT safety_hold GROUP BY family, category, designation"
)
_SLEEPING = Statement(
    "SELECT service.id AS service, service.name, service.departement, item.family, item.category, item.designation,"
    " count(*) AS found"
    " FROM item JOIN managing_service AS service ON service.id = item.service"
    f" WHERE service.academie = {{}} AND service.academie <> '' AND service.id <> {{}} AND {IDLE}"
    f" AND {FREE_TO_PASS}"
    " GROUP BY service.id, service.name, service.departement, item.family, item.category, item.designation"
    " ORDER BY service.name, service.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSort:
    """Items alike that are in the stock, and how many: what a need is compared with."""

    family: ItemFamily
    category: str
    designation: str
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepingSort:
    """Items alike that sleep at another service of the académie: nothing of whoever had them."""

    service_name: str
    departement: str
    sort: StockSort


@dataclass(frozen=True, slots=True)
class Sleeper:
    """An item in the stock: when it was registered, and the day on which it was last held, None when it never was."""

    item: Item
    registered_at: datetime
    last_held: date | None


async def sorts(service_id: UUID) -> list[StockSort]:
    """What a service has in its stock."""
    return [_sort(row) for row in await _SORTS.fetch(service_id)]


async def sleeping_elsewhere(academie: str, but: UUID, *, before: datetime, since: date) -> list[SleepingSort]:
    """What sleeps at the other services of an académie: registered before an instant, held by nobody since a day."""
    rows = await _SLEEPING.fetch(academie, but, before, since)
    return [SleepingSort(service_name=row["name"], departement=row["departement"], sort=_sort(row)) for row in rows]


async def sleepers(service_id: UUID, wanted: Sequence[StockSort]) -> list[Sleeper]:
    """The items of some sorts that are in the stock of a service."""
    if not wanted:
        return []
    names = list(dict.fromkeys(each.designation for each in wanted))
    asked = {(each.family, each.category, each.designation) for each in wanted}
    found = []
    for start in range(0, len(names), 500):
        some = names[start : start + 500]
        rows = await Statement(
            f"SELECT item.*, {LAST_HELD} FROM item WHERE service = {{}} AND status = 'in_stock'"
            f" AND NOT safety_hold AND designation IN ({placeholders(some)})"
        ).fetch(service_id, *some)
        found += [_sleeper(row) for row in rows]
    return [each for each in found if (each.item.family, each.item.category, each.item.designation) in asked]


def _sort(row: Row) -> StockSort:
    return StockSort(
        family=ItemFamily(row["family"]), category=row["category"], designation=row["designation"], found=row["found"]
    )


def _sleeper(row: Row) -> Sleeper:
    held = row["last_held"]
    return Sleeper(ITEM.value(row), row["created_at"], as_date(held) if held is not None else None)
