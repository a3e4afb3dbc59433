"""What a manager does with an incident: the papers received, the finding on fault, the notes of the follow-up.

The previous release runs on this schema: the columns may be null or have a default.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-26T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "incident_treatment"

KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
COLUMNS = [
    "statement_received_on DATE",
    "complaint_received_on DATE",
    "insurance_received_on DATE",
    "fault VARCHAR(10) NOT NULL DEFAULT 'undecided' CHECK (fault IN ('undecided', 'none', 'user'))",
    "fault_reason VARCHAR(1000) NOT NULL DEFAULT ''",
    "decided_at TIMESTAMPTZ",
]
NOTE = f"""CREATE TABLE incident_note (
    id UUID PRIMARY KEY NOT NULL,
    incident UUID NOT NULL REFERENCES incident (id) {KEEP},
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('note', 'answer', 'reopened')),
    text VARCHAR(2000) NOT NULL,
    written_by VARCHAR(80) NOT NULL,
    written_at TIMESTAMPTZ NOT NULL
)"""
INDEXES = [
    "CREATE INDEX ix_incident_note_incident ON incident_note (incident, id)",
    "CREATE INDEX ix_incident_declared_by ON incident (declared_by, id)",
]


def for_sqlite(text: str) -> str:
    """The same with each length as a check, which SQLite does not draw from the type."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", text)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        statements = [f"ALTER TABLE incident ADD COLUMN {column}" for column in COLUMNS]
        for statement in (*statements, NOTE):
            await engine.run_ddl(statement if postgres else for_sqlite(statement))
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
