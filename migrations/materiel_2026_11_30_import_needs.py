"""Files of needs may be imported.

The previous release runs on this schema: it reads no file of the new kind.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "import_needs"

KINDS = "('schools', 'items', 'pupils', 'municipalities', 'inventory', 'loans', 'needs')"
ON_POSTGRES = (
    "ALTER TABLE import_file DROP CONSTRAINT import_file_kind_check",
    f"ALTER TABLE import_file ADD CONSTRAINT import_file_kind_check CHECK (kind IN {KINDS})",
)
# The check goes with its column; the default only serves the rows that are there, each of which is then written.
ON_SQLITE = (
    "ALTER TABLE import_file ADD COLUMN new_kind VARCHAR(20) NOT NULL DEFAULT 'items'"
    f" CHECK (length(new_kind) <= 20) CHECK (new_kind IN {KINDS})",
    "UPDATE import_file SET new_kind = kind",
    "ALTER TABLE import_file DROP COLUMN kind",
    "ALTER TABLE import_file RENAME COLUMN new_kind TO kind",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        for statement in ON_POSTGRES if engine.engine_type == "postgres" else ON_SQLITE:
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
