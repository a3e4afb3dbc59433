"""Ways back: a signature withdrawn, a receipt that is void, papers in force again; each only with its correction.

`document.ended_by` is the paper whose making or signing ended or replaced this one, `loan.renewed_by` and
`loan.renewed_from` the renewal in effect and the last day it moved: what a way back gives back. Papers that the last
return of a loan not closed yet has ended are told so here; other rows stay without it, and are refused a way back that
would need it.

The previous release runs on this schema: every new column may be null, and it never writes the new status.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:02:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "void"

COLUMNS = (
    "ALTER TABLE document ADD COLUMN ended_by UUID",
    "ALTER TABLE loan ADD COLUMN renewed_by UUID",
    "ALTER TABLE loan ADD COLUMN renewed_from DATE",
)
STATUSES = "('in_force', 'replaced', 'ended', 'void')"
WIDEN_POSTGRES = (
    "ALTER TABLE document DROP CONSTRAINT document_status_check",
    f"ALTER TABLE document ADD CONSTRAINT document_status_check CHECK (status IN {STATUSES})",
)
WIDEN_SQLITE = (
    "ALTER TABLE document ADD COLUMN status_next VARCHAR(10) NOT NULL DEFAULT 'in_force'"
    f" CHECK (status_next IN {STATUSES}) CHECK (length(status_next) <= 10)",
    "UPDATE document SET status_next = status",
    "ALTER TABLE document DROP COLUMN status",
    "ALTER TABLE document RENAME COLUMN status_next TO status",
)

AGREEMENT = "('loan_agreement', 'tripartite_agreement', 'deposit_agreement')"
LAST_RECEIPT = (
    "SELECT receipt.id FROM document AS receipt WHERE receipt.loan = document.loan"
    " AND receipt.kind = 'return_receipt' ORDER BY receipt.id DESC LIMIT 1"
)
LAST_AGREEMENT = (
    "SELECT last.id FROM document AS last WHERE last.loan = document.loan AND last.status = 'ended'"
    f" AND last.kind IN {AGREEMENT} ORDER BY last.id DESC LIMIT 1"
)
ENDED_BY_RETURN = (
    f"UPDATE document SET ended_by = ({LAST_RECEIPT}) WHERE status = 'ended'"
    " AND loan IN (SELECT id FROM loan WHERE status = 'returned')"
    f" AND (id = ({LAST_AGREEMENT}) OR (id > ({LAST_AGREEMENT}) AND (kind = 'amendment' OR (kind = 'notice'"
    " AND NOT EXISTS (SELECT 1 FROM document AS later WHERE later.loan = document.loan AND later.kind = 'notice'"
    " AND later.id > document.id)))))"
)

SAME_BOX = " AND ".join(
    f"NEW.{column} = OLD.{column}" for column in ("id", "document", "position", "party", "name", "capacity")
)
SAME_SIGNER = (
    "(NEW.signer = OLD.signer OR (NEW.signer IS NULL AND OLD.signer IS NULL))"
    " AND (NEW.signer_id = OLD.signer_id OR (NEW.signer_id IS NULL AND OLD.signer_id IS NULL))"
)
SIGNATURE_WITHDRAWN = (
    "NEW.status IN ('pending', 'optional') AND NEW.signed_on IS NULL AND NEW.channel IS NULL"
    f" AND NEW.recorded_by = '' AND NEW.recorded_at IS NULL AND {SAME_BOX} AND {SAME_SIGNER}"
    " AND NOT EXISTS (SELECT 1 FROM signature_evidence WHERE signature_evidence.signature = OLD.id)"
    " AND EXISTS (SELECT 1 FROM correction WHERE correction.subject = OLD.document AND correction.kind = 'signature'"
    " AND (OLD.recorded_at IS NULL OR correction.corrected_at >= OLD.recorded_at))"
)
IN_FORCE_AGAIN = (
    "OLD.status IN ('ended', 'replaced') AND NEW.status = 'in_force' AND NEW.ended_by IS NULL"
    " AND EXISTS (SELECT 1 FROM correction"
    " JOIN document AS taken_back ON taken_back.id = correction.subject"
    " JOIN document AS ending ON ending.id = OLD.ended_by"
    " WHERE taken_back.loan = OLD.loan AND correction.kind IN ('signature', 'return')"
    " AND correction.corrected_at >= ending.issued_at)"
)
MADE_VOID = (
    "OLD.kind IN ('handover_receipt', 'return_receipt') AND EXISTS (SELECT 1 FROM correction"
    " WHERE correction.subject = OLD.id AND correction.kind IN ('hand_over', 'return'))"
)
REFUSED = (
    ("signature_frozen", "UPDATE", "signature", f"OLD.status = 'signed' AND NOT ({SIGNATURE_WITHDRAWN})"),
    (
        "document_status_final",
        "UPDATE OF status",
        "document",
        f"(OLD.status <> 'in_force' AND NOT ({IN_FORCE_AGAIN}))"
        f" OR (OLD.status = 'in_force' AND NEW.status = 'void' AND NOT ({MADE_VOID}))",
    ),
)


def for_sqlite(name: str, event: str, table: str, condition: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{name}'); END"
    ]


def for_postgres(name: str, event: str, table: str, condition: str) -> list[str]:
    """The condition of a PostgreSQL trigger holds no subquery: it goes into a function."""
    body = f"""CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition} THEN
        RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$"""
    return [body, f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{name}()"]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        drops = [f"DROP TRIGGER {name}{f' ON {table}' if postgres else ''}" for name, _, table, _ in REFUSED]
        widen = WIDEN_POSTGRES if postgres else WIDEN_SQLITE
        make = for_postgres if postgres else for_sqlite
        triggers = [statement for refused in REFUSED for statement in make(*refused)]
        for statement in (*drops, *COLUMNS, *widen, ENDED_BY_RETURN, *triggers):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
