"""Kits: items of a service lent and returned together; nothing is known of those on file.

The previous release runs on this schema.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "kits"

KIT = """CREATE TABLE kit (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    number VARCHAR(25) NOT NULL,
    designation VARCHAR(200) NOT NULL,
    search TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    dissolved_on DATE,
    version INTEGER NOT NULL DEFAULT 1
)"""
PART = """CREATE TABLE kit_part (
    id UUID PRIMARY KEY NOT NULL,
    kit UUID NOT NULL REFERENCES kit (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    position INTEGER NOT NULL
)"""
INDEXES = (
    "CREATE UNIQUE INDEX kit_service_number_key ON kit (service, number)",
    "CREATE INDEX ix_kit_part_kit ON kit_part (kit, position)",
    "CREATE UNIQUE INDEX kit_part_item_key ON kit_part (item)",
)


def for_sqlite(table: str) -> str:
    """The same table with each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        tables = (KIT, PART)
        if engine.engine_type != "postgres":
            tables = tuple(for_sqlite(each) for each in tables)
        for statement in (*tables, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
