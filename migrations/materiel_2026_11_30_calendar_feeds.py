"""The private address of an account's calendar, by the digest of its secret. The previous release runs on it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T10:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "calendar_feeds"

TABLE = """CREATE TABLE calendar_feed (
    account UUID PRIMARY KEY NOT NULL REFERENCES app_user (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    token_hash VARCHAR(64) NOT NULL UNIQUE{length},
    created_at TIMESTAMPTZ NOT NULL
)"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        length = "" if engine.engine_type == "postgres" else " CHECK (length(token_hash) <= 64)"
        await engine.run_ddl(TABLE.format(length=length))

    manager.add_raw(create)
    return manager
