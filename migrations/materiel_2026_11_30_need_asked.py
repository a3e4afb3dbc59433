"""Who asked a need that the service has not confirmed yet. The previous release runs on this schema: none is asked."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T08:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "need_asked"

ADD = "ALTER TABLE need ADD COLUMN asked_by VARCHAR(60) NOT NULL DEFAULT ''"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        check = "" if engine.engine_type == "postgres" else " CHECK (length(asked_by) <= 60)"
        await engine.run_ddl(ADD + check)

    manager.add_raw(add)
    return manager
