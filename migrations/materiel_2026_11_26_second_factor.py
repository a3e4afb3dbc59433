"""Whether a service requires a second factor of its accounts.

The previous release runs on this schema: it does not name the column, which says no by default.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-26T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "second_factor"

ADD = "ALTER TABLE managing_service ADD COLUMN require_second_factor BOOLEAN NOT NULL DEFAULT FALSE"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        await engine_finder().run_ddl(ADD)

    manager.add_raw(change)
    return manager
