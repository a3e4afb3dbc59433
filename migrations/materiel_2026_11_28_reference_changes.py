"""Changes of the annuaire that touch running loans, kept for each service until a manager settles them.

The previous release runs on this schema: it adds a table.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:01:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "reference_changes"

TABLE = """CREATE TABLE reference_change (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    school UUID NOT NULL REFERENCES school (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('closed', 'absent', 'kind', 'municipality')),
    before VARCHAR(40) NOT NULL,
    after VARCHAR(40) NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    settled_at TIMESTAMPTZ,
    decision VARCHAR(20) CHECK (decision IN ('accept', 'keep')),
    reason VARCHAR(500) NOT NULL,
    settled_by VARCHAR(80) NOT NULL
)"""
INDEXES = [
    "CREATE INDEX ix_reference_change_open ON reference_change (service, id) WHERE settled_at IS NULL",
    "CREATE INDEX ix_reference_change_school ON reference_change (school)",
]


def for_sqlite(table: str) -> str:
    """The same table, each length as a check, which SQLite would ignore."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        await engine.run_ddl(TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE))
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
