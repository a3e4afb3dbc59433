"""Incidents declared about items. Every read names the managing service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from materiel.domain.incident import DeclaredAs, Incident, IncidentKind, IncidentState
from materiel.errors import Conflict, NotFound
from materiel.store.engine import Row
from materiel.store.rows import insert as insert_rows
from materiel.store.rows import placeholders, update_version
from materiel.store.statement import Statement
from materiel.store.tables import IncidentRow

_BY_ID = Statement("SELECT * FROM incident WHERE id = {} AND service = {}")
_PAGE = Statement(
    "SELECT * FROM incident WHERE service = {} AND state = {} AND id > {} ORDER BY service, state, id LIMIT {}"
)
_OF_ITEM = Statement("SELECT * FROM incident WHERE service = {} AND item = {} ORDER BY id")


async def insert(incident: Incident) -> None:
    """Add an incident."""
    await insert_rows(
        IncidentRow,
        {
            "id": incident.id,
            "service": incident.service_id,
            "item": incident.item_id,
            "loan": incident.loan_id,
            "declared_by": incident.declared_by,
            "declared_as": incident.declared_as.value,
            "declared_at": incident.declared_at,
            "version": incident.version,
        }
        | _written(incident),
    )


async def get(incident_id: UUID, service_id: UUID) -> Incident:
    """The incident of an id in a service.

    Raises:
        NotFound: `incident.not_found`.
    """
    row = await _BY_ID.fetch_one(incident_id, service_id)
    if row is None:
        raise NotFound("incident.not_found", "Ce signalement n’existe pas dans votre service.")
    return _incident(row)


async def save(incident: Incident) -> Incident:
    """Write an incident back and return it with its version raised.

    Raises:
        Conflict: `incident.changed`.
    """
    version = await update_version(IncidentRow, incident.id, incident.version, _written(incident))
    if version is None:
        raise Conflict("incident.changed", "Ce signalement a été modifié entre-temps. Rechargez-le.")
    return replace(incident, version=version)


async def page(service_id: UUID, *, state: IncidentState, limit: int, after: UUID | None = None) -> list[Incident]:
    """At most `limit` incidents of a service in a state after one of them, oldest first."""
    return [_incident(row) for row in await _PAGE.fetch(service_id, state.value, after or UUID(int=0), limit)]


async def of_item(item_id: UUID, service_id: UUID) -> list[Incident]:
    """Every incident of an item, oldest first."""
    return [_incident(row) for row in await _OF_ITEM.fetch(service_id, item_id)]


async def of_loans(loan_ids: Sequence[UUID]) -> list[Incident]:
    """Every incident of these loans, oldest first."""
    if not loan_ids:
        return []
    statement = Statement(f"SELECT * FROM incident WHERE loan IN ({placeholders(loan_ids)}) ORDER BY id")
    return [_incident(row) for row in await statement.fetch(*loan_ids)]


def _written(incident: Incident) -> dict[str, Any]:
    return {
        "kind": incident.kind.value,
        "description": incident.description,
        "happened_on": incident.happened_on,
        "state": incident.state.value,
        "resolution": incident.resolution,
        "closed_at": incident.closed_at,
    }


def _incident(row: Row) -> Incident:
    return Incident(
        id=row["id"],
        service_id=row["service"],
        item_id=row["item"],
        loan_id=row["loan"],
        kind=IncidentKind(row["kind"]),
        description=row["description"],
        happened_on=row["happened_on"],
        declared_by=row["declared_by"],
        declared_as=DeclaredAs(row["declared_as"]),
        declared_at=row["declared_at"],
        state=IncidentState(row["state"]),
        resolution=row["resolution"],
        closed_at=row["closed_at"],
        version=row["version"],
    )
