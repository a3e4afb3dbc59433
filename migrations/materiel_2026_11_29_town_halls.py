"""What a commune's contacts owe to the administration's directory: its paternity, its date, which fields.

A mailbox that awaits its code remembers the date of the file it came from. Files of that directory are imported. The
previous release runs on this schema: it reads no file of the new kind, and what it writes over has its defaults.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:01:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "town_halls"

KINDS = "('schools', 'items', 'pupils', 'municipalities')"
ADD = (
    "ALTER TABLE municipality_contact ADD COLUMN source VARCHAR(120) NOT NULL DEFAULT ''{source}",
    "ALTER TABLE municipality_contact ADD COLUMN source_on DATE",
    "ALTER TABLE municipality_contact ADD COLUMN source_fields VARCHAR(200) NOT NULL DEFAULT '[]'{source_fields}",
    "ALTER TABLE mailbox_change ADD COLUMN source_on DATE",
)
SQLITE_LENGTHS = {
    "source": " CHECK (length(source) <= 120)",
    "source_fields": " CHECK (length(source_fields) <= 200)",
}
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
        postgres = engine.engine_type == "postgres"
        lengths = dict.fromkeys(SQLITE_LENGTHS, "") if postgres else SQLITE_LENGTHS
        for statement in (*(each.format(**lengths) for each in ADD), *(ON_POSTGRES if postgres else ON_SQLITE)):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
