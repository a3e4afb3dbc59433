"""Campaigns of a school year: one a year for a service, a line for each loan; the previous release runs on this."""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:20:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "campaigns"

OUTCOMES = (
    "'change_of_document', 'school_unknown', 'basis_ended', 'came_of_age', 'leaves_academie', 'other_service',"
    " 'not_renewable', 'deposit', 'renew', 'nothing'"
)
TABLES = (
    """CREATE TABLE campaign (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('renewal')),
    school_year INTEGER NOT NULL CHECK (school_year BETWEEN 2000 AND 2100),
    ends_on DATE NOT NULL,
    created_by VARCHAR(80) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    job UUID,
    runs INTEGER NOT NULL DEFAULT 0 CHECK (runs >= 0),
    examination INTEGER NOT NULL DEFAULT 0 CHECK (examination >= 0),
    examined_at TIMESTAMPTZ,
    UNIQUE (service, kind, school_year)
)""",
    f"""CREATE TABLE campaign_line (
    id UUID PRIMARY KEY NOT NULL,
    campaign UUID NOT NULL REFERENCES campaign (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    loan UUID NOT NULL REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    outcome VARCHAR(20) NOT NULL CHECK (outcome IN ({OUTCOMES})),
    why VARCHAR(1000) NOT NULL,
    code VARCHAR(60) NOT NULL,
    documents VARCHAR(200) NOT NULL,
    ends_on DATE,
    choice VARCHAR(10) CHECK (choice IN ('renew', 'move', 'return', 'later')),
    reason VARCHAR(500) NOT NULL,
    state VARCHAR(10) NOT NULL CHECK (state IN ('left', 'done', 'refused')),
    said VARCHAR(1000) NOT NULL,
    made VARCHAR(400) NOT NULL,
    renewal UUID,
    to_send BOOLEAN NOT NULL,
    to_print BOOLEAN NOT NULL,
    run INTEGER NOT NULL CHECK (run >= 0),
    examination INTEGER NOT NULL CHECK (examination >= 0),
    UNIQUE (campaign, loan)
)""",
)

OTHERS = (
    "CREATE INDEX ix_campaign_line_outcome ON campaign_line (campaign, outcome, id)",
    "CREATE INDEX ix_campaign_line_state ON campaign_line (campaign, state, id)",
    "CREATE INDEX ix_campaign_line_loan ON campaign_line (loan)",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        for statement in (*(each if postgres else for_sqlite(each) for each in TABLES), *OTHERS):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
