"""When the next try may be made, and the devices that an account knows; the previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:04:40:000000"
VERSION = "1.38.0"
DESCRIPTION = "known_device"

TABLE = """CREATE TABLE known_device (
    id UUID PRIMARY KEY NOT NULL,
    account UUID NOT NULL REFERENCES app_user (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    token_hash VARCHAR(64) NOT NULL,
    first_at TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL
)"""

OTHERS = [
    "CREATE UNIQUE INDEX known_device_account_token_hash ON known_device (account, token_hash)",
    "CREATE INDEX ix_known_device_last_at ON known_device (last_at)",
    "ALTER TABLE attempt ADD COLUMN free_at TIMESTAMPTZ",
]


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in (TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE), *OTHERS):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
