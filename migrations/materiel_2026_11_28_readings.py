"""Readings of pupils' data, apart from the journal: no name, no chain, and an end.

The previous release runs on this schema: it adds a table.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:70:000000"
VERSION = "1.38.0"
DESCRIPTION = "readings"

# A pupil or a loan may be eliminated before the reading is forgotten: neither is a reference.
TABLE = """CREATE TABLE reading (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    actor VARCHAR(80) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    subject UUID,
    pupil UUID,
    times INTEGER NOT NULL CHECK (times > 0),
    first_at TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL
)"""

INDEXES = [
    "CREATE INDEX ix_reading_service_id ON reading (service, id)",
    "CREATE INDEX ix_reading_service_actor_id ON reading (service, actor, id)",
    "CREATE INDEX ix_reading_pupil_id ON reading (pupil, id)",
    "CREATE INDEX ix_reading_last_at ON reading (last_at)",
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
