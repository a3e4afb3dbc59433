"""Incidents declared about items, and the notes of their follow-up. Every read names the managing service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from materiel.domain.incident.incident import (
    Incident,
    IncidentFilter,
    IncidentPaper,
)
from materiel.domain.incident.treatment import IncidentNote
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders, update_version
from materiel.store.engine.search import words_of
from materiel.store.engine.statement import Statement
from materiel.store.tables import IncidentNoteRow, IncidentRow

_INCIDENT = Mapper(Incident, IncidentRow, given=("papers",))
_NOTE = Mapper(IncidentNote, IncidentNoteRow)
_RECEIVED = {paper: f"{paper.value}_received_on" for paper in IncidentPaper}

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

_BY_ID = Statement("SELECT * FROM incident WHERE id = {} AND service = {}")
_OF_ITEM = Statement("SELECT * FROM incident WHERE service = {} AND item = {} ORDER BY id")
_NOTES = Statement("SELECT * FROM incident_note WHERE incident = {} ORDER BY id")


async def insert(incident: Incident) -> None:
    """Add an incident."""
    await insert_rows(IncidentRow, _written(incident))


async def get(incident_id: UUID, service_id: UUID) -> Incident:
    """The incident of an id in a service.

    Raises:
        NotFound: `incident.not_found`.
    """
    row = await _BY_ID.fetch_one(incident_id, service_id)
    if row is None:
        raise NotFound("incident.not_found", "Cet incident n’existe pas dans votre service.")
    return _incident(row)


async def save(incident: Incident) -> Incident:
    """Write an incident back and return it with its version raised.

    Raises:
        Conflict: `incident.changed`.
    """
    version = await update_version(IncidentRow, _written(incident))
    if version is None:
        raise Conflict("incident.changed", "Cet incident a été modifié entre-temps. Rechargez-le.")
    return replace(incident, version=version)


async def count_at_fault(service_id: UUID, *, pupil_id: UUID | None, loan_id: UUID, but: Sequence[UUID]) -> int:
    """How many items left the loans of a pupil, or a deposit, lost or broken by a fault, but for some of them."""
    whose = "loan.id = {}" if pupil_id is None else "loan.pupil = {}"
    others = f" AND incident.item NOT IN ({placeholders(but)})" if but else ""
    row = await Statement(
        "SELECT count(DISTINCT incident.item) AS found FROM incident JOIN loan ON loan.id = incident.loan"
        f" WHERE incident.service = {{}} AND incident.fault = 'user' AND {whose}{others} AND EXISTS (SELECT 1 FROM"
        " loan_item WHERE loan_item.loan = loan.id AND loan_item.item = incident.item"
        " AND loan_item.removal IN ('broken', 'lost', 'stolen'))"
    ).fetch_one(service_id, pupil_id or loan_id, *but)
    return row["found"] if row is not None else 0


async def page(
    service_id: UUID, wanted: IncidentFilter, *, limit: int, after: UUID | None = None, newest_first: bool = False
) -> list[Incident]:
    """At most `limit` incidents of a service that answer a filter, after one of them in the order asked."""
    conditions, values = _asked(service_id, wanted)
    sign, direction = ("<", "DESC") if newest_first else (">", "ASC")
    conditions.append(f"incident.id {sign} {{}}")
    values.append(after or (LAST if newest_first else FIRST))
    rows = await Statement(
        f"SELECT incident.* FROM incident WHERE {' AND '.join(conditions)} ORDER BY incident.id {direction} LIMIT {{}}"
    ).fetch(*values, limit)
    return [_incident(row) for row in rows]


async def count(service_id: UUID, wanted: IncidentFilter) -> int:
    """How many incidents of a service answer a filter."""
    conditions, values = _asked(service_id, wanted)
    (row,) = await Statement(f"SELECT count(*) AS found FROM incident WHERE {' AND '.join(conditions)}").fetch(*values)
    found: int = row["found"]
    return found


def _asked(service_id: UUID, wanted: IncidentFilter) -> tuple[list[str], list[object]]:
    conditions = ["incident.service = {}"]
    values: list[object] = [service_id]
    for column in ("state", "kind", "declared_as"):
        if (member := getattr(wanted, column)) is not None:
            conditions.append(f"incident.{column} = {{}}")
            values.append(member.value)
    if wanted.item_id is not None:
        conditions.append("incident.item = {}")
        values.append(wanted.item_id)
    for word in words_of(wanted.q):
        conditions.append("EXISTS (SELECT 1 FROM item WHERE item.id = incident.item AND item.search LIKE {})")
        values.append(f"%{word}%")
    return conditions, values


async def of_item(item_id: UUID, service_id: UUID) -> list[Incident]:
    """Every incident of an item, oldest first."""
    return [_incident(row) for row in await _OF_ITEM.fetch(service_id, item_id)]


async def of_loans(loan_ids: Sequence[UUID]) -> list[Incident]:
    """Every incident of these loans, oldest first."""
    if not loan_ids:
        return []
    statement = Statement(f"SELECT * FROM incident WHERE loan IN ({placeholders(loan_ids)}) ORDER BY id")
    return [_incident(row) for row in await statement.fetch(*loan_ids)]


async def declared_through(link_ids: Sequence[UUID], service_id: UUID, *, limit: int) -> list[Incident]:
    """The last incidents that were declared to a service through these links, newest first."""
    if not link_ids:
        return []
    statement = Statement(
        f"SELECT * FROM incident WHERE declared_link IN ({placeholders(link_ids)}) AND service = {{}}"
        " ORDER BY id DESC LIMIT {}"
    )
    return [_incident(row) for row in await statement.fetch(*link_ids, service_id, limit)]


async def add_note(note: IncidentNote) -> None:
    """Add a line to the follow-up of an incident."""
    await insert_rows(IncidentNoteRow, _NOTE.row(note))


async def notes(incident_id: UUID) -> list[IncidentNote]:
    """The follow-up of an incident that the caller has found in its service, oldest first."""
    return [_NOTE.value(row) for row in await _NOTES.fetch(incident_id)]


def _written(incident: Incident) -> dict[str, Any]:
    received = {column: incident.papers.get(paper) for paper, column in _RECEIVED.items()}
    return _INCIDENT.row(incident, **received)


def _incident(row: Row) -> Incident:
    papers = {paper: on for paper, column in _RECEIVED.items() if (on := row[column]) is not None}
    return _INCIDENT.value(row, papers=papers)
