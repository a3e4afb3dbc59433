"""On SQLite the narrow copy that is searched bears the number of each item too, in whose order it is listed.

A page of what holds a rare word is then cut from the copy, and its items alone are read. The previous release runs on
this schema: the triggers keep the copy whoever writes. PostgreSQL searches the items themselves.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:00:24:000000"
VERSION = "1.38.0"
DESCRIPTION = "search_order"

SQLITE = [
    "ALTER TABLE item_search ADD COLUMN number TEXT NOT NULL DEFAULT ''",
    "UPDATE item_search SET number = (SELECT inventory_number FROM item WHERE item.id = item_search.item)",
    "DROP TRIGGER item_searchable",
    "DROP TRIGGER item_searchable_again",
    """CREATE TRIGGER item_searchable AFTER INSERT ON item BEGIN
        INSERT INTO item_search (item, service, search, number)
        VALUES (NEW.id, NEW.service, NEW.search, NEW.inventory_number);
    END""",
    """CREATE TRIGGER item_searchable_again AFTER UPDATE OF search ON item WHEN NEW.search <> OLD.search BEGIN
        UPDATE item_search SET search = NEW.search WHERE item = NEW.id;
    END""",
    """CREATE TRIGGER item_numbered_again AFTER UPDATE OF inventory_number ON item
    WHEN NEW.inventory_number <> OLD.inventory_number BEGIN
        UPDATE item_search SET number = NEW.inventory_number WHERE item = NEW.id;
    END""",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine.engine_type == "sqlite":
            for statement in SQLITE:
                await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
