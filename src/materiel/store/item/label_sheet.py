"""The sheets of labels that services keep. Every read names the service."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from materiel.domain.item.label_sheet import OwnSheet
from materiel.errors import Conflict
from materiel.store.engine.constraints import refusing
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import update_version
from materiel.store.engine.statement import Statement
from materiel.store.tables import LabelSheetRow

_SHEET = Mapper(OwnSheet, LabelSheetRow)
_OF_SERVICE = Statement("SELECT * FROM label_sheet WHERE service = {} ORDER BY title, id")
_BY_ID = Statement("SELECT * FROM label_sheet WHERE id = {} AND service = {}")
_DELETE = Statement("DELETE FROM label_sheet WHERE id = {} AND service = {}")


async def of_service(service_id: UUID) -> list[OwnSheet]:
    """The sheets of a service, by name."""
    return [_SHEET.value(row) for row in await _OF_SERVICE.fetch(service_id)]


async def get(sheet_id: UUID, service_id: UUID) -> OwnSheet | None:
    """The sheet of an id in a service, or None."""
    row = await _BY_ID.fetch_one(sheet_id, service_id)
    return _SHEET.value(row) if row is not None else None


async def insert(sheet: OwnSheet) -> None:
    """Keep a sheet.

    Raises:
        Conflict: `label_sheet.title_taken`.
    """
    with refusing({"label_sheet_service_title_key": _title_taken(sheet)}):
        await insert_rows(LabelSheetRow, _SHEET.row(sheet))


async def save(sheet: OwnSheet) -> OwnSheet:
    """Write a sheet back and return it with its version raised.

    Raises:
        Conflict: `label_sheet.changed`, someone wrote it since it was read; `label_sheet.title_taken`.
    """
    with refusing({"label_sheet_service_title_key": _title_taken(sheet)}):
        version = await update_version(LabelSheetRow, _SHEET.row(sheet))
    if version is None:
        raise Conflict(
            "label_sheet.changed", "Cette planche a été modifiée entre-temps. Rechargez-la, puis recommencez."
        )
    return replace(sheet, version=version)


async def delete(sheet_id: UUID, service_id: UUID) -> None:
    """Keep a sheet no more; what was printed on it stays."""
    await _DELETE.fetch(sheet_id, service_id)


def _title_taken(sheet: OwnSheet) -> Conflict:
    return Conflict(
        "label_sheet.title_taken", f"Une planche de votre service s'appelle déjà « {sheet.title} » : changez de nom."
    )
