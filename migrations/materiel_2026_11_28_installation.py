"""What a base says of itself: which version last changed its schema, which restoration it comes from, which key it had.

One row. The previous release runs on this schema: it adds a table.
"""

import re
from uuid import uuid4

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:04:20:000000"
VERSION = "1.38.0"
DESCRIPTION = "installation"

TABLE = """CREATE TABLE installation (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    version VARCHAR(40) NOT NULL DEFAULT '',
    stamp VARCHAR(40) NOT NULL CHECK (stamp <> ''),
    restored_at TIMESTAMPTZ,
    key_fingerprint VARCHAR(64) NOT NULL DEFAULT ''
)"""


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        await engine.run_ddl(TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE))
        await engine.run_ddl(f"INSERT INTO installation (id, stamp) VALUES (1, '{uuid4()}')")

    manager.add_raw(create)
    return manager
