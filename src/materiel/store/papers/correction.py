"""Reasons of the acts taken back, by what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from materiel.domain.history.correction import Correction
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables.correction import CorrectionRow

_CORRECTION = Mapper(Correction, CorrectionRow)

_MOVE = Statement("UPDATE correction SET subject = {} WHERE subject = {} AND service = {}")


async def insert(correction: Correction) -> None:
    """Keep the reason of an act taken back."""
    await insert_rows(CorrectionRow, _CORRECTION.row(correction))


async def about(subject_ids: Sequence[UUID], service_id: UUID) -> list[Correction]:
    """What was taken back about these records of a service, oldest first."""
    if not subject_ids:
        return []
    marks = placeholders(subject_ids)
    found = Statement(f"SELECT * FROM correction WHERE service = {{}} AND subject IN ({marks}) ORDER BY id")
    return [_CORRECTION.value(row) for row in await found.fetch(service_id, *subject_ids)]


async def move(former_id: UUID, kept_id: UUID, service_id: UUID) -> None:
    """Give what is about a record to the one it is merged with."""
    await _MOVE.fetch(kept_id, former_id, service_id)
