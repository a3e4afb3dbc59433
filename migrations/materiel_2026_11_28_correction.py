"""Why an act recorded by mistake was taken back: kept apart from the journal, which no elimination empties."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:81:000000"
VERSION = "1.38.0"
DESCRIPTION = "correction"

TABLE = """CREATE TABLE correction (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    subject_kind VARCHAR(12) NOT NULL CHECK (subject_kind IN ('pupil', 'loan', 'document')),
    subject UUID NOT NULL,
    kind VARCHAR(30) NOT NULL CHECK (kind <> ''),
    reason VARCHAR(500) NOT NULL CHECK (reason <> ''),
    corrected_by VARCHAR(80) NOT NULL,
    corrected_at TIMESTAMPTZ NOT NULL
)"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        table = TABLE
        if engine.engine_type != "postgres":
            table = re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)
        await engine.run_ddl(table)
        await engine.run_ddl("CREATE INDEX ix_correction_service_subject ON correction (service, subject)")

    manager.add_raw(create)
    return manager
