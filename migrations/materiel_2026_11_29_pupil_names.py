"""The list of pupils is sorted by their names, folded as they are searched, without reading all of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:41:000000"
VERSION = "1.38.0"
DESCRIPTION = "pupil_names"

INDEX = "CREATE INDEX ix_pupil_service_search ON pupil (service, search, id)"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        await engine_finder().run_ddl(INDEX)

    manager.add_raw(create)
    return manager
