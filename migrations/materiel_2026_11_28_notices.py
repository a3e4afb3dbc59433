"""An index of what has still to be sent for information: the home page counts it.

The previous release runs on this schema: it adds an index only.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:31:000000"
VERSION = "1.38.0"
DESCRIPTION = "notices"

INDEX = "CREATE INDEX ix_recipient_unsent ON recipient (document) WHERE sent_at IS NULL"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        await engine_finder().run_ddl(INDEX)

    manager.add_raw(create)
    return manager
