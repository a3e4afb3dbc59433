"""Sheets of devices prepared for an examination. Every read names the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from materiel.domain.item.examination import ExaminationSheet
from materiel.errors import NotFound
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import ExaminationSheetRow

_SHEET = Mapper(ExaminationSheet, ExaminationSheetRow)
_OF_ITEM = Statement("SELECT * FROM examination_sheet WHERE item = {} AND service = {} ORDER BY done_on DESC, id DESC")
_BY_ID = Statement("SELECT * FROM examination_sheet WHERE id = {} AND item = {} AND service = {}")
_NEXT = (
    "SELECT sits_on FROM examination_sheet WHERE service = {{}} AND sits_on >= {{}} AND item IN ({})"
    " ORDER BY sits_on LIMIT 1"
)


async def insert(sheet: ExaminationSheet) -> None:
    """Keep a sheet."""
    await insert_rows(ExaminationSheetRow, _SHEET.row(sheet))


async def of_item(item_id: UUID, service_id: UUID) -> list[ExaminationSheet]:
    """Every sheet of an item, the last one first."""
    return [_SHEET.value(row) for row in await _OF_ITEM.fetch(item_id, service_id)]


async def get(sheet_id: UUID, item_id: UUID, service_id: UUID) -> ExaminationSheet:
    """One sheet of an item.

    Raises:
        NotFound: `examination.not_found`.
    """
    row = await _BY_ID.fetch_one(sheet_id, item_id, service_id)
    if row is None:
        raise NotFound("examination.not_found", "Cette fiche de préparation n’existe pas dans votre service.")
    return _SHEET.value(row)


async def next_of_items(item_ids: Sequence[UUID], service_id: UUID, today: date) -> date | None:
    """The next examination for which one of these items was made ready, from today on."""
    found = Statement(_NEXT.format(placeholders(item_ids)))
    row = await found.fetch_one(service_id, today, *item_ids) if item_ids else None
    return row["sits_on"] if row is not None else None
