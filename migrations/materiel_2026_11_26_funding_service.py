"""The index behind the filter of the items by the service that paid for them. The previous release runs on it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-26T11:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "funding service"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        await engine.run_ddl("CREATE INDEX ix_item_service_funding_id ON item (service, funding_service, id)")

    manager.add_raw(create)
    return manager
