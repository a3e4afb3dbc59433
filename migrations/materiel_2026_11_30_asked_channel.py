"""How the service asks for one signature, when not by mail: two people share a mailbox, and one signs on paper.

Nothing is asked of those on file. The previous release runs on this schema, and goes on writing to everybody.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "asked_channel"

COLUMN = "ALTER TABLE signature ADD COLUMN asked_channel VARCHAR(12) CHECK (asked_channel IN ('paper', 'in_person'))"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        length = "" if engine.engine_type == "postgres" else " CHECK (length(asked_channel) <= 12)"
        await engine.run_ddl(COLUMN + length)

    manager.add_raw(add)
    return manager
