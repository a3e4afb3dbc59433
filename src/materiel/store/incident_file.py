"""Files received for incidents; one received never changes. Whoever reads has found the incident first."""

from __future__ import annotations

from uuid import UUID

from materiel.domain.incident_file import FileKind, IncidentFile
from materiel.errors import NotFound
from materiel.store.engine import Row
from materiel.store.rows import insert as insert_rows
from materiel.store.statement import Statement
from materiel.store.tables import IncidentFileRow

_COLUMNS = "id, incident, kind, media_type, size, sha256, received_on, received_at, sent_by, sent_link"
_OF_INCIDENT = Statement(f"SELECT {_COLUMNS} FROM incident_file WHERE incident = {{}} ORDER BY id")
_CONTENT = Statement(f"SELECT {_COLUMNS}, content FROM incident_file WHERE id = {{}} AND incident = {{}}")


async def insert(file: IncidentFile, content: bytes) -> None:
    """Keep a file received for an incident."""
    await insert_rows(
        IncidentFileRow,
        {
            "id": file.id,
            "incident": file.incident_id,
            "kind": file.kind.value,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "content": content,
            "received_on": file.received_on,
            "received_at": file.received_at,
            "sent_by": file.sent_by,
            "sent_link": file.sent_link,
        },
    )


async def of_incident(incident_id: UUID) -> list[IncidentFile]:
    """The files of an incident, in the order in which they came."""
    return [_file(row) for row in await _OF_INCIDENT.fetch(incident_id)]


async def content(incident_id: UUID, file_id: UUID) -> tuple[IncidentFile, bytes]:
    """A file of an incident and its bytes.

    Raises:
        NotFound: `incident_file.not_found`.
    """
    row = await _CONTENT.fetch_one(file_id, incident_id)
    if row is None:
        raise NotFound("incident_file.not_found", "Cet incident n’a pas de fichier de cet identifiant.")
    return _file(row), bytes(row["content"])


def _file(row: Row) -> IncidentFile:
    return IncidentFile(
        id=row["id"],
        incident_id=row["incident"],
        kind=FileKind(row["kind"]),
        media_type=row["media_type"],
        size=row["size"],
        sha256=row["sha256"],
        received_on=row["received_on"],
        received_at=row["received_at"],
        sent_by=row["sent_by"],
        sent_link=row["sent_link"],
    )
