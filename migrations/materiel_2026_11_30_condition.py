"""States of condition of items, what families say of them, and the photographs of both.

The previous release runs on this schema: it keeps photographs without what they show.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T11:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "condition"

KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
SERVICE = f"service UUID NOT NULL REFERENCES managing_service (id) {KEEP}"

TABLES = (
    f"""CREATE TABLE condition_state (
    id UUID PRIMARY KEY NOT NULL,
    {SERVICE},
    item UUID NOT NULL REFERENCES item (id) {KEEP},
    loan UUID REFERENCES loan (id) {KEEP},
    moment VARCHAR(10) NOT NULL CHECK (moment IN ('handover', 'return', 'other')),
    seen_on DATE NOT NULL,
    note VARCHAR(500) NOT NULL,
    marks TEXT NOT NULL,
    noted_by VARCHAR(80) NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
)""",
    f"""CREATE TABLE condition_remark (
    id UUID PRIMARY KEY NOT NULL,
    {SERVICE},
    loan UUID NOT NULL REFERENCES loan (id) {KEEP},
    item UUID NOT NULL REFERENCES item (id) {KEEP},
    moment VARCHAR(10) NOT NULL CHECK (moment IN ('handover', 'return')),
    text VARCHAR(1000) NOT NULL,
    said_on DATE NOT NULL,
    said_at TIMESTAMPTZ NOT NULL,
    said_by VARCHAR(80) NOT NULL,
    said_link UUID NOT NULL,
    read_at TIMESTAMPTZ,
    read_by VARCHAR(80) NOT NULL DEFAULT ''
)""",
)
COLUMNS = (
    f"ALTER TABLE photo ADD COLUMN state UUID REFERENCES condition_state (id) {KEEP}",
    f"ALTER TABLE photo ADD COLUMN remark UUID REFERENCES condition_remark (id) {KEEP}",
    "ALTER TABLE photo ADD COLUMN caption VARCHAR(160) NOT NULL DEFAULT ''",
    "ALTER TABLE photo ADD COLUMN view VARCHAR(10)",
)
INDEXES = (
    # One for the hand-over of an item by a loan, one for its return.
    "CREATE UNIQUE INDEX condition_state_loan_item_moment_key ON condition_state (loan, item, moment)"
    " WHERE moment <> 'other'",
    "CREATE INDEX ix_condition_state_item ON condition_state (item, id)",
    "CREATE INDEX ix_condition_state_loan ON condition_state (loan)",
    "CREATE INDEX ix_condition_state_service ON condition_state (service)",
    "CREATE INDEX ix_condition_remark_loan ON condition_remark (loan)",
    "CREATE INDEX ix_condition_remark_item ON condition_remark (item)",
    "CREATE INDEX ix_condition_remark_service ON condition_remark (service)",
    # Few: what nobody of the service has read.
    "CREATE INDEX ix_condition_remark_unread ON condition_remark (service) WHERE read_at IS NULL",
    "CREATE INDEX ix_photo_state ON photo (state)",
    "CREATE INDEX ix_photo_remark ON photo (remark)",
)


def for_sqlite(statement: str) -> str:
    """The same, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", statement)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        for statement in (*TABLES, *COLUMNS, *INDEXES):
            await engine.run_ddl(statement if postgres else for_sqlite(statement))

    manager.add_raw(create)
    return manager
