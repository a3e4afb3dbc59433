"""What sleeps in the stocks of the services of an académie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from materiel.domain.circuit.pool import PoolFilter, PoolTally
from materiel.domain.item.family import ItemFamily
from materiel.store.engine.database import Row
from materiel.store.engine.search import words_of
from materiel.store.engine.statement import Statement
from materiel.store.item.idle import FREE_TO_PASS, IDLE, LAST_HELD, LONGEST_ASLEEP

_ASLEEP = (
    "FROM item JOIN managing_service AS service ON service.id = item.service"
    f" WHERE service.academie = {{}} AND service.academie <> '' AND {FREE_TO_PASS} AND {IDLE}"
)
_SELECT = (
    "SELECT item.id, item.service, service.code, service.name, service.address, item.inventory_number,"
    f" item.designation, item.family, item.category, item.created_at, {LAST_HELD},"
    " EXISTS (SELECT 1 FROM transfer_item WHERE transfer_item.item = item.id AND transfer_item.awaits) AS is_asked,"
    " EXISTS (SELECT 1 FROM kit_part WHERE kit_part.item = item.id) AS is_in_kit"
    f" {_ASLEEP}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepingItem:
    """An item that sleeps, as its rows say it. `last_held`: None when nobody ever had it."""

    id: UUID
    service_id: UUID
    service_code: str
    service_name: str
    city: str
    inventory_number: str
    designation: str
    family: ItemFamily
    category: str
    registered_at: datetime
    last_held: date | None
    is_asked: bool
    is_in_kit: bool


async def sleeping(
    academie: str, wanted: PoolFilter, *, before: datetime, since: date, limit: int
) -> list[SleepingItem]:
    """At most `limit` items that were registered before an instant and held by nobody since a day, the longest asleep
    first.
    """
    conditions, values = _narrowed(wanted)
    rows = await Statement(f"{_SELECT}{conditions} ORDER BY {LONGEST_ASLEEP}, item.id LIMIT {{}}").fetch(
        academie, before, since, *values, limit
    )
    return [_sleeping(row) for row in rows]


async def tally(academie: str, wanted: PoolFilter, *, before: datetime, since: date) -> list[PoolTally]:
    """How many there are of each family at each service."""
    conditions, values = _narrowed(wanted)
    rows = await Statement(
        f"SELECT service.code, item.family, count(*) AS found {_ASLEEP}{conditions}"
        " GROUP BY service.code, item.family ORDER BY service.code, item.family"
    ).fetch(academie, before, since, *values)
    return [PoolTally(row["code"], ItemFamily(row["family"]), row["found"]) for row in rows]


async def page(
    academie: str, wanted: PoolFilter, *, before: datetime, since: date, limit: int, after: UUID | None = None
) -> list[SleepingItem]:
    """The same in the order in which they were registered, after one of them."""
    conditions, values = _narrowed(wanted)
    rows = await Statement(f"{_SELECT}{conditions} AND item.id > {{}} ORDER BY item.id LIMIT {{}}").fetch(
        academie, before, since, *values, after or UUID(int=0), limit
    )
    return [_sleeping(row) for row in rows]


async def sleeping_one(academie: str, item_id: UUID, *, before: datetime, since: date) -> SleepingItem | None:
    """The same of one item; None for one that does not sleep there."""
    row = await Statement(f"{_SELECT} AND item.id = {{}}").fetch_one(academie, before, since, item_id)
    return None if row is None else _sleeping(row)


def _narrowed(wanted: PoolFilter) -> tuple[str, list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    if wanted.family is not None:
        conditions.append(" AND item.family = {}")
        values.append(wanted.family.value)
    if wanted.service_code:
        conditions.append(" AND service.code = {}")
        values.append(wanted.service_code)
    for word in words_of(wanted.q):
        conditions.append(" AND item.search LIKE {}")
        values.append(f"%{word}%")
    return "".join(conditions), values


def _sleeping(row: Row) -> SleepingItem:
    held = row["last_held"]
    return SleepingItem(
        id=row["id"],
        service_id=row["service"],
        service_code=row["code"],
        service_name=row["name"],
        city=msgspec.json.decode(row["address"]).get("city", ""),
        inventory_number=row["inventory_number"],
        designation=row["designation"],
        family=ItemFamily(row["family"]),
        category=row["category"],
        registered_at=row["created_at"],
        # SQLite gives the greatest of a column of days back as a text.
        last_held=held if held is None or isinstance(held, date) else date.fromisoformat(str(held)),
        is_asked=bool(row["is_asked"]),
        is_in_kit=bool(row["is_in_kit"]),
    )
