"""Substring search on the normalised `search` columns, by trigrams on both engines.

PostgreSQL indexes the columns themselves, with a short list of pending entries, since each search reads it whole.
SQLite's FTS5 indexes a narrow copy of the items, kept by triggers: its rows have an explicit integer key, which a
VACUUM cannot renumber. Pupils and schools are few enough for a scan there.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "search"

POSTGRES = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_item_search ON item USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 512)",
    "CREATE INDEX ix_pupil_search ON pupil USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 512)",
    "CREATE INDEX ix_school_search ON school USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 512)",
]

SQLITE = [
    """CREATE TABLE item_search (
        position INTEGER PRIMARY KEY,
        item UUID NOT NULL UNIQUE REFERENCES item (id) ON DELETE RESTRICT,
        service UUID NOT NULL,
        search TEXT NOT NULL
    )""",
    """CREATE VIRTUAL TABLE item_trigram USING fts5 (
        search, content='item_search', content_rowid='position', tokenize='trigram case_sensitive 1'
    )""",
    """CREATE TRIGGER item_searchable AFTER INSERT ON item BEGIN
        INSERT INTO item_search (item, service, search) VALUES (NEW.id, NEW.service, NEW.search);
    END""",
    """CREATE TRIGGER item_searchable_again AFTER UPDATE OF search ON item WHEN NEW.search <> OLD.search BEGIN
        UPDATE item_search SET search = NEW.search WHERE item = NEW.id;
    END""",
    """CREATE TRIGGER item_search_indexed AFTER INSERT ON item_search BEGIN
        INSERT INTO item_trigram (rowid, search) VALUES (NEW.position, NEW.search);
    END""",
    """CREATE TRIGGER item_search_indexed_again AFTER UPDATE OF search ON item_search BEGIN
        INSERT INTO item_trigram (item_trigram, rowid, search) VALUES ('delete', OLD.position, OLD.search);
        INSERT INTO item_trigram (rowid, search) VALUES (NEW.position, NEW.search);
    END""",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in POSTGRES if engine.engine_type == "postgres" else SQLITE:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
