"""Repairs of items. Every read names the service."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from materiel.domain.circuit.workshop.repair import SILENT_AFTER, Repair, RepairFilter, RepairLine, RepairStage
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import update_version
from materiel.store.engine.search import searchable, words_of
from materiel.store.engine.statement import Statement
from materiel.store.tables import RepairRow

_REPAIR = Mapper(Repair, RepairRow)
_SELECT = "SELECT repair.*, item.inventory_number, item.designation FROM repair JOIN item ON item.id = repair.item"
_LINE = Statement(f"{_SELECT} WHERE repair.id = {{}} AND repair.service = {{}}")
_OF_ITEM = Statement("SELECT * FROM repair WHERE item = {} AND service = {} ORDER BY sent_on, id")
_DELETE = Statement("DELETE FROM repair WHERE id = {} AND version = {} RETURNING id")
_LATE = (
    "repair.returned_on IS NULL AND ((repair.expected_on IS NOT NULL AND repair.expected_on < {})"
    " OR (repair.expected_on IS NULL AND repair.sent_on < {}))"
)


async def insert(repair: Repair) -> None:
    """Add a repair.

    Raises:
        Conflict: `repair.already_open`, the item is at a provider already.
    """
    taken = Conflict(
        "repair.already_open",
        "Ce matériel est déjà en réparation : notez d'abord son retour.",
    )
    with refusing({"repair_item_key": taken}):
        await insert_rows(RepairRow, _written(repair))


async def line(repair_id: UUID, service_id: UUID) -> RepairLine:
    """The repair of an id in a service, with its item.

    Raises:
        NotFound: `repair.not_found`.
    """
    row = await _LINE.fetch_one(repair_id, service_id)
    if row is None:
        raise NotFound("repair.not_found", "Cette réparation n’existe pas dans votre service.")
    return _line(row)


async def save(repair: Repair) -> Repair:
    """Write a repair back and return it with its version raised.

    Raises:
        Conflict: `repair.changed`.
    """
    version = await update_version(RepairRow, _written(repair))
    if version is None:
        raise _changed()
    return replace(repair, version=version)


async def delete(repair: Repair) -> None:
    """Take a repair out; the journal alone tells that it was noted.

    Raises:
        Conflict: `repair.changed`.
    """
    if await _DELETE.fetch_one(repair.id, repair.version) is None:
        raise _changed()


async def of_item(item_id: UUID, service_id: UUID) -> list[Repair]:
    """The repairs of an item, the oldest first."""
    return [_REPAIR.value(row) for row in await _OF_ITEM.fetch(item_id, service_id)]


async def page(
    service_id: UUID, wanted: RepairFilter, *, limit: int, after: tuple[date, UUID] | None = None
) -> list[RepairLine]:
    """At most `limit` repairs of a service that answer a filter, the longest away first, after one of them."""
    conditions, values = _asked(service_id, wanted)
    if after is not None:
        conditions.append("(repair.sent_on > {} OR (repair.sent_on = {} AND repair.id > {}))")
        values += [after[0], *after]
    rows = await Statement(
        f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY repair.sent_on, repair.id LIMIT {{}}"
    ).fetch(*values, limit)
    return [_line(row) for row in rows]


async def count(service_id: UUID, wanted: RepairFilter) -> int:
    """How many repairs of a service answer a filter."""
    conditions, values = _asked(service_id, wanted)
    row = await Statement(
        "SELECT count(*) AS found FROM repair JOIN item ON item.id = repair.item WHERE " + " AND ".join(conditions)
    ).fetch_one(*values)
    return row["found"] if row is not None else 0


def _changed() -> Conflict:
    return Conflict("repair.changed", "Cette réparation a été modifiée entre-temps. Rechargez-la, puis recommencez.")


def _asked(service_id: UUID, wanted: RepairFilter) -> tuple[list[str], list[object]]:
    conditions: list[str] = ["repair.service = {}"]
    values: list[object] = [service_id]
    if wanted.is_open:
        conditions.append("repair.returned_on IS NULL")
    if wanted.stage is RepairStage.BACK:
        conditions.append("repair.returned_on IS NOT NULL")
    elif wanted.stage is not None:
        late = wanted.stage is RepairStage.LATE
        conditions.append(_LATE if late else f"repair.returned_on IS NULL AND NOT ({_LATE})")
        values += [wanted.today, wanted.today - SILENT_AFTER]
    if wanted.item_id is not None:
        conditions.append("repair.item = {}")
        values.append(wanted.item_id)
    for word in words_of(wanted.q):
        conditions.append("(item.search LIKE {} OR repair.search LIKE {})")
        values += [f"%{word}%", f"%{word}%"]
    return conditions, values


def _written(repair: Repair) -> dict[str, object]:
    return _REPAIR.row(repair, search=searchable(repair.provider))


def _line(row: Row) -> RepairLine:
    return RepairLine(
        repair=_REPAIR.value(row), inventory_number=row["inventory_number"], designation=row["designation"]
    )
