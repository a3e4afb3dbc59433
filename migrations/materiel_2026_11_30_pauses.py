"""Pauses of a service and of a loan; what made each message be written, which says whether a pause stops it.

What waits from before is taken as sent by hand, as the previous release does; but what goes to the service itself, to
the owner of an account or to the witness. The previous release runs on this schema.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T10:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "pauses"

TABLES = (
    """CREATE TABLE service_pause (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    name VARCHAR(60) NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    yearly BOOLEAN NOT NULL DEFAULT FALSE
)""",
    """CREATE TABLE loan_pause (
    loan UUID PRIMARY KEY NOT NULL REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    reason VARCHAR(10) NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE
)""",
)
STATEMENTS = (
    "CREATE INDEX ix_service_pause_service ON service_pause (service)",
    "CREATE INDEX ix_pupil_died ON pupil (service, died_on) WHERE died_on IS NOT NULL",
    "ALTER TABLE outbox ADD COLUMN impulse VARCHAR(8) NOT NULL DEFAULT 'hand'"
    " CHECK (impulse IN ('hand', 'asked', 'own', 'machine'))",
    "UPDATE outbox SET impulse = 'own'"
    " WHERE purpose IN ('incident', 'incident_file', 'disagreement', 'account', 'witness')",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for table in TABLES:
            await engine.run_ddl(table if engine.engine_type == "postgres" else for_sqlite(table))
        for statement in STATEMENTS:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
