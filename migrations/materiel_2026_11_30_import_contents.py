"""The bytes of a file to import stand in a table of their own.

SQLite writes a row whole: each batch of an import, counted beside its file, read and compared all the bytes of it.

The bytes of the files that are there stay where they are, for a day at most, and are read there. The previous release
runs on this schema: it imports those, and takes one that this release was given for an empty file.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "import_contents"

TABLE = """CREATE TABLE import_content (
    id UUID PRIMARY KEY NOT NULL,
    import_file UUID NOT NULL REFERENCES import_file (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    content BYTEA NOT NULL
)"""
INDEX = "CREATE UNIQUE INDEX ix_import_content_import_file ON import_content (import_file)"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        table = TABLE if engine.engine_type == "postgres" else re.sub(r"\bBYTEA\b", "BLOB", TABLE)
        for statement in (table, INDEX):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
