"""What a service checks of its items, and what was checked of each. Every read names the service."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.item.checklist import Checklist, CheckMoment, CheckSheet
from materiel.domain.item.family import ItemFamily
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import ChecklistRow, CheckSheetRow

_LIST = Mapper(Checklist, ChecklistRow)
_SHEET = Mapper(CheckSheet, CheckSheetRow)
_ALL = Statement("SELECT * FROM checklist WHERE service = {} ORDER BY id")
_IN_FORCE = Statement(
    "SELECT * FROM checklist WHERE service = {} AND NOT EXISTS (SELECT 1 FROM checklist AS later"
    " WHERE later.service = checklist.service AND later.family = checklist.family AND later.moment = checklist.moment"
    " AND later.id > checklist.id)"
)
_OF_ITEM = Statement("SELECT * FROM check_sheet WHERE item = {} AND service = {} ORDER BY id")


async def in_force(service_id: UUID) -> dict[tuple[ItemFamily, CheckMoment], Checklist]:
    """The last list written of each family at each moment."""
    found = [_LIST.value(row) for row in await _IN_FORCE.fetch(service_id)]
    return {(each.family, each.moment): each for each in found}


async def written(service_id: UUID) -> list[Checklist]:
    """Every list of a service, those replaced included, the first written first."""
    return [_LIST.value(row) for row in await _ALL.fetch(service_id)]


async def add(checklist: Checklist) -> None:
    """Add a list, which takes the place of the one before."""
    await insert_rows(ChecklistRow, _LIST.row(checklist))


async def add_sheets(sheets: Sequence[CheckSheet]) -> None:
    """Add what was checked."""
    if sheets:
        await insert_rows(CheckSheetRow, *(_SHEET.row(each) for each in sheets))


async def of_item(item_id: UUID, service_id: UUID) -> list[CheckSheet]:
    """What was checked of an item, the first day first."""
    return [_SHEET.value(row) for row in await _OF_ITEM.fetch(item_id, service_id)]
