"""Files to import, kept in the database so that a worker on any machine finds them.

The previous release runs on this schema: it adds a table.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-26T00:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "imports"

SQLITE_TYPES = {"BYTEA": "BLOB"}
JOB = "REFERENCES job (id) ON DELETE RESTRICT ON UPDATE CASCADE"

TABLE = f"""CREATE TABLE import_file (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('schools', 'items', 'pupils')),
    name VARCHAR(200) NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    content BYTEA NOT NULL,
    report TEXT,
    examination UUID {JOB},
    job UUID {JOB},
    created INTEGER NOT NULL CHECK (created >= 0),
    updated INTEGER NOT NULL CHECK (updated >= 0),
    expires_at TIMESTAMPTZ NOT NULL
)"""

INDEXES = [
    "CREATE INDEX ix_import_file_service_sha256 ON import_file (service, sha256)",
    "CREATE INDEX ix_import_file_examination ON import_file (examination)",
    "CREATE INDEX ix_import_file_job ON import_file (job)",
    "CREATE INDEX ix_import_file_expires_at ON import_file (expires_at)",
]


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type names, and each length as a check."""
    for postgres_type, sqlite_type in SQLITE_TYPES.items():
        table = re.sub(rf"\b{postgres_type}\b", sqlite_type, table)
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in (TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE), *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
