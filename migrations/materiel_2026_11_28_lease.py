"""Find the leases that end before the loans of their items without reading the whole inventory.

The previous release runs on this schema: it adds an index only.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:41:000000"
VERSION = "1.38.0"
DESCRIPTION = "lease"

INDEX = "CREATE INDEX ix_item_lease ON item (service, lease_ends_on) WHERE lease_ends_on IS NOT NULL"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        await engine_finder().run_ddl(INDEX)

    manager.add_raw(create)
    return manager
