"""Ends of life of items, their acts and the scans of what was signed.

The previous release runs on this schema: it sees an item that left as « Réformé », as one noted so by hand.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "disposals"

TABLES = (
    """CREATE TABLE disposal (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    outcome VARCHAR(20) NOT NULL,
    reason VARCHAR(300) NOT NULL,
    beneficiary VARCHAR(200) NOT NULL,
    association VARCHAR(20),
    agreement VARCHAR(100) NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    state VARCHAR(10) NOT NULL DEFAULT 'proposed',
    erased_on DATE,
    erased_by VARCHAR(100) NOT NULL,
    erased_how VARCHAR(200) NOT NULL,
    decided_on DATE,
    decided_name VARCHAR(200) NOT NULL,
    decided_title VARCHAR(500) NOT NULL,
    answer_reason VARCHAR(300) NOT NULL,
    labels_off BOOLEAN NOT NULL DEFAULT false,
    reference VARCHAR(100) NOT NULL,
    done_on DATE,
    version INTEGER NOT NULL DEFAULT 1,
    CHECK (done_on IS NULL OR decided_on IS NOT NULL)
)""",
    """CREATE TABLE disposal_item (
    id UUID PRIMARY KEY NOT NULL,
    disposal UUID NOT NULL REFERENCES disposal (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    position INTEGER NOT NULL,
    item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    inventory_number VARCHAR(25) NOT NULL,
    designation VARCHAR(200) NOT NULL,
    brand VARCHAR(100) NOT NULL,
    model VARCHAR(100) NOT NULL,
    serial_number VARCHAR(100) NOT NULL,
    acquired_on DATE,
    purchase_price_cents {bigint},
    funding_service VARCHAR(200) NOT NULL,
    seen_at VARCHAR(200) NOT NULL,
    condition VARCHAR(20) NOT NULL,
    value_cents {bigint} NOT NULL CHECK (value_cents >= 0),
    holds_data BOOLEAN NOT NULL DEFAULT false,
    has_photo BOOLEAN NOT NULL DEFAULT false,
    holds BOOLEAN NOT NULL DEFAULT true
)""",
    """CREATE TABLE disposal_paper (
    id UUID PRIMARY KEY NOT NULL,
    disposal UUID NOT NULL REFERENCES disposal (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(20) NOT NULL,
    media_type VARCHAR(40) NOT NULL,
    sha256 VARCHAR(64) NOT NULL CHECK (length(sha256) = 64),
    content {bytes} NOT NULL,
    filed_by VARCHAR(80) NOT NULL,
    filed_at TIMESTAMPTZ NOT NULL
)""",
)

INDEXES = (
    "CREATE INDEX ix_disposal_service ON disposal (service, id)",
    "CREATE INDEX ix_disposal_item_disposal ON disposal_item (disposal, position)",
    "CREATE UNIQUE INDEX disposal_item_item_key ON disposal_item (item) WHERE holds",
    "CREATE INDEX ix_disposal_item_item ON disposal_item (item)",
    "CREATE INDEX ix_disposal_paper_disposal ON disposal_paper (disposal, id)",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        is_postgres = engine.engine_type == "postgres"
        kinds = {"bytes": "BYTEA", "bigint": "BIGINT"} if is_postgres else {"bytes": "BLOB", "bigint": "INTEGER"}
        for table in TABLES:
            made = table.format(**kinds)
            await engine.run_ddl(made if is_postgres else for_sqlite(made))
        for index in INDEXES:
            await engine.run_ddl(index)

    manager.add_raw(create)
    return manager
