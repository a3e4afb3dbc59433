"""The end of the warranty of items, and their repairs; nothing is known of those on file.

The previous release runs on this schema.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T09:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "repairs"

COLUMN = "ALTER TABLE item ADD COLUMN warranty_ends_on DATE"
TABLE = """CREATE TABLE repair (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    provider VARCHAR(120) NOT NULL,
    fault VARCHAR(300) NOT NULL,
    sent_on DATE NOT NULL,
    expected_on DATE,
    note VARCHAR(300) NOT NULL,
    under_warranty BOOLEAN,
    returned_on DATE,
    outcome VARCHAR(20),
    cost_cents BIGINT,
    search TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
)"""

INDEXES = (
    "CREATE INDEX ix_repair_service ON repair (service, sent_on, id)",
    "CREATE INDEX ix_repair_item ON repair (item)",
    "CREATE UNIQUE INDEX repair_item_key ON repair (item) WHERE returned_on IS NULL",
)


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type names, and each length as a check."""
    table = table.replace("BIGINT", "INTEGER")
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        table = TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE)
        for statement in (COLUMN, table, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
