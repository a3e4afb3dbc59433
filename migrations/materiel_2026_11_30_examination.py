"""Sheets of devices prepared for an examination. The previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T08:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "examination"

KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
TABLE = f"""CREATE TABLE examination_sheet (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) {KEEP},
    item UUID NOT NULL REFERENCES item (id) {KEEP},
    loan UUID REFERENCES loan (id) {KEEP},
    done_on DATE NOT NULL,
    sits_on DATE,
    emptied BOOLEAN NOT NULL,
    radio_off BOOLEAN NOT NULL,
    software VARCHAR(500) NOT NULL,
    noted_by VARCHAR(60) NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
)"""
INDEXES = (
    "CREATE INDEX ix_examination_sheet_service ON examination_sheet (service)",
    "CREATE INDEX ix_examination_sheet_item ON examination_sheet (item)",
    "CREATE INDEX ix_examination_sheet_loan ON examination_sheet (loan)",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in (TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE), *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
