"""A file sent by mistake for an incident is deleted, and its trace stays; the previous release runs on this schema."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:01:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "file_removal"

COLUMNS = ("removed_at TIMESTAMPTZ", "removed_by VARCHAR(80){}", "removed_reason VARCHAR(500){}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        for column in COLUMNS:
            name, longest = column.partition(" ")[0], "".join(filter(str.isdigit, column))
            bound = "" if engine.engine_type == "postgres" else f" CHECK (length({name}) <= {longest})"
            await engine.run_ddl(f"ALTER TABLE incident_file ADD COLUMN {column.format(bound)}")

    manager.add_raw(add)
    return manager
