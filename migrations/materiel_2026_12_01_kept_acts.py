"""The acts that are decided or signed, as they were then: transfers, ends of life, elimination lists.

Nothing is drawn here: a migration must not depend on how the product words its papers on the day when it runs. An act
decided before is drawn and kept the first time that somebody opens it. The reports of stocktakes and the scans of the
papers of an end of life, kept so far on the word of the code, are guarded by the database too. The previous release
runs on this schema; it draws these acts anew, as it did.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-12-01T02:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "kept_acts"

KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
# The thing that an act is about is of several tables, and an elimination list that was given up is gone: no reference.
TABLE = f"""CREATE TABLE kept_act (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) {KEEP},
    kind VARCHAR(20) NOT NULL,
    subject UUID NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    layout INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    head VARCHAR(64) REFERENCES document_head (sha256) {KEEP},
    pdf BYTEA NOT NULL
)"""
INDEXES = (
    "CREATE INDEX ix_kept_act_service ON kept_act (service)",
    "CREATE INDEX ix_kept_act_head ON kept_act (head)",
    "CREATE UNIQUE INDEX kept_act_subject_kind_key ON kept_act (subject, kind)",
)

# name, event, table, and the condition on the old row that makes the event forbidden
FORBIDDEN = (
    ("kept_act_frozen", "UPDATE", "kept_act", ""),
    ("kept_act_kept", "DELETE", "kept_act", ""),
    ("stocktake_report_frozen", "UPDATE OF id, stocktake, service, pdf, sha256, made_at", "stocktake_report", ""),
    (
        "stocktake_report_seal_final",
        "UPDATE OF tail, sealed_at, subject, fingerprint",
        "stocktake_report",
        "OLD.tail IS NOT NULL",
    ),
    ("stocktake_report_kept", "DELETE", "stocktake_report", ""),
    ("disposal_paper_frozen", "UPDATE", "disposal_paper", ""),
    ("disposal_paper_kept", "DELETE", "disposal_paper", ""),
)


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type of bytes, and each length as a check."""
    table = table.replace("BYTEA", "BLOB")
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


def forbidding(name: str, event: str, table: str, condition: str, *, postgres: bool) -> str:
    """The trigger that refuses an event."""
    if postgres:
        when, body = f" WHEN ({condition})" if condition else "", "EXECUTE FUNCTION refuse_change()"
    else:
        when, body = f" WHEN {condition}" if condition else "", f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{when} {body}"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        await engine.run_ddl(TABLE if postgres else for_sqlite(TABLE))
        for statement in (*INDEXES, *(forbidding(*each, postgres=postgres) for each in FORBIDDEN)):
            await engine.run_ddl(statement)
        if postgres:
            for table in sorted({each[2] for each in FORBIDDEN}):
                await engine.run_ddl(
                    f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()"
                )

    manager.add_raw(create)
    return manager
