"""Tokens that coordinate: a program sees what sleeps in the académie, and nothing else.

The previous release runs on this schema: it takes such a token for a reader of the service, as it does an account; no
such token exists before this release, and one is revoked before going back.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:11:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "coordinating_tokens"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        await engine_finder().run_ddl("ALTER TABLE api_token ADD COLUMN coordinates BOOLEAN NOT NULL DEFAULT FALSE")

    manager.add_raw(add)
    return manager
