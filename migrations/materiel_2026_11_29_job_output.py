"""The file that a job has drawn to be printed, kept for a day; the previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:52:000000"
VERSION = "1.38.0"
DESCRIPTION = "job_output"

TABLE = """CREATE TABLE job_output (
    id UUID PRIMARY KEY NOT NULL,
    job UUID NOT NULL REFERENCES job (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    name VARCHAR(80) NOT NULL,
    content BLOB NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
)"""

INDEXES = (
    "CREATE UNIQUE INDEX job_output_job_key ON job_output (job)",
    "CREATE INDEX ix_job_output_expires_at ON job_output (expires_at)",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        await engine.run_ddl(TABLE.replace("BLOB", "BYTEA") if postgres else for_sqlite(TABLE))
        for index in INDEXES:
            await engine.run_ddl(index)

    manager.add_raw(create)
    return manager
