"""Pupils and their representatives found by their words at any size: one search of people.

The folding is the program's own (`domain.language.folding`), so representatives get a `search` column, filled here.
PostgreSQL indexes the column as it does that of pupils. SQLite's FTS5 indexes a narrow copy of both, kept by triggers,
as it does for items: pupils from 1 upwards and representatives from -1 downwards, so that those whom a common word also
finds are not read through. The previous release runs on this schema: a representative that it writes is found by name
once the pupil's record is saved again.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

from materiel.store.engine.search import searchable

ID = "2026-11-29T00:00:11:000000"
VERSION = "1.38.0"
DESCRIPTION = "people_search"

BATCH = 1_000

COLUMN = "ALTER TABLE representative ADD COLUMN search TEXT NOT NULL DEFAULT ''"

POSTGRES = [
    "CREATE INDEX ix_representative_search ON representative USING gin (search gin_trgm_ops)"
    " WITH (gin_pending_list_limit = 512)",
]

SQLITE = [
    """CREATE TABLE person_search (
        position INTEGER PRIMARY KEY,
        pupil UUID NOT NULL REFERENCES pupil (id) ON DELETE RESTRICT,
        representative UUID,
        service UUID NOT NULL,
        search TEXT NOT NULL
    )""",
    "CREATE INDEX ix_person_search_pupil ON person_search (pupil, representative)",
    """CREATE VIRTUAL TABLE person_trigram USING fts5 (
        search, content='person_search', content_rowid='position', tokenize='trigram case_sensitive 1'
    )""",
    """CREATE TRIGGER person_search_indexed AFTER INSERT ON person_search BEGIN
        INSERT INTO person_trigram (rowid, search) VALUES (NEW.position, NEW.search);
    END""",
    """CREATE TRIGGER person_search_indexed_again AFTER UPDATE OF search ON person_search BEGIN
        INSERT INTO person_trigram (person_trigram, rowid, search) VALUES ('delete', OLD.position, OLD.search);
        INSERT INTO person_trigram (rowid, search) VALUES (NEW.position, NEW.search);
    END""",
    """CREATE TRIGGER person_search_forgotten AFTER DELETE ON person_search BEGIN
        INSERT INTO person_trigram (person_trigram, rowid, search) VALUES ('delete', OLD.position, OLD.search);
    END""",
    """CREATE TRIGGER pupil_searchable AFTER INSERT ON pupil BEGIN
        INSERT INTO person_search (position, pupil, service, search)
        SELECT max(coalesce(max(position), 0), 0) + 1, NEW.id, NEW.service, NEW.search FROM person_search;
    END""",
    """CREATE TRIGGER pupil_searchable_again AFTER UPDATE OF search ON pupil WHEN NEW.search <> OLD.search BEGIN
        UPDATE person_search SET search = NEW.search WHERE pupil = NEW.id AND representative IS NULL;
    END""",
    # Before: the copy refers to the pupil.
    """CREATE TRIGGER pupil_forgotten BEFORE DELETE ON pupil BEGIN
        DELETE FROM person_search WHERE pupil = OLD.id;
    END""",
    """CREATE TRIGGER representative_searchable AFTER INSERT ON representative BEGIN
        INSERT INTO person_search (position, pupil, representative, service, search)
        SELECT (SELECT min(coalesce(min(position), 0), 0) - 1 FROM person_search),
            NEW.pupil, NEW.id, pupil.service, NEW.search FROM pupil WHERE pupil.id = NEW.pupil;
    END""",
    """CREATE TRIGGER representative_searchable_again AFTER UPDATE OF id, pupil, search ON representative BEGIN
        UPDATE person_search SET pupil = NEW.pupil, representative = NEW.id, search = NEW.search
        WHERE pupil = OLD.pupil AND representative = OLD.id;
    END""",
    """CREATE TRIGGER representative_forgotten AFTER DELETE ON representative BEGIN
        DELETE FROM person_search WHERE pupil = OLD.pupil AND representative = OLD.id;
    END""",
    "INSERT INTO person_search (pupil, service, search) SELECT id, service, search FROM pupil ORDER BY id",
    """INSERT INTO person_search (position, pupil, representative, service, search)
        SELECT -row_number() OVER (ORDER BY pupil.id, representative.position), pupil.id, representative.id,
            pupil.service, representative.search
        FROM representative JOIN pupil ON pupil.id = representative.pupil""",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        await engine.run_ddl(COLUMN)
        await _fill()
        for statement in POSTGRES if engine.engine_type == "postgres" else SQLITE:
            await engine.run_ddl(statement)

    manager.add_raw(add)
    return manager


async def _fill() -> None:
    engine = engine_finder()
    first, second = ("$1", "$2") if engine.engine_type == "postgres" else ("?", "?")
    page = (
        f"SELECT id, last_name, first_name FROM representative WHERE id > {first} ORDER BY id LIMIT {BATCH}",
        f"UPDATE representative SET search = {first} WHERE id = {second}",
    )
    rows = await engine.fetch(page[0], ["00000000-0000-0000-0000-000000000000"])
    while rows:
        for row in rows:
            words = searchable(names=(row["last_name"], row["first_name"]))
            await engine.fetch(page[1], [words, row["id"]])
        rows = await engine.fetch(page[0], [rows[-1]["id"]])
