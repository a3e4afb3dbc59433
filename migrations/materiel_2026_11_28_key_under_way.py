"""A key whose request writes by batches is claimed before its answer: by whom, until when, and what it wrote.

The previous release runs on this schema: it writes none of these columns, and each may be absent of its inserts.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:04:60:000000"
VERSION = "1.38.0"
DESCRIPTION = "key_under_way"

OWNER = "ALTER TABLE idempotency ADD COLUMN owner VARCHAR(80)"
COLUMNS = (
    "ALTER TABLE idempotency ADD COLUMN lease_until TIMESTAMPTZ",
    "ALTER TABLE idempotency ADD COLUMN created INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE idempotency ADD COLUMN updated INTEGER NOT NULL DEFAULT 0",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        length = "" if engine.engine_type == "postgres" else " CHECK (length(owner) <= 80)"
        for statement in (OWNER + length, *COLUMNS):
            await engine.run_ddl(statement)

    manager.add_raw(add)
    return manager
