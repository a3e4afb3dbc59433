"""What the site says of itself, set in its pages; and whether its base is a demonstration.

One row for the installation. The previous release runs on this schema: it adds a table.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:71:000000"
VERSION = "1.38.0"
DESCRIPTION = "site"

TABLE = """CREATE TABLE site (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    service UUID REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    organisation VARCHAR(1000) NOT NULL DEFAULT '',
    publication_director VARCHAR(200) NOT NULL DEFAULT '',
    hosting VARCHAR(1000) NOT NULL DEFAULT '',
    contact VARCHAR(254) NOT NULL DEFAULT '',
    dpo VARCHAR(500) NOT NULL DEFAULT '',
    audit_on DATE,
    audit_rate INTEGER NOT NULL DEFAULT 0 CHECK (audit_rate BETWEEN 0 AND 100),
    audit_by VARCHAR(200) NOT NULL DEFAULT '',
    accessibility_plan VARCHAR(500) NOT NULL DEFAULT '',
    demonstration BOOLEAN NOT NULL DEFAULT FALSE,
    version INTEGER NOT NULL DEFAULT 1
)"""

INDEX = "CREATE INDEX ix_site_service ON site (service)"

ROW = (
    # The demonstration of an earlier release is known by its service, which no other installation has.
    "INSERT INTO site (id, service, demonstration)"
    " SELECT 1, (SELECT id FROM managing_service WHERE code = 'DEMO35'),"
    " EXISTS (SELECT 1 FROM managing_service WHERE code = 'DEMO35')"
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in (TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE), INDEX, ROW):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
