"""What an import made or corrected, record by record, so that it may be undone; an item that it made may then go.

The base kept every item for ever: it still does, but for one that an import not yet undone says that it has made. The
copy that SQLite searches and the tally of the items follow. The previous release runs on this schema: it deletes no
item, and what it imports has no such lines, hence is not undone.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:04:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "import_change"

COLUMNS = [
    "ALTER TABLE import_file ADD COLUMN kept_until TIMESTAMPTZ",
    "ALTER TABLE import_file ADD COLUMN undo_job UUID REFERENCES job (id) ON DELETE RESTRICT ON UPDATE CASCADE",
]
TABLE = """CREATE TABLE import_change (
    id UUID PRIMARY KEY NOT NULL,
    import_file UUID NOT NULL REFERENCES import_file (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(10) NOT NULL,
    subject UUID NOT NULL,
    before TEXT,
    version INTEGER NOT NULL,
    line INTEGER NOT NULL,
    state VARCHAR(10) NOT NULL CHECK (state IN ('written', 'undone', 'left'))
)"""
INDEXES = [
    "CREATE INDEX ix_import_file_undo_job ON import_file (undo_job)",
    "CREATE INDEX ix_import_change_import_file ON import_change (import_file, state, id)",
    "CREATE INDEX ix_import_change_subject ON import_change (subject)",
]

MADE = (
    "EXISTS (SELECT 1 FROM import_change WHERE import_change.subject = OLD.id AND import_change.kind = 'item'"
    " AND import_change.before IS NULL AND import_change.state = 'written')"
)
FOR_SQLITE = [
    "DROP TRIGGER item_kept",
    f"CREATE TRIGGER item_kept BEFORE DELETE ON item FOR EACH ROW WHEN NOT {MADE}"
    " BEGIN SELECT RAISE(ABORT, 'item_kept'); END",
    """CREATE TRIGGER item_search_forgotten AFTER DELETE ON item_search BEGIN
        INSERT INTO item_trigram (item_trigram, rowid, search) VALUES ('delete', OLD.position, OLD.search);
    END""",
    "CREATE TRIGGER item_forgotten BEFORE DELETE ON item BEGIN DELETE FROM item_search WHERE item = OLD.id; END",
    "CREATE TRIGGER item_tallied_less AFTER DELETE ON item BEGIN"
    " UPDATE item_tally SET found = found - 1 WHERE service = OLD.service AND status = OLD.status; END",
]
FOR_POSTGRES = [
    "DROP TRIGGER item_kept ON item",
    f"""CREATE FUNCTION refuse_item_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT {MADE} THEN
        RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$""",
    "CREATE TRIGGER item_kept BEFORE DELETE ON item FOR EACH ROW EXECUTE FUNCTION refuse_item_kept()",
    "CREATE FUNCTION item_tallied_less() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO item_tally (service, status, found)"
    " SELECT service, status, -count(*) FROM removed GROUP BY service, status; RETURN NULL; END $$",
    "CREATE TRIGGER item_tallied_less AFTER DELETE ON item REFERENCING OLD TABLE AS removed"
    " FOR EACH STATEMENT EXECUTE FUNCTION item_tallied_less()",
]


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        table = TABLE if postgres else for_sqlite(TABLE)
        for statement in (*COLUMNS, table, *INDEXES, *(FOR_POSTGRES if postgres else FOR_SQLITE)):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
