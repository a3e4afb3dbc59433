"""What a backup tells without being restored: its migrations, its journal, the print of its key."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from materiel.store.backup.journals import HeldEntry, Place
from materiel.store.backup.postgres_tool import copied

TABLES = ("migration", "journal_head", "installation")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupContent:
    """A backup's own words; `migrations` are those that its base had run. It is a history of the journal."""

    file: Path
    migrations: frozenset[str]
    heads: Mapping[str, tuple[int, str]]
    made_by: str
    key_fingerprint: str

    async def told(self, places: Iterable[Place]) -> dict[Place, HeldEntry]:
        """The entries of these places that the backup holds."""
        wanted = set(places)
        read = _told_by_sqlite if _is_sqlite(self.file) else _told_by_postgres
        return await asyncio.to_thread(read, self.file, wanted) if wanted else {}


def read_content(file: Path) -> BackupContent:
    """Read a backup of either engine whose format was checked.

    Raises:
        BadInput: `backup.damaged`.
        Unavailable: `backup.tool_missing`.
    """
    rows = _rows_of_sqlite(file) if _is_sqlite(file) else _rows_of_postgres(file)
    installation = next(iter(rows["installation"]), {})
    return BackupContent(
        file=file,
        migrations=frozenset(row["name"] for row in rows["migration"]),
        heads={row["chain"]: (int(row["sequence"]), row["hash"]) for row in rows["journal_head"]},
        made_by=installation.get("version", ""),
        key_fingerprint=installation.get("key_fingerprint", ""),
    )


Rows = dict[str, list[dict[str, str]]]


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(6) == b"SQLite"


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def _rows_of_sqlite(file: Path) -> Rows:
    with closing(_opened(file)) as connection:
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] if table in there else []
            for table in TABLES
        }


def _rows_of_postgres(file: Path) -> Rows:
    found: Rows = {table: [] for table in TABLES}
    for table, columns, values in copied(file, *TABLES):
        found[table].append(dict(zip(columns, values, strict=True)))
    return found


def _told_by_sqlite(file: Path, places: set[Place]) -> dict[Place, HeldEntry]:
    with closing(_opened(file)) as connection:
        rows = {
            place: connection.execute("SELECT hash, at FROM journal WHERE chain = ? AND sequence = ?", place).fetchone()
            for place in places
        }
    return {place: HeldEntry(row["hash"], _instant(row["at"])) for place, row in rows.items() if row is not None}


def _told_by_postgres(file: Path, places: set[Place]) -> dict[Place, HeldEntry]:
    told: dict[Place, HeldEntry] = {}
    for _, columns, values in copied(file, "journal"):
        row = dict(zip(columns, values, strict=True))
        if (place := (row["chain"], int(row["sequence"]))) in places:
            told[place] = HeldEntry(row["hash"], _instant(row["at"]))
    return told


def _instant(text: str) -> datetime:
    # PostgreSQL writes « +00 » for UTC.
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
