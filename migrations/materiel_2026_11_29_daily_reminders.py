"""Whether a service reminds by itself each working day, and when it last did; the previous release runs on this."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:51:000000"
VERSION = "1.38.0"
DESCRIPTION = "daily_reminders"

ADD = (
    "ALTER TABLE managing_service ADD COLUMN reminds_daily BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE managing_service ADD COLUMN reminded_on DATE",
    "ALTER TABLE managing_service ADD COLUMN reminder_job UUID",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        for statement in ADD:
            await engine.run_ddl(statement)

    manager.add_raw(add)
    return manager
