"""What a service checks of its items by family, and what was checked; nothing is on file.

The previous release runs on this schema.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "checklists"

LIST = """CREATE TABLE checklist (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    family VARCHAR(20) NOT NULL,
    moment VARCHAR(12) NOT NULL,
    lines TEXT NOT NULL,
    written_at TIMESTAMPTZ NOT NULL
)"""
SHEET = """CREATE TABLE check_sheet (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    moment VARCHAR(12) NOT NULL,
    done_on DATE NOT NULL,
    lines TEXT NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
)"""

INDEXES = (
    "CREATE INDEX ix_checklist_service ON checklist (service, family, moment, id)",
    "CREATE INDEX ix_check_sheet_item ON check_sheet (item, id)",
    "CREATE INDEX ix_check_sheet_service ON check_sheet (service)",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        tables = (LIST, SHEET)
        if engine.engine_type != "postgres":
            tables = tuple(map(for_sqlite, tables))
        for statement in (*tables, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
