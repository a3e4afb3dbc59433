"""The lines of what is done in number, and when somebody asked for a job to stop; the previous release runs on this."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "lots"

TABLE = """CREATE TABLE job_line (
    id UUID PRIMARY KEY NOT NULL,
    job UUID NOT NULL REFERENCES job (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    rank INTEGER NOT NULL CHECK (rank >= 0),
    subject UUID NOT NULL,
    together VARCHAR(80) NOT NULL,
    given TEXT NOT NULL,
    state VARCHAR(10) NOT NULL CHECK (state IN ('left', 'done', 'refused')),
    said TEXT NOT NULL,
    code VARCHAR(60) NOT NULL,
    made TEXT NOT NULL,
    UNIQUE (job, rank)
)"""

OTHERS = [
    "CREATE INDEX ix_job_line_state ON job_line (job, state, rank)",
    "ALTER TABLE job ADD COLUMN stop_asked_at TIMESTAMPTZ",
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
