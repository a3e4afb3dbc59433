"""The bloc-marque of a service, kept once by its digest with the papers that bear it; none is there yet.

A service has one, which its new papers bear, and may be looking at another before it keeps it. What was issued keeps
its own. The previous release runs on this schema: the columns may be null.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T03:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "letterheads"

TABLE = """CREATE TABLE letterhead (
    sha256 VARCHAR(64) PRIMARY KEY NOT NULL,
    alt VARCHAR(300) NOT NULL,
    png BYTEA NOT NULL
)"""
COLUMNS = (
    ("managing_service", "letterhead"),
    ("managing_service", "letterhead_proposed"),
    ("document", "letterhead"),
)
FROZEN_COLUMNS_OF_DOCUMENT = (
    "id, service, loan, kind, number, covers, issued_on, issued_at, wording, code, sha256, pages, content, replaces,"
    " school, takes_effect_on, layout, letterhead"
)


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type of bytes, and each length as a check."""
    table = table.replace("BYTEA", "BLOB")
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


def column(table: str, name: str, *, postgres: bool) -> str:
    """A reference to a bloc-marque, or none."""
    length = "" if postgres else f" CHECK (length({name}) <= 64)"
    return (
        f"ALTER TABLE {table} ADD COLUMN {name} VARCHAR(64){length} NULL DEFAULT NULL"
        " REFERENCES letterhead (sha256) ON DELETE RESTRICT ON UPDATE CASCADE"
    )


def freezing(trigger: str, event: str, table: str, *, postgres: bool) -> str:
    """What refuses a change."""
    body = "EXECUTE FUNCTION refuse_change()" if postgres else f"BEGIN SELECT RAISE(ABORT, '{trigger}'); END"
    return f"CREATE TRIGGER {trigger} BEFORE {event} ON {table} FOR EACH ROW {body}"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def add() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        await engine.run_ddl(TABLE if postgres else for_sqlite(TABLE))
        for table, name in COLUMNS:
            await engine.run_ddl(column(table, name, postgres=postgres))
            await engine.run_ddl(f"CREATE INDEX ix_{table}_{name} ON {table} ({name})")
        await engine.run_ddl(f"DROP TRIGGER document_frozen{' ON document' if postgres else ''}")
        of_document = f"UPDATE OF {FROZEN_COLUMNS_OF_DOCUMENT}"
        await engine.run_ddl(freezing("document_frozen", of_document, "document", postgres=postgres))
        await engine.run_ddl(freezing("letterhead_frozen", "UPDATE", "letterhead", postgres=postgres))

    manager.add_raw(add)
    return manager
