"""The needs of pupils, from the notification to the hand-over. The previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T05:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "needs"

TABLE = """CREATE TABLE need (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    pupil UUID NOT NULL REFERENCES pupil (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(10) NOT NULL,
    wording VARCHAR(300) NOT NULL,
    family VARCHAR(20),
    category VARCHAR(60) NOT NULL,
    notified_on DATE NOT NULL,
    valid_until DATE,
    basis_kind VARCHAR(10) NOT NULL,
    basis_reference VARCHAR(100) NOT NULL,
    basis_decided_on DATE,
    basis_valid_until DATE,
    state VARCHAR(10) NOT NULL DEFAULT 'open',
    order_reference VARCHAR(60) NOT NULL,
    expected_on DATE,
    received_on DATE,
    loan UUID REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    met_on DATE,
    closed_on DATE,
    close_reason VARCHAR(300) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
)"""

INDEXES = (
    "CREATE INDEX ix_need_queue ON need (service, state, notified_on, id)",
    "CREATE INDEX ix_need_pupil ON need (pupil)",
    "CREATE INDEX ix_need_loan ON need (loan) WHERE loan IS NOT NULL",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        table = TABLE if engine.engine_type == "postgres" else for_sqlite(TABLE)
        for statement in (table, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
