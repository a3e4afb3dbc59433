"""Files received for incidents: one received never changes, unless it is emptied. Whoever reads found the incident."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.incident.file import IncidentFile
from materiel.errors import NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import IncidentFileRow

# Who deleted it and why are unknown columns of a file that is kept, and empty words.
_FILE = Mapper(IncidentFile, IncidentFileRow, given=("removed_by", "removed_reason"))
_COLUMNS = f"{_FILE.selected('incident_file')}, removed_by, removed_reason"
_REMOVE = Statement(
    "UPDATE incident_file SET content = {}, removed_at = {}, removed_by = {}, removed_reason = {} WHERE id = {}"
)
_OF_INCIDENT = Statement(f"SELECT {_COLUMNS} FROM incident_file WHERE incident = {{}} ORDER BY id")
_CONTENT = Statement(f"SELECT {_COLUMNS}, content FROM incident_file WHERE id = {{}} AND incident = {{}}")


async def insert(file: IncidentFile, content: bytes) -> None:
    """Keep a file received for an incident."""
    row = _FILE.row(file, content=content, removed_by=None, removed_reason=None)
    await insert_rows(IncidentFileRow, row)


async def of_incident(incident_id: UUID) -> list[IncidentFile]:
    """The files of an incident, in the order in which they came."""
    return [_file(row) for row in await _OF_INCIDENT.fetch(incident_id)]


async def content(incident_id: UUID, file_id: UUID) -> tuple[IncidentFile, bytes]:
    """A file of an incident and its bytes.

    Raises:
        NotFound: `incident_file.not_found`; `incident_file.removed`, its trace alone is left.
    """
    row = await _CONTENT.fetch_one(file_id, incident_id)
    if row is None:
        raise unknown()
    file = _file(row)
    if not file.is_kept:
        raise NotFound("incident_file.removed", "Ce fichier a été supprimé : il n'en reste que la trace.")
    return file, bytes(row["content"])


def unknown() -> NotFound:
    """No file of the incident has this identifier: `incident_file.not_found`."""
    return NotFound("incident_file.not_found", "Cet incident n’a pas de fichier de cet identifiant.")


async def remove(file: IncidentFile) -> None:
    """Empty a file, and keep when it was deleted, by whom and why."""
    await _REMOVE.fetch(b"", file.removed_at, file.removed_by, file.removed_reason, file.id)


def _file(row: Row) -> IncidentFile:
    return _FILE.value(row, removed_by=row["removed_by"] or "", removed_reason=row["removed_reason"] or "")
