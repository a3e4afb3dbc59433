"""What a pupil's record asks to print besides: nothing, of those on file. The previous release runs on this schema."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T03:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "reading_aids"

COLUMNS = ("large_print", "plain_summary")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        for column in COLUMNS:
            await engine_finder().run_ddl(f"ALTER TABLE pupil ADD COLUMN {column} BOOLEAN NOT NULL DEFAULT FALSE")

    manager.add_raw(add)
    return manager
