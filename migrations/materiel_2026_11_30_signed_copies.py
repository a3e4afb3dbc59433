"""Signed copies: what follows the bytes of an issued document once somebody has signed it, and the record it proves.

Papers that were signed before get their copy too: a row for each waits for its seal, its record still to be made (an
empty one). The previous release runs on this schema, and makes no copy.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T00:02:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "signed_copies"

KEEP = "ON DELETE RESTRICT ON UPDATE CASCADE"
TABLE = f"""CREATE TABLE signed_copy (
    id UUID PRIMARY KEY NOT NULL,
    service UUID NOT NULL REFERENCES managing_service (id) {KEEP},
    document UUID NOT NULL REFERENCES document (id) {KEEP},
    record TEXT NOT NULL,
    is_complete BOOLEAN NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    tail BYTEA,
    sha256 VARCHAR(64),
    sealed_at TIMESTAMPTZ,
    subject VARCHAR(200) NOT NULL DEFAULT '',
    fingerprint VARCHAR(64) NOT NULL DEFAULT '',
    is_time_stamped BOOLEAN NOT NULL DEFAULT FALSE,
    is_worthless BOOLEAN NOT NULL DEFAULT FALSE,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at TIMESTAMPTZ NOT NULL,
    error VARCHAR(300) NOT NULL DEFAULT '',
    CHECK ((tail IS NULL) = (sealed_at IS NULL)),
    CHECK ((sha256 IS NULL) = (sealed_at IS NULL))
)"""
INDEXES = (
    "CREATE INDEX ix_signed_copy_document ON signed_copy (document)",
    "CREATE INDEX ix_signed_copy_service ON signed_copy (service)",
    "CREATE INDEX ix_signed_copy_sha256 ON signed_copy (sha256)",
    "CREATE INDEX ix_document_sha256 ON document (sha256)",
    "CREATE INDEX ix_eliminated_document_sha256 ON eliminated_document (sha256)",
    "CREATE INDEX ix_signed_copy_waiting ON signed_copy (next_attempt_at) WHERE sealed_at IS NULL",
)
FORBIDDEN = (
    ("signed_copy_frozen", "UPDATE", "OLD.sealed_at IS NOT NULL"),
    (
        "signed_copy_kept",
        "DELETE",
        "NOT EXISTS (SELECT 1 FROM eliminated_document AS gone WHERE gone.id = OLD.document)",
    ),
)
# A row for each paper signed before: its id is that of one of its signed boxes, which no copy made later will have.
FORMER = (
    "INSERT INTO signed_copy (id, service, document, record, is_complete, made_at, next_attempt_at)"
    " SELECT last.id, document.service, document.id, '', NOT EXISTS (SELECT 1 FROM signature AS awaited"
    " WHERE awaited.document = document.id AND awaited.status = 'pending'), {now}, {now}"
    " FROM document JOIN (SELECT document, MAX(CAST(id AS VARCHAR(36))) AS named FROM signature"
    " WHERE status = 'signed' GROUP BY document) AS newest ON newest.document = document.id"
    " JOIN signature AS last ON CAST(last.id AS VARCHAR(36)) = newest.named"
)


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type of bytes, and each length as a check."""
    table = table.replace("BYTEA", "BLOB")
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


def trigger(name: str, event: str, condition: str, *, postgres: bool) -> list[str]:
    """What refuses an event; the condition of a PostgreSQL trigger holds no subquery, and goes into a function."""
    head = f"CREATE TRIGGER {name} BEFORE {event} ON signed_copy FOR EACH ROW"
    if not postgres:
        return [f"{head} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"]
    body = f"""CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition} THEN
        RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN {"OLD" if event == "DELETE" else "NEW"};
END $$"""
    return [body, f"{head} EXECUTE FUNCTION refuse_{name}()"]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        now = "NOW()" if postgres else "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
        triggers = [line for each in FORBIDDEN for line in trigger(*each, postgres=postgres)]
        table = TABLE if postgres else for_sqlite(TABLE)
        for statement in (table, *INDEXES, FORMER.replace("{now}", now), *triggers):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
