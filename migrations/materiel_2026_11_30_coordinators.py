"""Accounts that coordinate: they see what sleeps in the académie, and nothing else.

The previous release runs on this schema: it takes a coordinator for a reader of the service, since no other role is
known to it; no such account exists before this release.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T07:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "coordinators"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        await engine_finder().run_ddl("ALTER TABLE app_user ADD COLUMN coordinates BOOLEAN NOT NULL DEFAULT FALSE")

    manager.add_raw(add)
    return manager
