"""How often a service replaces what was lost or broken by a fault; 0, as before, for no limit.

The previous release runs on this schema.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T07:02:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "replacement_limit"

COLUMN = (
    "ALTER TABLE managing_service ADD COLUMN replacement_limit INTEGER NOT NULL DEFAULT 0"
    " CHECK (replacement_limit >= 0)"
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        await engine_finder().run_ddl(COLUMN)

    manager.add_raw(add)
    return manager
