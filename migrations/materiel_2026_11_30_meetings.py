"""The day of the appointment that was given last about a loan: calendars show it.

The previous release runs on this schema: it prints the letter, and keeps no day.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:51:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "meetings"

STATEMENTS = (
    "ALTER TABLE loan ADD COLUMN meets_on DATE",
    "CREATE INDEX ix_loan_meets_on ON loan (service, meets_on) WHERE meets_on IS NOT NULL",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        for statement in STATEMENTS:
            await engine_finder().run_ddl(statement)

    manager.add_raw(add)
    return manager
