"""After how many days a service colours what waits, in amber and in red; the previous release runs on this."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:01:11:000000"
VERSION = "1.38.0"
DESCRIPTION = "delays"

ADD = (
    "ALTER TABLE managing_service ADD COLUMN amber_days INTEGER NOT NULL DEFAULT 3",
    "ALTER TABLE managing_service ADD COLUMN red_days INTEGER NOT NULL DEFAULT 21",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        for statement in ADD:
            await engine.run_ddl(statement)

    manager.add_raw(add)
    return manager
