"""What a service notes of an item; nothing is noted of those on file. The previous release runs on this schema."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "item_note"

COLUMN = "ALTER TABLE item ADD COLUMN note VARCHAR(500) NOT NULL DEFAULT ''"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        length = "" if engine.engine_type == "postgres" else " CHECK (length(note) <= 500)"
        await engine.run_ddl(COLUMN + length)

    manager.add_raw(add)
    return manager
