"""The list of items is sorted by designation and by price without reading all of them.

Two indexes, that an import of items writes too. The number and the state have theirs; the day of acquisition and what
an item's loan says have none, and sort short lists only.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:40:000000"
VERSION = "1.38.0"
DESCRIPTION = "item_sorts"

COLUMNS = ("designation", "purchase_price_cents")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for column in COLUMNS:
            await engine.run_ddl(f"CREATE INDEX ix_item_service_{column} ON item (service, {column}, id)")

    manager.add_raw(create)
    return manager
