"""The views that somebody keeps of a list, for that account alone; the previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:42:000000"
VERSION = "1.38.0"
DESCRIPTION = "saved_view"

TABLE = """CREATE TABLE saved_view (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    account UUID NOT NULL REFERENCES app_user (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    list VARCHAR(20) NOT NULL,
    name VARCHAR(60) NOT NULL,
    query VARCHAR(1000) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
)"""

INDEXES = [
    "CREATE UNIQUE INDEX saved_view_account_list_name ON saved_view (account, list, name)",
    "CREATE INDEX ix_saved_view_service ON saved_view (service)",
]


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in (TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE), *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
