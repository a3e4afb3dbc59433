"""Accounts and sessions, links of families and institutions, their mail, incidents and confirmations of presence.

The previous release runs on this schema: it adds tables, and columns that may be null. What proves an electronic
signature is frozen like the signature itself.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-22T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "access"

SQLITE_TYPES = {"BIGINT": "INTEGER", "BYTEA": "BLOB"}


def references(target: str) -> str:
    """A foreign key as Piccolo declares it."""
    return f"REFERENCES {target} ON DELETE RESTRICT ON UPDATE CASCADE"


SERVICE = references("managing_service (id)")
USER = references("app_user (id)")
LINK = references("access_link (id)")
DOCUMENT = references("document (id)")
ITEM = references("item (id)")
LOAN = references("loan (id)")

TABLES = [
    f"""CREATE TABLE credential (
        account UUID PRIMARY KEY NOT NULL {USER},
        password_hash VARCHAR(200) NOT NULL,
        totp_secret VARCHAR(300) NOT NULL,
        totp_confirmed_at TIMESTAMPTZ,
        totp_last_step BIGINT NOT NULL,
        changed_at TIMESTAMPTZ NOT NULL
    )""",
    f"""CREATE TABLE recovery_code (
        id UUID PRIMARY KEY NOT NULL,
        account UUID NOT NULL {USER},
        code_hash VARCHAR(64) NOT NULL,
        used_at TIMESTAMPTZ
    )""",
    f"""CREATE TABLE oidc_identity (
        id UUID PRIMARY KEY NOT NULL,
        account UUID NOT NULL {USER},
        issuer VARCHAR(254) NOT NULL,
        subject VARCHAR(254) NOT NULL,
        attached_at TIMESTAMPTZ NOT NULL,
        UNIQUE (issuer, subject)
    )""",
    f"""CREATE TABLE session (
        id_hash VARCHAR(64) PRIMARY KEY NOT NULL,
        subject_kind VARCHAR(12) NOT NULL CHECK (
            subject_kind IN ('anonymous', 'account', 'family', 'institution')),
        subject_id VARCHAR(40) NOT NULL,
        service UUID {SERVICE},
        data TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        seen_at TIMESTAMPTZ NOT NULL,
        expires_at TIMESTAMPTZ NOT NULL
    )""",
    """CREATE TABLE attempt (
        bucket VARCHAR(64) PRIMARY KEY NOT NULL,
        window_started_at TIMESTAMPTZ NOT NULL,
        count INTEGER NOT NULL CHECK (count >= 0)
    )""",
    f"""CREATE TABLE access_link (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        kind VARCHAR(12) NOT NULL CHECK (kind IN ('family', 'institution')),
        pupil UUID {references("pupil (id)")},
        representative UUID,
        school UUID {references("school (id)")},
        municipality VARCHAR(5) {references("municipality (insee_code)")},
        email VARCHAR(254) NOT NULL,
        name VARCHAR(200) NOT NULL,
        token_hash VARCHAR(64) NOT NULL UNIQUE,
        created_at TIMESTAMPTZ NOT NULL,
        expires_at TIMESTAMPTZ NOT NULL,
        revoked_at TIMESTAMPTZ,
        last_opened_at TIMESTAMPTZ,
        CHECK ((pupil IS NOT NULL) = (kind = 'family')),
        CHECK (kind <> 'institution' OR (school IS NOT NULL) <> (municipality IS NOT NULL))
    )""",
    f"""CREATE TABLE one_time_code (
        id UUID PRIMARY KEY NOT NULL,
        link UUID NOT NULL {LINK},
        purpose VARCHAR(80) NOT NULL,
        code_hash VARCHAR(64) NOT NULL,
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        created_at TIMESTAMPTZ NOT NULL,
        expires_at TIMESTAMPTZ NOT NULL,
        used_at TIMESTAMPTZ
    )""",
    f"""CREATE TABLE signature_evidence (
        signature UUID PRIMARY KEY NOT NULL {references("signature (id)")},
        document UUID NOT NULL {DOCUMENT},
        link UUID NOT NULL {LINK},
        sha256 VARCHAR(64) NOT NULL,
        typed_name VARCHAR(200) NOT NULL CHECK (typed_name <> ''),
        capacity VARCHAR(300) NOT NULL,
        email VARCHAR(254) NOT NULL,
        shown_at TIMESTAMPTZ NOT NULL,
        consented_at TIMESTAMPTZ NOT NULL,
        code_sent_at TIMESTAMPTZ NOT NULL,
        code_checked_at TIMESTAMPTZ NOT NULL,
        strokes TEXT
    )""",
    f"""CREATE TABLE outbox (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        purpose VARCHAR(40) NOT NULL,
        to_address VARCHAR(254) NOT NULL,
        subject VARCHAR(200) NOT NULL,
        text TEXT NOT NULL,
        html TEXT NOT NULL,
        attachment UUID {DOCUMENT},
        message_id VARCHAR(120) NOT NULL UNIQUE,
        unique_key VARCHAR(120),
        state VARCHAR(10) NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        next_attempt_at TIMESTAMPTZ NOT NULL,
        worker VARCHAR(80),
        lease_until TIMESTAMPTZ,
        error VARCHAR(300) NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        sent_at TIMESTAMPTZ,
        CHECK ((state = 'sending') = (worker IS NOT NULL AND lease_until IS NOT NULL))
    )""",
    f"""CREATE TABLE incident (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        item UUID NOT NULL {ITEM},
        loan UUID {LOAN},
        kind VARCHAR(12) NOT NULL CHECK (
            kind IN ('breakdown', 'damage', 'loss', 'theft', 'absence', 'return_wish')),
        description VARCHAR(2000) NOT NULL,
        happened_on DATE,
        declared_by VARCHAR(80) NOT NULL,
        declared_as VARCHAR(12) NOT NULL CHECK (declared_as IN ('account', 'family', 'institution')),
        declared_at TIMESTAMPTZ NOT NULL,
        state VARCHAR(10) NOT NULL CHECK (state IN ('open', 'closed')),
        resolution VARCHAR(1000) NOT NULL,
        closed_at TIMESTAMPTZ,
        version INTEGER NOT NULL CHECK (version >= 1)
    )""",
    f"""CREATE TABLE presence (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        item UUID NOT NULL {ITEM},
        loan UUID NOT NULL {LOAN},
        is_present BOOLEAN NOT NULL,
        seen_on DATE NOT NULL,
        confirmed_by VARCHAR(80) NOT NULL,
        confirmed_at TIMESTAMPTZ NOT NULL
    )""",
]

OTHERS = [
    "ALTER TABLE recipient ADD COLUMN acknowledged_at TIMESTAMPTZ",
    "CREATE UNIQUE INDEX outbox_unique_key_key ON outbox (unique_key) WHERE unique_key IS NOT NULL",
    "CREATE INDEX ix_recovery_code_account ON recovery_code (account)",
    "CREATE INDEX ix_oidc_identity_account ON oidc_identity (account)",
    "CREATE INDEX ix_session_expires_at ON session (expires_at)",
    "CREATE INDEX ix_session_service ON session (service)",
    "CREATE INDEX ix_session_subject_id ON session (subject_id)",
    "CREATE INDEX ix_access_link_service ON access_link (service)",
    "CREATE INDEX ix_access_link_pupil ON access_link (pupil)",
    "CREATE INDEX ix_access_link_school ON access_link (school)",
    "CREATE INDEX ix_access_link_municipality ON access_link (municipality)",
    "CREATE INDEX ix_one_time_code_link ON one_time_code (link)",
    "CREATE INDEX ix_signature_evidence_document ON signature_evidence (document)",
    "CREATE INDEX ix_signature_evidence_link ON signature_evidence (link)",
    "CREATE INDEX ix_outbox_queued ON outbox (next_attempt_at) WHERE state = 'queued'",
    "CREATE INDEX ix_outbox_sending ON outbox (lease_until) WHERE state = 'sending'",
    "CREATE INDEX ix_outbox_service ON outbox (service)",
    "CREATE INDEX ix_outbox_attachment ON outbox (attachment)",
    "CREATE INDEX ix_incident_service_state ON incident (service, state, id)",
    "CREATE INDEX ix_incident_item ON incident (item)",
    "CREATE INDEX ix_incident_loan ON incident (loan)",
    "CREATE INDEX ix_presence_service ON presence (service)",
    "CREATE INDEX ix_presence_item ON presence (item)",
    "CREATE INDEX ix_presence_loan ON presence (loan)",
]

FROZEN = [("signature_evidence_frozen", "UPDATE"), ("signature_evidence_kept", "DELETE")]


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type names, and each length as a check."""
    for postgres_type, sqlite_type in SQLITE_TYPES.items():
        table = re.sub(rf"\b{postgres_type}\b", sqlite_type, table)
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


def freeze(name: str, event: str, postgres: bool) -> str:
    """A trigger that refuses an event on the evidence; PostgreSQL's function came with the first release."""
    body = "EXECUTE FUNCTION refuse_change()" if postgres else f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
    return f"CREATE TRIGGER {name} BEFORE {event} ON signature_evidence FOR EACH ROW {body}"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        tables = TABLES if postgres else [for_sqlite(table) for table in TABLES]
        triggers = [freeze(name, event, postgres) for name, event in FROZEN]
        for statement in (*tables, *OTHERS, *triggers):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
