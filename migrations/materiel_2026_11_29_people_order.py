"""The copy of people that SQLite indexes numbered upwards: pupils from 1, representatives from 2^40.

FTS5 writes out what it holds in memory each time that a number is lower than the one before: 200,000 representatives
numbered downwards took minutes to add. The numbers only tell the ones from the others.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:22:000000"
VERSION = "1.38.0"
DESCRIPTION = "people_order"

FIRST = 2**40

SQLITE = [
    "DROP TRIGGER pupil_searchable",
    "DROP TRIGGER representative_searchable",
    f"UPDATE person_search SET position = {FIRST} - position WHERE position < 0",
    "INSERT INTO person_trigram (person_trigram) VALUES ('rebuild')",
    f"""CREATE TRIGGER pupil_searchable AFTER INSERT ON pupil BEGIN
        INSERT INTO person_search (position, pupil, service, search)
        SELECT coalesce(max(position), 0) + 1, NEW.id, NEW.service, NEW.search
        FROM person_search WHERE position < {FIRST};
    END""",
    f"""CREATE TRIGGER representative_searchable AFTER INSERT ON representative BEGIN
        INSERT INTO person_search (position, pupil, representative, service, search)
        SELECT (SELECT coalesce(max(position), {FIRST}) + 1 FROM person_search WHERE position > {FIRST}),
            NEW.pupil, NEW.id, pupil.service, NEW.search FROM pupil WHERE pupil.id = NEW.pupil;
    END""",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def number() -> None:
        engine = engine_finder()
        for statement in () if engine.engine_type == "postgres" else SQLITE:
            await engine.run_ddl(statement)

    manager.add_raw(number)
    return manager
