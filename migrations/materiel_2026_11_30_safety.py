"""Safety recalls of makers, the items that each concerns, and what they hold back; nothing is held back of those on
file. The previous release runs on this schema.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T09:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "safety"

COLUMN = "ALTER TABLE item ADD COLUMN safety_hold BOOLEAN NOT NULL DEFAULT false"
RECALL = """CREATE TABLE safety_recall (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    title VARCHAR(120) NOT NULL,
    to_do VARCHAR(600) NOT NULL,
    published_on DATE NOT NULL,
    brand VARCHAR(100) NOT NULL,
    model VARCHAR(200) NOT NULL,
    serial_from VARCHAR(100) NOT NULL,
    serial_to VARCHAR(100) NOT NULL,
    reference VARCHAR(100) NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    closed_on DATE,
    close_reason VARCHAR(300) NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
)"""
LINE = """CREATE TABLE safety_line (
    id UUID PRIMARY KEY NOT NULL,
    recall UUID NOT NULL REFERENCES safety_recall (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    loan UUID REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    told_at TIMESTAMPTZ,
    told_times INTEGER NOT NULL DEFAULT 0,
    acknowledged_at TIMESTAMPTZ,
    acknowledged_as VARCHAR(10),
    acknowledged_by VARCHAR(80) NOT NULL,
    treatment VARCHAR(20),
    treated_on DATE,
    note VARCHAR(300) NOT NULL
)"""

INDEXES = (
    "CREATE INDEX ix_safety_recall_service ON safety_recall (service, id)",
    "CREATE UNIQUE INDEX safety_line_recall_item_key ON safety_line (recall, item)",
    "CREATE INDEX ix_safety_line_item ON safety_line (item)",
    "CREATE INDEX ix_safety_line_loan ON safety_line (loan) WHERE loan IS NOT NULL",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        tables = (RECALL, LINE)
        if engine.engine_type != "postgres":
            tables = tuple(map(for_sqlite, tables))
        for statement in (COLUMN, *tables, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
