"""Readings of pupils' data: written by batches, read by an administrator of the service."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from materiel.domain.history.reading import Reading, ReadingKind
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import ReadingRow

_READING = Mapper(Reading, ReadingRow)

LAST = UUID(int=2**128 - 1)

# Whose data a thing holds: the pupil of its loan.
_PUPILS = {
    ReadingKind.LOAN: "SELECT id, pupil FROM loan WHERE id IN ({})",
    ReadingKind.DOCUMENT: "SELECT document.id, loan.pupil FROM document JOIN loan ON loan.id = document.loan"
    " WHERE document.id IN ({})",
    ReadingKind.INCIDENT: "SELECT incident.id, loan.pupil FROM incident JOIN loan ON loan.id = incident.loan"
    " WHERE incident.id IN ({})",
    ReadingKind.ITEM: "SELECT loan_item.item AS id, loan.pupil FROM loan_item JOIN loan ON loan.id = loan_item.loan"
    " WHERE loan_item.removed_on IS NULL AND loan_item.returned_on IS NULL AND loan_item.item IN ({})",
}


async def insert_many(readings: Sequence[Reading]) -> None:
    """Add readings; one that is there already was written by a transaction whose end was not known."""
    await insert_rows(ReadingRow, *(_READING.row(each) for each in readings), unless_there=True)


async def pupils_of(kind: ReadingKind, subjects: Collection[UUID]) -> dict[UUID, UUID]:
    """The pupils whose data these things hold today; a thing about no pupil is left out."""
    if kind is ReadingKind.PUPIL:
        return {subject: subject for subject in subjects}
    if kind not in _PUPILS or not subjects:
        return {}
    wanted = list(subjects)
    statement = Statement(_PUPILS[kind].replace("{}", placeholders(wanted)))
    return {row["id"]: row["pupil"] for row in await statement.fetch(*wanted) if row["pupil"] is not None}


async def page(
    service_id: UUID, *, actor: str = "", pupil_id: UUID | None = None, before: UUID | None = None, limit: int
) -> list[Reading]:
    """At most `limit` readings of a service, the last written first, before one of them."""
    asked = {"actor = {}": actor or None, "pupil = {}": pupil_id}
    wanted: dict[str, Any] = {condition: value for condition, value in asked.items() if value is not None}
    where = " AND ".join(("service = {}", "id < {}", *wanted))
    statement = Statement(f"SELECT * FROM reading WHERE {where} ORDER BY id DESC LIMIT {{}}")
    return [_READING.value(row) for row in await statement.fetch(service_id, before or LAST, *wanted.values(), limit)]


async def actors(service_id: UUID) -> list[str]:
    """Who read something, as the journal names them."""
    return [row["actor"] for row in await _ACTORS.fetch(service_id)]


_ACTORS = Statement("SELECT DISTINCT actor FROM reading WHERE service = {} ORDER BY actor")
