"""Stocktakes: what is expected, what is seen, codes that name nothing, the report. The previous release runs on it."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T06:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "stocktakes"

_KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
TABLES = (
    f"""CREATE TABLE stocktake (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) {_KEEP},
    name VARCHAR(100) NOT NULL,
    kinds TEXT NOT NULL,
    schools TEXT NOT NULL,
    municipalities TEXT NOT NULL,
    opened_on DATE NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    opened_by VARCHAR(80) NOT NULL,
    closes_on DATE NOT NULL,
    closed_on DATE,
    closed_at TIMESTAMPTZ,
    closed_by VARCHAR(80) NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
)""",
    f"""CREATE TABLE stocktake_line (
    id UUID PRIMARY KEY NOT NULL,
    stocktake UUID NOT NULL REFERENCES stocktake (id) {_KEEP},
    service UUID NOT NULL REFERENCES managing_service (id) {_KEEP},
    item UUID NOT NULL REFERENCES item (id) {_KEEP},
    kind VARCHAR(10) NOT NULL,
    place VARCHAR(200) NOT NULL,
    school UUID REFERENCES school (id) {_KEEP},
    loan UUID REFERENCES loan (id) {_KEEP},
    is_extra BOOLEAN NOT NULL DEFAULT FALSE,
    seen VARCHAR(10),
    seen_on DATE,
    seen_by VARCHAR(12),
    seen_place VARCHAR(200) NOT NULL DEFAULT '',
    settled VARCHAR(10),
    settled_on DATE,
    note VARCHAR(300) NOT NULL DEFAULT '',
    result VARCHAR(10),
    waits BOOLEAN
)""",
    f"""CREATE TABLE stocktake_reading (
    id UUID PRIMARY KEY NOT NULL,
    stocktake UUID NOT NULL REFERENCES stocktake (id) {_KEEP},
    service UUID NOT NULL REFERENCES managing_service (id) {_KEEP},
    reading VARCHAR(80) NOT NULL,
    place VARCHAR(200) NOT NULL,
    read_on DATE NOT NULL,
    why VARCHAR(300) NOT NULL
)""",
    f"""CREATE TABLE stocktake_report (
    id UUID PRIMARY KEY NOT NULL,
    stocktake UUID NOT NULL REFERENCES stocktake (id) {_KEEP},
    service UUID NOT NULL REFERENCES managing_service (id) {_KEEP},
    pdf BYTEA NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    tail BYTEA,
    sealed_at TIMESTAMPTZ,
    subject VARCHAR(200) NOT NULL DEFAULT '',
    fingerprint VARCHAR(64) NOT NULL DEFAULT ''
)""",
)

INDEXES = (
    "CREATE INDEX ix_stocktake_service ON stocktake (service, id)",
    "CREATE UNIQUE INDEX ix_stocktake_line_item ON stocktake_line (stocktake, item)",
    "CREATE INDEX ix_stocktake_line_of_item ON stocktake_line (item)",
    "CREATE INDEX ix_stocktake_line_service ON stocktake_line (service)",
    "CREATE INDEX ix_stocktake_line_school ON stocktake_line (school)",
    "CREATE INDEX ix_stocktake_reading_service ON stocktake_reading (service)",
    "CREATE INDEX ix_stocktake_report_service ON stocktake_report (service)",
    "CREATE INDEX ix_stocktake_line_loan ON stocktake_line (loan) WHERE loan IS NOT NULL",
    "CREATE UNIQUE INDEX ix_stocktake_report ON stocktake_report (stocktake)",
    "CREATE UNIQUE INDEX ix_stocktake_reading ON stocktake_reading (stocktake, reading)",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    table = table.replace("BYTEA", "BLOB")
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        is_postgres = engine.engine_type == "postgres"
        for statement in (*(each if is_postgres else for_sqlite(each) for each in TABLES), *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
