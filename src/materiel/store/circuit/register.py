"""What a service had on a day in the past: its inventory, and what was in hands. Read by pages, by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.item.item import Item
from materiel.domain.papers.document import AGREEMENTS
from materiel.domain.usage import Custody, Usage
from materiel.store.circuit.then import CUSTODY_THEN, PLACE_THEN
from materiel.store.engine.rows import as_date, placeholders
from materiel.store.engine.statement import Statement, words
from materiel.store.item.item import ITEM

# What was registered later was there all the same, if it was bought or in hands by then; not what came by a transfer.
_ITEMS = Statement(
    "SELECT * FROM item WHERE service = {} AND id > {} AND CASE WHEN created_at < {}"
    " THEN acquired_on IS NULL OR acquired_on <= {}"
    " ELSE NOT EXISTS (SELECT 1 FROM transfer_item AS came WHERE came.received_as = item.id) AND (acquired_on <= {}"
    " OR EXISTS (SELECT 1 FROM loan_item AS line WHERE line.item = item.id AND line.handed_over_on <= {})) END"
    " ORDER BY id LIMIT {}"
)
_NUMBER = (
    "(SELECT paper.number FROM document AS paper WHERE paper.loan = loan.id AND paper.issued_on <= {}"
    f" AND paper.kind IN ({words(AGREEMENTS)}) ORDER BY paper.issued_at DESC LIMIT 1)"
)
_HELD = (
    "SELECT line.id AS line, line.item, line.handed_over_on, line.removed_on, loan.usage, loan.ends_on,"
    f" COALESCE({_NUMBER}, loan.paper_reference) AS number, {CUSTODY_THEN} AS custody,"
    " school.uai, school.name AS school, item.inventory_number, item.designation,"
    " pupil.last_name, pupil.first_name"
    " FROM loan JOIN loan_item AS line ON line.loan = loan.id JOIN item ON item.id = line.item"
    " LEFT JOIN pupil ON pupil.id = loan.pupil"
    f"{PLACE_THEN}"
    " WHERE loan.service = {} AND line.handed_over_on <= {} AND (line.removed_on IS NULL OR line.removed_on > {})"
)
_PAGE = Statement(f"{_HELD} AND line.id > {{}} ORDER BY line.id LIMIT {{}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """What was in hands on a day. The pupil's name is for the service; it is empty for a deposit."""

    line_id: UUID
    item_id: UUID
    inventory_number: str
    designation: str
    number: str
    usage: Usage
    custody: Custody
    uai: str
    school: str
    last_name: str
    first_name: str
    since: date
    until: date | None
    ended_on: date | None


async def items_on(service_id: UUID, day: date, registered_before: datetime, after: UUID, limit: int) -> list[Item]:
    """Items that the service had on a day, in the order of their ids after one of them, even registered since.

    Args:
        registered_before: the first instant of the day that follows.
    """
    rows = await _ITEMS.fetch(service_id, after, registered_before, day, day, day, limit)
    return [ITEM.value(row) for row in rows]


async def held_on(service_id: UUID, day: date, after: UUID, limit: int) -> list[HeldLine]:
    """What of a service was in hands on the evening of a day, in the order of the lines after one of them."""
    rows = await _PAGE.fetch(day, day, service_id, day, day, after, limit)
    return [_line(row) for row in rows]


async def held_of(service_id: UUID, day: date, item_ids: Sequence[UUID]) -> dict[UUID, HeldLine]:
    """The same of some items, by item."""
    if not item_ids:
        return {}
    statement = Statement(f"{_HELD} AND line.item IN ({placeholders(item_ids)})")
    rows = await statement.fetch(day, day, service_id, day, day, *item_ids)
    return {held.item_id: held for held in map(_line, rows)}


def _line(row: Mapping[str, object]) -> HeldLine:
    return HeldLine(
        line_id=UUID(str(row["line"])),
        item_id=UUID(str(row["item"])),
        inventory_number=str(row["inventory_number"]),
        designation=str(row["designation"]),
        number=str(row["number"] or ""),
        usage=Usage(str(row["usage"])),
        custody=Custody(str(row["custody"])),
        uai=str(row["uai"]),
        school=str(row["school"]),
        last_name=str(row["last_name"] or ""),
        first_name=str(row["first_name"] or ""),
        since=as_date(row["handed_over_on"]),
        until=as_date(row["ends_on"]) if row["ends_on"] is not None else None,
        ended_on=as_date(row["removed_on"]) if row["removed_on"] is not None else None,
    )
