"""Files to import, in the database so that a worker on any machine finds them; gone once their time is over.

They hold names of pupils, as spreadsheets do: every read names the service, and nothing of them goes into a job. The
bytes of one that is imported go first, its report later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from materiel.domain.imports.import_file import ImportFile, ImportKind
from materiel.errors import NotFound
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import ImportContentRow, ImportFileRow

_FILE = Mapper(ImportFile, ImportFileRow)
_BY_ID = (
    f"SELECT {_FILE.selected('import_file')} FROM import_file WHERE id = {{}} AND service = {{}}"
    " AND COALESCE(kept_until, expires_at) > {}"
)
_GET = Statement(_BY_ID)
# SQLite's writer is alone already, from BEGIN IMMEDIATE on.
_LOCK = Statement(_BY_ID, postgres=f"{_BY_ID} FOR UPDATE")
# A former release kept the bytes in the row of the file.
_CONTENT = Statement(
    "SELECT COALESCE(import_content.content, import_file.content) AS content FROM import_file"
    " LEFT JOIN import_content ON import_content.import_file = import_file.id WHERE import_file.id = {}"
)
_KEEP_REPORT = Statement("UPDATE import_file SET report = {}, options = {} WHERE id = {}")
_SET_JOB = Statement("UPDATE import_file SET job = {}, created = 0, updated = 0, expires_at = {} WHERE id = {}")
_ADD_WRITTEN = Statement("UPDATE import_file SET created = created + {}, updated = updated + {} WHERE id = {}")
_UNDER_WAY = Statement(
    "SELECT import_file.job FROM import_file JOIN job ON job.id = import_file.job"
    " WHERE import_file.service = {} AND import_file.sha256 = {} AND import_file.kind = {}"
    " AND import_file.options = {} AND job.state IN ('queued', 'running') LIMIT 1"
)
_READ_AGAIN = Statement(
    "UPDATE import_file SET options = {}, report = {}, examination = {}, job = NULL, expires_at = {} WHERE id = {}"
)
_MAPPING = Statement("SELECT chosen FROM import_mapping WHERE service = {} AND kind = {} AND titles = {}")
_HAS_MAPPING = Statement("SELECT id FROM import_mapping WHERE service = {} AND kind = {} LIMIT 1")
_KEEP_MAPPING = Statement(
    "INSERT INTO import_mapping (id, service, kind, titles, chosen, kept_at) VALUES ({}, {}, {}, {}, {}, {})"
    " ON CONFLICT (service, kind, titles) DO UPDATE SET chosen = excluded.chosen, kept_at = excluded.kept_at"
)
_RECENT = Statement(
    f"SELECT {_FILE.selected('import_file')} FROM import_file WHERE service = {{}} AND kept_until > {{}}"
    " ORDER BY kept_until DESC, id DESC LIMIT {}"
)
_KEEP_LONGER = Statement("UPDATE import_file SET kept_until = {} WHERE id = {}")
_SET_UNDO = Statement("UPDATE import_file SET undo_job = {} WHERE id = {}")
_FORGET_CONTENT = Statement("DELETE FROM import_content WHERE import_file = {}")
_FORGET = Statement(
    "DELETE FROM import_file WHERE id = {}"
    " AND NOT EXISTS (SELECT 1 FROM import_change WHERE import_change.import_file = import_file.id) RETURNING id"
)
# What it wrote is forgotten by housekeeping, some at a time.
_END = Statement("UPDATE import_file SET content = {}, report = NULL, expires_at = {}, kept_until = NULL WHERE id = {}")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


async def add(file: ImportFile, content: bytes) -> None:
    """Keep a file."""
    await insert_rows(ImportFileRow, _FILE.row(file, content=b""))
    await insert_rows(ImportContentRow, {"id": new_id(), "import_file": file.id, "content": content})


async def get(file_id: UUID, service_id: UUID, *, now: datetime, lock: bool = False) -> ImportFile:
    """A file of a service, without its bytes.

    Args:
        lock: keep others from confirming it until the end of the transaction.

    Raises:
        NotFound: `import.expired`, forgotten, its time over, or another service's.
    """
    row = await (_LOCK if lock else _GET).fetch_one(file_id, service_id, now)
    if row is None:
        raise expired()
    return _FILE.value(row)


def expired() -> NotFound:
    """A file is kept no more."""
    return NotFound(
        "import.expired",
        "Ce fichier n'est plus gardé : il a été oublié, ou envoyé il y a plus d'un jour. Envoyez-le de nouveau.",
    )


async def content(file_id: UUID) -> bytes:
    """The bytes of a file that `get` gave."""
    row = await _CONTENT.fetch_one(file_id)
    if row is None:
        raise LookupError("an import file is gone between two reads")
    data: bytes = row["content"]
    return data


async def keep_report(file: ImportFile, report: str) -> None:
    """Keep what the examination or the import told, as JSON, and how the file was read."""
    await _KEEP_REPORT.fetch(report, _FILE.row(file)["options"], file.id)


async def set_job(file_id: UUID, job_id: UUID, *, expires_at: datetime) -> None:
    """Note the job that imports a file, from its beginning."""
    await _SET_JOB.fetch(job_id, expires_at, file_id)


async def add_written(file_id: UUID, created: int, updated: int) -> None:
    """Count what a batch wrote, in its transaction."""
    await _ADD_WRITTEN.fetch(created, updated, file_id)


async def read_again(file: ImportFile) -> None:
    """Keep the options of a file that is read anew, and what its examination told."""
    row = _FILE.row(file)
    await _READ_AGAIN.fetch(row["options"], row["report"], row["examination"], row["expires_at"], row["id"])


async def mapping(service_id: UUID, kind: ImportKind, titles: str) -> dict[str, str]:
    """What the columns of these titles were said to be; empty when nobody said it. `titles` is their digest."""
    row = await _MAPPING.fetch_one(service_id, kind.value, titles)
    return {} if row is None else msgspec.json.decode(row["chosen"], type=dict[str, str])


async def has_mapping(service_id: UUID, kind: ImportKind) -> bool:
    """Whether anything is kept for such tables."""
    return await _HAS_MAPPING.fetch_one(service_id, kind.value) is not None


async def keep_mapping(
    service_id: UUID, kind: ImportKind, titles: str, chosen: Mapping[str, str], *, at: datetime
) -> None:
    """Keep what the columns of these titles are, for the next file that has them."""
    written = msgspec.json.encode(dict(chosen)).decode()
    await _KEEP_MAPPING.fetch(new_id(), service_id, kind.value, titles, written, at)


async def under_way(file: ImportFile) -> UUID | None:
    """The job that is importing, or is about to import, a file of the same content, read the same way."""
    options = _FILE.row(file)["options"]
    row = await _UNDER_WAY.fetch_one(file.service_id, file.sha256, file.kind.value, options)
    return None if row is None else row["job"]


async def recent(service_id: UUID, *, now: datetime, limit: int) -> list[ImportFile]:
    """The imports of a service whose report is kept, the latest first."""
    return [_FILE.value(row) for row in await _RECENT.fetch(service_id, now, limit)]


async def keep_longer(file_id: UUID, until: datetime) -> None:
    """Keep the report of an import, and what its undoing needs, until an instant."""
    await _KEEP_LONGER.fetch(until, file_id)


async def set_undo_job(file_id: UUID, job_id: UUID) -> None:
    """Note the job that undoes the import of a file."""
    await _SET_UNDO.fetch(job_id, file_id)


async def forget(file_id: UUID) -> None:
    """Delete a file; one that has written records keeps a row that nobody reads, until housekeeping."""
    await _FORGET_CONTENT.fetch(file_id)
    if not await _FORGET.fetch(file_id):
        await _END.fetch(b"", LONG_AGO, file_id)
