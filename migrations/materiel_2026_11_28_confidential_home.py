"""A home whose address is not to be told to the other one; those known are not. The previous release runs on it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:82:000000"
VERSION = "1.38.0"
DESCRIPTION = "confidential_home"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        await engine.run_ddl("ALTER TABLE home ADD COLUMN confidential BOOLEAN NOT NULL DEFAULT FALSE")

    manager.add_raw(add)
    return manager
