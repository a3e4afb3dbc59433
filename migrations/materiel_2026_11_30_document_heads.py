"""What issued files begin with, the fonts, is kept once for all of them.

The files that are there are cut after what they share, whatever release drew them; what is read stays equal to the
byte, which `verify` checks. The previous release does not run on this schema: it would read a file without its head.
"""

import hashlib
import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

from materiel.store.engine.database import fetch
from materiel.store.engine.statement import Statement

ID = "2026-11-30T02:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "document_heads"

BATCH = 50
LEAST = 8_192
"""Bytes: what is shorter is not worth a row."""

MOST_ALONE = 7
"""Files like no other so far that are kept at hand: those beyond stay whole."""

TABLE = "CREATE TABLE document_head (sha256 VARCHAR(64) PRIMARY KEY NOT NULL, content BYTEA NOT NULL)"
COLUMN = (
    "ALTER TABLE document_file ADD COLUMN head VARCHAR(64) NULL DEFAULT NULL"
    " REFERENCES document_head (sha256) ON DELETE RESTRICT ON UPDATE CASCADE"
)
INDEX = "CREATE INDEX ix_document_file_head ON document_file (head)"
FROZEN = "document_head_frozen"
FILE_FROZEN = "document_file_frozen"

READ = Statement("SELECT document, pdf FROM document_file WHERE document > {} ORDER BY document LIMIT {}")
ADD = Statement("INSERT INTO document_head (sha256, content) VALUES ({}, {}) ON CONFLICT (sha256) DO NOTHING")
CUT = Statement("UPDATE document_file SET pdf = {}, head = {} WHERE document = {}")


def shared(one: bytes, other: bytes) -> bytes:
    """What two files begin with, up to the end of an object; nothing when it is short."""
    differ = (rank for rank, (mine, its) in enumerate(zip(one, other, strict=False)) if mine != its)
    end = one.rfind(b"endobj\n", 0, next(differ, min(len(one), len(other))))
    return one[: end + 7] if end >= LEAST else b""


async def cut_files() -> None:
    """Cut each file after the head that it shares with another."""
    heads: list[bytes] = []
    alone: list[tuple[object, bytes]] = []
    last: object = "00000000-0000-0000-0000-000000000000"
    while rows := await READ.fetch(last, BATCH):
        for row in rows:
            head = next((each for each in heads if row["pdf"].startswith(each)), b"")
            if not head:
                twin = next((each for each in alone if shared(each[1], row["pdf"])), None)
                if twin is None:
                    alone = [*alone[-MOST_ALONE:], (row["document"], row["pdf"])]
                    continue
                head = shared(twin[1], row["pdf"])
                heads.append(head)
                alone.remove(twin)
                await cut(*twin, head)
            await cut(row["document"], row["pdf"], head)
        last = rows[-1]["document"]


async def cut(document: object, pdf: bytes, head: bytes) -> None:
    """Keep of a file what follows its head."""
    digest = hashlib.sha256(head).hexdigest()
    await ADD.fetch(digest, head)
    await CUT.fetch(pdf[len(head) :], digest, document)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def run() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        await engine.run_ddl(TABLE if postgres else for_sqlite(TABLE))
        await engine.run_ddl(
            COLUMN if postgres else COLUMN.replace("VARCHAR(64)", "VARCHAR(64) CHECK (length(head) <= 64)")
        )
        await engine.run_ddl(INDEX)
        # What was issued stays what it was: only where its first bytes stand changes.
        if postgres:
            await engine.run_ddl(f"ALTER TABLE document_file DISABLE TRIGGER {FILE_FROZEN}")
            await cut_files()
            await engine.run_ddl(f"ALTER TABLE document_file ENABLE TRIGGER {FILE_FROZEN}")
        else:
            (frozen,) = await fetch(f"SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = '{FILE_FROZEN}'")
            await engine.run_ddl(f"DROP TRIGGER {FILE_FROZEN}")
            await cut_files()
            await engine.run_ddl(frozen["sql"])
        await engine.run_ddl(freezing(postgres=postgres))

    manager.add_raw(run)
    return manager


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type of bytes, and each length as a check."""
    table = table.replace("BYTEA", "BLOB")
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


def freezing(*, postgres: bool) -> str:
    """What refuses any change of a head; that it is kept is what the references of the files make sure of."""
    body = "EXECUTE FUNCTION refuse_change()" if postgres else f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
    return f"CREATE TRIGGER {FROZEN} BEFORE UPDATE ON document_head FOR EACH ROW {body}"
