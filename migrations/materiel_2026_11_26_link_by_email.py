"""An index to find the links sent to an address, for whoever asks for a new one without the former message.

The previous release runs on this schema: it adds an index only.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-26T10:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "link_by_email"

INDEX = "CREATE INDEX ix_access_link_email ON access_link (lower(email))"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        await engine_finder().run_ddl(INDEX)

    manager.add_raw(create)
    return manager
