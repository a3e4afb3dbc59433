"""What is issued, signed or journaled never changes: the database itself refuses, whoever asks.

A column added later to `document` must be added to the list of the frozen ones.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "triggers"

FROZEN_COLUMNS_OF_DOCUMENT = (
    "id, service, loan, kind, number, covers, issued_on, issued_at, wording, code, sha256, pages, content, replaces"
)

# name, event, table, and the condition on the old row that makes the event forbidden
FORBIDDEN = [
    ("item_kept", "DELETE", "item", None),
    ("document_frozen", f"UPDATE OF {FROZEN_COLUMNS_OF_DOCUMENT}", "document", None),
    ("document_status_final", "UPDATE OF status", "document", "OLD.status <> 'in_force'"),
    ("document_kept", "DELETE", "document", None),
    ("document_file_frozen", "UPDATE", "document_file", None),
    ("document_file_kept", "DELETE", "document_file", None),
    ("document_scan_frozen", "UPDATE", "document_scan", None),
    ("document_scan_kept", "DELETE", "document_scan", None),
    ("signature_frozen", "UPDATE", "signature", "OLD.status = 'signed'"),
    ("signature_kept", "DELETE", "signature", None),
    ("recipient_kept", "DELETE", "recipient", None),
    ("journal_frozen", "UPDATE", "journal", None),
    ("journal_kept", "DELETE", "journal", None),
]

POSTGRES_FUNCTION = """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$"""


def for_sqlite(name: str, event: str, table: str, condition: str | None) -> str:
    when = f" WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{when} BEGIN SELECT RAISE(ABORT, '{name}'); END"
    )


def for_postgres(name: str, event: str, table: str, condition: str | None) -> str:
    when = f" WHEN ({condition})" if condition else ""
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{when} EXECUTE FUNCTION refuse_change()"


def against_truncation(table: str) -> str:
    return f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        if engine.engine_type == "postgres":
            tables = sorted({table for _, event, table, _ in FORBIDDEN if event == "DELETE"})
            statements = [
                POSTGRES_FUNCTION,
                *(for_postgres(*forbidden) for forbidden in FORBIDDEN),
                *(against_truncation(table) for table in tables),
            ]
        else:
            statements = [for_sqlite(*forbidden) for forbidden in FORBIDDEN]
        for statement in statements:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
