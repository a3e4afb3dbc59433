"""Sheets of devices prepared for an examination. Every read names the service."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.item.examination import ExaminationSheet
from materiel.errors import NotFound
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import ExaminationSheetRow

_SHEET = Mapper(ExaminationSheet, ExaminationSheetRow)
_OF_ITEM = Statement("SELECT * FROM examination_sheet WHERE item = {} AND service = {} ORDER BY done_on DESC, id DESC")
_BY_ID = Statement("SELECT * FROM examination_sheet WHERE id = {} AND item = {} AND service = {}")


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
