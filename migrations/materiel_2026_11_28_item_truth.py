"""What an item lacks, what was handed over of it, why it left a loan; and « À préparer » among its states.

The previous release runs on this schema: the columns may be null or have a default. What a return already said to be
missing is missing from the item, unless it was lent again since; why a line was removed is read in the journal, which
alone knew it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "item_truth"

KNOWN = (
    "IN ('in_stock', 'reserved', 'on_loan', 'deposited', 'due_back', 'to_prepare', 'in_repair', 'lost', 'stolen',"
    " 'written_off')"
)
COLUMNS = [
    "ALTER TABLE item ADD COLUMN missing_accessories TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE loan_item ADD COLUMN accessories TEXT",
    "ALTER TABLE loan_item ADD COLUMN withdrawn_on DATE",
    "ALTER TABLE loan_item ADD COLUMN removal VARCHAR(10) CHECK (removal IN ('returned', 'broken', 'lost', 'stolen'))",
]
ON_POSTGRES = [
    "ALTER TABLE item DROP CONSTRAINT item_status_check",
    f"ALTER TABLE item ADD CONSTRAINT item_status_check CHECK (status {KNOWN})",
]
# SQLite alters no check: the column is made again, and its index with it.
ON_SQLITE = [
    "DROP INDEX ix_item_service_status_id",
    f"ALTER TABLE item ADD COLUMN new_status VARCHAR(20) NOT NULL DEFAULT 'in_stock' CHECK (new_status {KNOWN})",
    "UPDATE item SET new_status = status",
    "ALTER TABLE item DROP COLUMN status",
    "ALTER TABLE item RENAME COLUMN new_status TO status",
    "CREATE INDEX ix_item_service_status_id ON item (service, status, id)",
]
LACKING = (
    "SELECT item.id, item.accessories, loan_item.missing_accessories FROM loan_item"
    " JOIN item ON item.id = loan_item.item"
    " WHERE loan_item.missing_accessories <> '[]' AND loan_item.returned_on IS NOT NULL AND NOT EXISTS ("
    "SELECT 1 FROM loan_item AS later WHERE later.item = loan_item.item AND later.id <> loan_item.id"
    " AND later.handed_over_on >= loan_item.returned_on)"
)
REMOVALS = "SELECT subject_id, details FROM journal WHERE action = 'loan.amended' ORDER BY at"


def for_sqlite(text: str) -> str:
    """The same with each length as a check, which SQLite does not draw from the type."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", text)


def quoted(value: object) -> str:
    """A value as the text of a statement."""
    return "'" + str(value).replace("'", "''") + "'"


def lacking(row: dict[str, Any]) -> str:
    """Take from an item what its last return said to be missing."""
    missing = json.loads(row["missing_accessories"])
    gone = {name.casefold() for name in missing}
    there = [name for name in json.loads(row["accessories"]) if name.casefold() not in gone]
    there_text, missing_text = (json.dumps(names, ensure_ascii=False) for names in (there, missing))
    return (
        f"UPDATE item SET accessories = {quoted(there_text)}, missing_accessories = {quoted(missing_text)},"
        f" version = version + 1 WHERE id = {quoted(row['id'])}"
    )


def removals(row: dict[str, Any]) -> Iterator[str]:
    """Say on the lines that an amendment removed why it did."""
    details = json.loads(row["details"])
    for item, removed in (details.get("removed") or {}).items():
        yield (
            f"UPDATE loan_item SET removal = {quoted(removed['reason'])} WHERE loan = {quoted(row['subject_id'])}"
            f" AND item = {quoted(item)} AND removed_on IS NOT NULL AND returned_on IS NULL AND removal IS NULL"
        )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        for statement in (*COLUMNS, *(ON_POSTGRES if postgres else ON_SQLITE)):
            await engine.run_ddl(statement if postgres else for_sqlite(statement))
        for row in await engine.fetch(LACKING):
            await engine.run_ddl(lacking(row))
        for row in await engine.fetch(REMOVALS):
            for statement in removals(row):
                await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
