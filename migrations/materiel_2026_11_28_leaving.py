"""Departures of pupils from the académie, and the contact with the one that receives them.

A loan claimed back on that ground until now promised that contact in its letter, and nothing reminded of it: each pupil
with such a claim under way gets a departure whose destination is still to be told.

The previous release runs on this schema: it adds a table.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:02:40:000000"
VERSION = "1.38.0"
DESCRIPTION = "leaving"

TABLE = """CREATE TABLE leaving (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    pupil UUID NOT NULL REFERENCES pupil (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    left_on DATE NOT NULL,
    academie VARCHAR(2) NOT NULL,
    departement VARCHAR(3) NOT NULL,
    school VARCHAR(200) NOT NULL,
    kept_until DATE,
    contact_on DATE,
    contact_with VARCHAR(200) NOT NULL,
    noted_by VARCHAR(80) NOT NULL CHECK (noted_by <> ''),
    noted_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    CONSTRAINT leaving_contact CHECK (contact_on IS NULL OR contact_with <> ''),
    CONSTRAINT leaving_kept CHECK (kept_until IS NULL OR contact_on IS NOT NULL)
)"""
INDEXES = [
    "CREATE INDEX ix_leaving_pupil ON leaving (pupil)",
    "CREATE INDEX ix_leaving_open ON leaving (service, id)"
    " WHERE withdrawn_at IS NULL AND (contact_on IS NULL OR kept_until IS NOT NULL)",
]
# One departure for each pupil, which takes the pupil's id; the instant of the claim was not kept apart from its day.
CLAIMED = (
    "INSERT INTO leaving (id, service, pupil, left_on, academie, departement, school, contact_with, noted_by, noted_at)"
    " SELECT loan.pupil, loan.service, loan.pupil, min(loan.recalled_on), '', '', '', '', 'migration',"
    " max(loan.created_at) FROM loan WHERE loan.recall_ground = 'left_academie' AND loan.recalled_on IS NOT NULL"
    " AND loan.pupil IS NOT NULL AND loan.status IN ('issued', 'partially_signed', 'signed', 'handed_over')"
    " GROUP BY loan.service, loan.pupil"
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check, which SQLite would ignore."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        is_postgres = engine.engine_type == "postgres"
        await engine.run_ddl(TABLE if is_postgres else for_sqlite(TABLE))
        for statement in (*INDEXES, CLAIMED):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
