"""Licences of software and their seats; none is on file. The previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "licences"

LICENCE = """CREATE TABLE licence (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    software VARCHAR(120) NOT NULL,
    publisher VARCHAR(120) NOT NULL,
    seats INTEGER NOT NULL,
    bought_on DATE NOT NULL,
    ends_on DATE,
    is_transferable BOOLEAN NOT NULL,
    note VARCHAR(300) NOT NULL,
    sealed_key TEXT NOT NULL,
    key_tail VARCHAR(4) NOT NULL,
    search TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
)"""
SEAT = """CREATE TABLE licence_seat (
    id UUID PRIMARY KEY NOT NULL,
    licence UUID NOT NULL REFERENCES licence (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    item UUID REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    loan UUID REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    taken_on DATE NOT NULL,
    left_over BOOLEAN NOT NULL DEFAULT false,
    ended_on DATE,
    ended_as VARCHAR(12),
    witness VARCHAR(12),
    gives_back BOOLEAN NOT NULL DEFAULT false
)"""

INDEXES = (
    "CREATE INDEX ix_licence_service ON licence (service, bought_on, id)",
    "CREATE INDEX ix_licence_seat_licence ON licence_seat (licence, id)",
    "CREATE UNIQUE INDEX licence_seat_item_licence_key ON licence_seat (item, licence) WHERE ended_as IS NULL",
    "CREATE UNIQUE INDEX licence_seat_loan_licence_key ON licence_seat (loan, licence) WHERE ended_as IS NULL",
    "CREATE INDEX ix_licence_seat_item ON licence_seat (item) WHERE item IS NOT NULL",
    "CREATE INDEX ix_licence_seat_loan ON licence_seat (loan) WHERE loan IS NOT NULL",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        tables = (LICENCE, SEAT)
        if engine.engine_type != "postgres":
            tables = tuple(map(for_sqlite, tables))
        for statement in (*tables, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
