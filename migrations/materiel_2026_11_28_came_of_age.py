"""The pupils of age of a service are found by index: the home page lists their loans.

The previous release runs on this schema.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:11:000000"
VERSION = "1.38.0"
DESCRIPTION = "came_of_age"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        await engine_finder().run_ddl("CREATE INDEX ix_pupil_birth ON pupil (service, birth_date)")

    manager.add_raw(change)
    return manager
