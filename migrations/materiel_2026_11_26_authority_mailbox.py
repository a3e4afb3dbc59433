"""The mailbox of the body that runs the écoles of a commune, and the links sent to it rather than to the town hall.

The previous release runs on this schema: it adds columns with a default. Links already sent stay those of the mayor.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-26T10:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "authority_mailbox"

COLUMNS = [
    "ALTER TABLE municipality ADD COLUMN authority_email VARCHAR(254) NOT NULL DEFAULT ''",
    "ALTER TABLE access_link ADD COLUMN of_authority BOOLEAN NOT NULL DEFAULT FALSE",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        for statement in COLUMNS:
            await engine.run_ddl(statement)

    manager.add_raw(add)
    return manager
