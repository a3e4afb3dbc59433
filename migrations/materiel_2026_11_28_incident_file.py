"""The files that a family or an institution sends for an incident; the previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:55:000000"
VERSION = "1.38.0"
DESCRIPTION = "incident_file"

TABLE = """CREATE TABLE incident_file (
    id UUID PRIMARY KEY NOT NULL,
    incident UUID NOT NULL REFERENCES incident (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('statement', 'complaint', 'insurance', 'photo')),
    media_type VARCHAR(60) NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 1),
    sha256 VARCHAR(64) NOT NULL CHECK (length(sha256) = 64),
    content BYTEA NOT NULL,
    received_on DATE NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    sent_by VARCHAR(80) NOT NULL,
    sent_link UUID NOT NULL
)"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        table = TABLE
        if engine.engine_type != "postgres":
            table = re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)
            table = table.replace("BYTEA", "BLOB")
        await engine.run_ddl(table)
        await engine.run_ddl("CREATE INDEX ix_incident_file_incident ON incident_file (incident)")

    manager.add_raw(create)
    return manager
