"""Where the head of a service's journal is sent each day; nowhere yet. The previous release runs on this schema."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:03:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "witness"

COLUMN = "ALTER TABLE managing_service ADD COLUMN witness_email VARCHAR(254) NOT NULL DEFAULT ''"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        length = "" if engine.engine_type == "postgres" else " CHECK (length(witness_email) <= 254)"
        await engine.run_ddl(COLUMN + length)

    manager.add_raw(add)
    return manager
