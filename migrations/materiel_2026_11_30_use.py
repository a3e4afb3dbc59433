"""Whether what is lent serves, and the référents who say so behind a link of their own.

A session may be one of a référent: SQLite changes a check by another column of the same name. The previous release runs
on this schema: it opens no session of the new kind.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T08:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "use"

KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
SERVICE = f"service UUID NOT NULL REFERENCES managing_service (id) {KEEP}"

TABLES = (
    f"""CREATE TABLE use_note (
    id UUID PRIMARY KEY NOT NULL,
    {SERVICE},
    loan UUID NOT NULL REFERENCES loan (id) {KEEP},
    item UUID NOT NULL REFERENCES item (id) {KEEP},
    level VARCHAR(10) NOT NULL,
    said_on DATE NOT NULL,
    noted_by VARCHAR(60) NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    settled_at TIMESTAMPTZ,
    UNIQUE (loan, item, said_on)
)""",
    f"""CREATE TABLE referent (
    id UUID PRIMARY KEY NOT NULL,
    {SERVICE},
    name VARCHAR(100) NOT NULL,
    email VARCHAR(254) NOT NULL,
    ends_on DATE NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
)""",
    f"""CREATE TABLE referent_school (
    id UUID PRIMARY KEY NOT NULL,
    referent UUID NOT NULL REFERENCES referent (id) {KEEP},
    school UUID NOT NULL REFERENCES school (id) {KEEP},
    UNIQUE (referent, school)
)""",
    f"""CREATE TABLE referent_link (
    id UUID PRIMARY KEY NOT NULL,
    {SERVICE},
    referent UUID NOT NULL REFERENCES referent (id) {KEEP},
    email VARCHAR(254) NOT NULL,
    token_hash VARCHAR(64) NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    entered_at TIMESTAMPTZ,
    replaced_at TIMESTAMPTZ,
    last_opened_at TIMESTAMPTZ
)""",
)
INDEXES = (
    "CREATE INDEX ix_use_note_item ON use_note (item)",
    # Few: what was found without use, and that nobody has settled.
    "CREATE INDEX ix_use_note_unused ON use_note (service) WHERE level = 'unused' AND settled_at IS NULL",
    "CREATE INDEX ix_referent_service ON referent (service)",
    "CREATE INDEX ix_referent_school_school ON referent_school (school)",
    "CREATE INDEX ix_referent_link_referent ON referent_link (referent)",
    "CREATE INDEX ix_referent_link_service ON referent_link (service)",
    "CREATE INDEX ix_referent_link_email ON referent_link (lower(email))",
)

KINDS = "('anonymous', 'account', 'family', 'institution', 'referent')"
ON_POSTGRES = (
    "ALTER TABLE session DROP CONSTRAINT session_subject_kind_check",
    f"ALTER TABLE session ADD CONSTRAINT session_subject_kind_check CHECK (subject_kind IN {KINDS})",
)
ON_SQLITE = (
    "ALTER TABLE session ADD COLUMN kind_next VARCHAR(12) NOT NULL DEFAULT 'anonymous'"
    f" CHECK (length(kind_next) <= 12) CHECK (kind_next IN {KINDS})",
    "UPDATE session SET kind_next = subject_kind",
    "ALTER TABLE session DROP COLUMN subject_kind",
    "ALTER TABLE session RENAME COLUMN kind_next TO subject_kind",
)


def for_sqlite(table: str) -> str:
    """The same table, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        tables = TABLES if postgres else map(for_sqlite, TABLES)
        for statement in (*tables, *INDEXES, *(ON_POSTGRES if postgres else ON_SQLITE)):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
