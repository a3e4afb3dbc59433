"""What a message is about, in columns; whether a notice really left, and by which channel; links replaced, not closed.

Until now the key of a message told what it was about, and a notice was called sent as soon as its message was written.
Here each key is read one last time; a notice whose message never left becomes « à envoyer » again, unless somebody
there has said to have read it. The previous release cannot run on this schema: a message may be cancelled.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "outbox"

KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
SUBJECTS = ("document", "signature", "loan", "pupil", "incident")
KEPT = (
    "id, service, purpose, to_address, subject, text, html, attachment, message_id, unique_key, state, attempts,"
    " next_attempt_at, worker, lease_until, error, created_at, sent_at"
)

# A check of the table names the state: SQLite changes it by a new table only. No table refers to this one.
TABLE = [
    f"""CREATE TABLE outbox_next (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) {KEEP},
        purpose VARCHAR(40) NOT NULL,
        to_address VARCHAR(254) NOT NULL,
        subject VARCHAR(200) NOT NULL,
        text TEXT NOT NULL,
        html TEXT NOT NULL,
        attachment UUID REFERENCES document (id) {KEEP},
        message_id VARCHAR(120) NOT NULL UNIQUE,
        unique_key VARCHAR(120),
        state VARCHAR(10) NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'cancelled')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        next_attempt_at TIMESTAMPTZ NOT NULL,
        worker VARCHAR(80),
        lease_until TIMESTAMPTZ,
        error VARCHAR(300) NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        sent_at TIMESTAMPTZ,
        document UUID REFERENCES document (id) {KEEP},
        signature UUID REFERENCES signature (id) {KEEP},
        loan UUID REFERENCES loan (id) {KEEP},
        pupil UUID REFERENCES pupil (id) {KEEP},
        incident UUID REFERENCES incident (id) {KEEP},
        -- No reference: links and codes are forgotten before messages are, a person is found by its identifier.
        person UUID,
        link UUID,
        code UUID,
        settled_at TIMESTAMPTZ,
        CHECK ((state = 'sending') = (worker IS NOT NULL AND lease_until IS NOT NULL)),
        CHECK ((state = 'sent') = (sent_at IS NOT NULL))
    )""",
    f"INSERT INTO outbox_next ({KEPT}) SELECT {KEPT} FROM outbox",
    "DROP TABLE outbox",
    "ALTER TABLE outbox_next RENAME TO outbox",
]

COLUMNS = [
    # The message that carries a notice; it is forgotten a year later, the proof is not.
    "ALTER TABLE recipient ADD COLUMN message UUID",
    "ALTER TABLE recipient ADD COLUMN channel VARCHAR(8) CHECK (channel IN ('email', 'post', 'hand'))",
    "ALTER TABLE access_link ADD COLUMN entered_at TIMESTAMPTZ",
    "ALTER TABLE access_link ADD COLUMN replaced_at TIMESTAMPTZ",
]

INDEXES = [
    "CREATE UNIQUE INDEX outbox_unique_key_key ON outbox (unique_key) WHERE unique_key IS NOT NULL",
    "CREATE INDEX ix_outbox_queued ON outbox (next_attempt_at) WHERE state = 'queued'",
    "CREATE INDEX ix_outbox_sending ON outbox (lease_until) WHERE state = 'sending'",
    "CREATE INDEX ix_outbox_unsettled ON outbox (service, id) WHERE state = 'failed' AND settled_at IS NULL",
    *(f"CREATE INDEX ix_outbox_{name} ON outbox ({name})" for name in ("service", "attachment", *SUBJECTS, "link")),
    "CREATE INDEX ix_recipient_message ON recipient (message)",
]

LOOK_UP = "CREATE INDEX ix_outbox_written ON outbox (service, created_at)"
FORGET = "DROP INDEX ix_outbox_written"


def filling(postgres: bool) -> list[str]:
    """The statements that read the keys."""

    def from_key(start: int) -> str:
        text = f"substr(outbox.unique_key, {start}, 36)"
        return f"CAST({text} AS UUID)" if postgres else text

    def about(column: str, table: str, prefix: str) -> str:
        found = f"(SELECT known.id FROM {table} AS known WHERE known.id = {from_key(len(prefix) + 1)})"
        return f"UPDATE outbox SET {column} = {found} WHERE unique_key LIKE '{prefix}%'"

    code_of = f"SELECT known.link FROM one_time_code AS known WHERE known.id = {from_key(6)}"
    return [
        about("signature", "signature", "sign:"),
        about("signature", "signature", "copy:"),
        about("incident", "incident", "incident:"),
        about("incident", "incident", "incident-answer:"),
        about("link", "access_link", "link:"),
        about("link", "access_link", "institution:"),
        f"UPDATE outbox SET code = {from_key(6)}, link = ({code_of}) WHERE unique_key LIKE 'code:%'",
        "UPDATE outbox SET document = (SELECT signature.document FROM signature"
        " WHERE signature.id = outbox.signature) WHERE signature IS NOT NULL",
        "UPDATE outbox SET document = attachment WHERE document IS NULL",
        "UPDATE outbox SET loan = (SELECT document.loan FROM document WHERE document.id = outbox.document)"
        " WHERE document IS NOT NULL",
        "UPDATE outbox SET loan = (SELECT incident.loan FROM incident WHERE incident.id = outbox.incident)"
        " WHERE incident IS NOT NULL",
        "UPDATE outbox SET pupil = (SELECT access_link.pupil FROM access_link WHERE access_link.id = outbox.link),"
        " person = (SELECT access_link.representative FROM access_link WHERE access_link.id = outbox.link)"
        " WHERE link IS NOT NULL",
        "UPDATE outbox SET pupil = (SELECT loan.pupil FROM loan WHERE loan.id = outbox.loan)"
        " WHERE pupil IS NULL AND signature IN (SELECT id FROM signature WHERE party = 'borrower')",
        "UPDATE outbox SET person = (SELECT signature.signer_id FROM signature WHERE signature.id = outbox.signature"
        " AND signature.signer = 'representative') WHERE person IS NULL AND signature IS NOT NULL"
        " AND pupil IS NOT NULL",
        LOOK_UP,
        "UPDATE recipient SET message = (SELECT outbox.id FROM outbox JOIN document"
        " ON document.service = outbox.service WHERE document.id = recipient.document"
        " AND outbox.created_at = recipient.sent_at AND outbox.purpose IN ('institution', 'signature_reminder')"
        " ORDER BY outbox.id LIMIT 1) WHERE sent_at IS NOT NULL",
        "UPDATE recipient SET channel = 'email',"
        " sent_at = (SELECT outbox.sent_at FROM outbox WHERE outbox.id = recipient.message) WHERE message IS NOT NULL",
        "UPDATE recipient SET sent_at = acknowledged_at WHERE sent_at IS NULL AND acknowledged_at IS NOT NULL",
        FORGET,
    ]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        for statement in (*TABLE, *COLUMNS, *filling(postgres), *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
