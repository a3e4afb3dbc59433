"""From what on each service wants to replace an item: nobody has said it yet.

The previous release runs on this schema.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T09:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "replacement"

TABLE = """CREATE TABLE replacement (
    service UUID PRIMARY KEY NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    years INTEGER NOT NULL,
    cost_percent INTEGER NOT NULL,
    breakdowns INTEGER NOT NULL
)"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        await engine_finder().run_ddl(TABLE)

    manager.add_raw(create)
    return manager
