"""How a file to import is read: its worksheet, its school, its columns as somebody said, kept for the next file too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:01:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "import_options"

COLUMN = "ALTER TABLE import_file ADD COLUMN options TEXT NOT NULL DEFAULT '{}'"
TABLE = """CREATE TABLE import_mapping (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(20) NOT NULL,
    titles VARCHAR(64) NOT NULL,
    chosen TEXT NOT NULL,
    kept_at TIMESTAMPTZ NOT NULL
)"""
INDEX = "CREATE UNIQUE INDEX import_mapping_titles_key ON import_mapping (service, kind, titles)"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        table = TABLE
        if engine.engine_type != "postgres":
            for name, length in (("kind", 20), ("titles", 64)):
                table = table.replace(
                    f"{name} VARCHAR({length})", f"{name} VARCHAR({length}) CHECK (length({name}) <= {length})"
                )
        for statement in (COLUMN, table, INDEX):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
