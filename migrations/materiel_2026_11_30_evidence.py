"""Evidence of every way to sign: with a code by mail or message, an account's second factor, or in person.

A signature given in person has no link and no code; `account` is who signed for the State, or before whom it was
signed; `lot` gathers what one act signed. What is kept says nothing of it, and is by a link and its code.

The previous release runs on this schema: it writes links and codes, which is allowed, and never reads the new columns.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "evidence"

MEANS = "('email', 'sms', 'second_factor', 'identity', 'in_person')"
CHANNELS = "('paper', 'electronic', 'in_person')"
ACCOUNT = "UUID REFERENCES app_user (id) ON DELETE RESTRICT ON UPDATE CASCADE"
LINK = "UUID REFERENCES access_link (id) ON DELETE RESTRICT ON UPDATE CASCADE"

COLUMNS = (
    ("means", "VARCHAR(16)", f"NOT NULL DEFAULT 'email' CHECK (means IN {MEANS})", 16),
    ("account", ACCOUNT, "", 0),
    ("lot", "UUID", "", 0),
    ("remarks", "VARCHAR(2000)", "NOT NULL DEFAULT ''", 2000),
    ("identity_seen", "VARCHAR(200)", "NOT NULL DEFAULT ''", 200),
)
INDEX = "CREATE INDEX ix_signature_evidence_account ON signature_evidence (account)"

POSTGRES = (
    "ALTER TABLE signature_evidence ALTER COLUMN link DROP NOT NULL",
    "ALTER TABLE signature_evidence ALTER COLUMN code_sent_at DROP NOT NULL",
    "ALTER TABLE signature DROP CONSTRAINT signature_channel_check",
    f"ALTER TABLE signature ADD CONSTRAINT signature_channel_check CHECK (channel IN {CHANNELS})",
)

SAME_BOX = " AND ".join(
    f"NEW.{column} = OLD.{column}" for column in ("id", "document", "position", "party", "name", "capacity")
)
SAME_SIGNER = (
    "(NEW.signer = OLD.signer OR (NEW.signer IS NULL AND OLD.signer IS NULL))"
    " AND (NEW.signer_id = OLD.signer_id OR (NEW.signer_id IS NULL AND OLD.signer_id IS NULL))"
)
WITHDRAWN = (
    "NEW.status IN ('pending', 'optional') AND NEW.signed_on IS NULL AND NEW.channel IS NULL"
    f" AND NEW.recorded_by = '' AND NEW.recorded_at IS NULL AND {SAME_BOX} AND {SAME_SIGNER}"
    " AND NOT EXISTS (SELECT 1 FROM signature_evidence WHERE signature_evidence.signature = OLD.id)"
    " AND EXISTS (SELECT 1 FROM correction WHERE correction.subject = OLD.document AND correction.kind = 'signature'"
    " AND (OLD.recorded_at IS NULL OR correction.corrected_at >= OLD.recorded_at))"
)
FROZEN_BOX = (
    "CREATE TRIGGER signature_frozen BEFORE UPDATE ON signature FOR EACH ROW"
    f" WHEN OLD.status = 'signed' AND NOT ({WITHDRAWN}) BEGIN SELECT RAISE(ABORT, 'signature_frozen'); END"
)
"""The same as before: SQLite does not drop a column that a trigger names."""
FROZEN_EVIDENCE = (
    "CREATE TRIGGER signature_evidence_frozen BEFORE UPDATE ON signature_evidence FOR EACH ROW"
    " BEGIN SELECT RAISE(ABORT, 'signature_evidence_frozen'); END"
)
SQLITE = (
    "DROP TRIGGER signature_evidence_frozen",
    "DROP INDEX ix_signature_evidence_link",
    f"ALTER TABLE signature_evidence ADD COLUMN link_next {LINK}",
    "UPDATE signature_evidence SET link_next = link",
    "ALTER TABLE signature_evidence DROP COLUMN link",
    "ALTER TABLE signature_evidence RENAME COLUMN link_next TO link",
    "CREATE INDEX ix_signature_evidence_link ON signature_evidence (link)",
    "ALTER TABLE signature_evidence ADD COLUMN code_sent_next TIMESTAMPTZ",
    "UPDATE signature_evidence SET code_sent_next = code_sent_at",
    "ALTER TABLE signature_evidence DROP COLUMN code_sent_at",
    "ALTER TABLE signature_evidence RENAME COLUMN code_sent_next TO code_sent_at",
    FROZEN_EVIDENCE,
    "DROP TRIGGER signature_frozen",
    f"ALTER TABLE signature ADD COLUMN channel_next VARCHAR(12) CHECK (channel_next IN {CHANNELS})"
    " CHECK (length(channel_next) <= 12)",
    "UPDATE signature SET channel_next = channel",
    "ALTER TABLE signature DROP COLUMN channel",
    "ALTER TABLE signature RENAME COLUMN channel_next TO channel",
    FROZEN_BOX,
)


def added(postgres: bool) -> list[str]:
    """The new columns, in the words of the engine."""
    return [
        f"ALTER TABLE signature_evidence ADD COLUMN {name} {kind} {rest}"
        + ("" if postgres or not longest else f" CHECK (length({name}) <= {longest})")
        for name, kind, rest, longest in COLUMNS
    ]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        for statement in (*(POSTGRES if postgres else SQLITE), *added(postgres), INDEX):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
