"""Photographs of items, made again by us to be shown; the previous release runs on this schema."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "photos"

TABLE = """CREATE TABLE photo (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    loan UUID REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    incident UUID REFERENCES incident (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    file UUID REFERENCES incident_file (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    occasion VARCHAR(10) NOT NULL CHECK (occasion IN ('handover', 'return', 'incident', 'other')),
    taken_on DATE NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    large BLOB NOT NULL,
    small BLOB NOT NULL,
    added_by VARCHAR(80) NOT NULL,
    added_at TIMESTAMPTZ NOT NULL
)"""

INDEXES = (
    "CREATE INDEX ix_photo_item ON photo (item, id)",
    "CREATE INDEX ix_photo_service ON photo (service)",
    "CREATE INDEX ix_photo_loan ON photo (loan)",
    "CREATE INDEX ix_photo_incident ON photo (incident)",
    "CREATE INDEX ix_photo_file ON photo (file)",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        await engine.run_ddl(TABLE.replace("BLOB", "BYTEA") if postgres else for_sqlite(TABLE))
        for index in INDEXES:
            await engine.run_ddl(index)

    manager.add_raw(create)
    return manager
