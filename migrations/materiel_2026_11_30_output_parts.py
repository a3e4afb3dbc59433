"""The pieces of a file that a job makes to be printed: written as they are made, read one at a time.

The previous release runs on this schema, but hands out no file that was made in pieces: it is asked for again.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T03:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "output_parts"

TABLE = """CREATE TABLE job_output_part (
    id UUID PRIMARY KEY NOT NULL,
    output UUID NOT NULL REFERENCES job_output (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    rank INTEGER NOT NULL,
    content BLOB NOT NULL
)"""
INDEX = "CREATE UNIQUE INDEX job_output_part_output_rank_key ON job_output_part (output, rank)"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        await engine.run_ddl(TABLE.replace("BLOB", "BYTEA") if postgres else TABLE)
        await engine.run_ddl(INDEX)

    manager.add_raw(create)
    return manager
