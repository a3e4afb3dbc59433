"""A loan taken over: where it comes from, what is known of its old paper, and the scan of that paper.

The mark `unsigned` of `loan_marks` is also that of a loan taken over whose old paper was never signed, or no longer
covers, as long as no agreement of ours is in force: no box awaits anybody there. The previous release runs on this
schema: it makes no such loan, and the triggers keep the mark whoever writes.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:02:20:000000"
VERSION = "1.38.0"
DESCRIPTION = "loans_taken_over"

COLUMNS = {
    "origin": "VARCHAR(20) NOT NULL DEFAULT 'prepared' CHECK (origin IN ('prepared', 'taken_over'))",
    "paper_reference": "VARCHAR(60) NOT NULL DEFAULT ''",
    "paper_signed_on": "DATE",
    "paper_ends_on": "DATE",
    "paper_signed_by": "VARCHAR(200) NOT NULL DEFAULT ''",
    "paper_ended_on": "DATE",
}
SCANS = """CREATE TABLE loan_scan (
    id UUID PRIMARY KEY NOT NULL,
    loan UUID NOT NULL REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    media_type VARCHAR(40) NOT NULL,
    sha256 VARCHAR(64) NOT NULL CHECK (length(sha256) = 64),
    content {bytes} NOT NULL,
    filed_by VARCHAR(80) NOT NULL,
    filed_at TIMESTAMPTZ NOT NULL
)"""
INDEXES = [
    "CREATE INDEX ix_loan_scan_loan ON loan_scan (loan)",
    # The old reference is looked for as it was typed, whatever the case.
    "CREATE INDEX ix_loan_paper_reference ON loan (service, upper(paper_reference)) WHERE paper_reference <> ''",
]

AGREEMENTS = "'loan_agreement', 'tripartite_agreement', 'deposit_agreement'"
IN_FORCE = "document.loan = loan.id AND document.status = 'in_force'"
UNSIGNED = (
    "(EXISTS (SELECT 1 FROM document JOIN signature ON signature.document = document.id"
    f" WHERE {IN_FORCE} AND document.kind IN ({AGREEMENTS}, 'amendment') AND signature.status = 'pending')"
    " OR (loan.origin = 'taken_over' AND (loan.paper_signed_on IS NULL OR loan.paper_ended_on IS NOT NULL)"
    f" AND NOT EXISTS (SELECT 1 FROM document WHERE {IN_FORCE} AND document.kind IN ({AGREEMENTS}))))"
)
OF_DOCUMENT = "(SELECT loan FROM document WHERE id = NEW.document)"
TRIGGERS = {
    "unsigned_box": ("INSERT ON signature", OF_DOCUMENT),
    "unsigned_box_again": ("UPDATE OF status ON signature", OF_DOCUMENT),
    "unsigned_paper": ("UPDATE OF status ON document", "NEW.loan"),
}
"""Those of `loan_marks`, whose mark has another meaning."""
NEW_TRIGGERS = {
    "unsigned_taken_over": ("INSERT ON loan", "NEW.id"),
    "unsigned_old_paper": ("UPDATE OF origin, paper_signed_on, paper_ended_on ON loan", "NEW.id"),
}


# A scan filed never changes, and goes with its loan alone, once the archives have given their visa.
FORBIDDEN = {
    "loan_scan_frozen": ("UPDATE", ""),
    "loan_scan_kept": ("DELETE", "NOT EXISTS (SELECT 1 FROM eliminated_loan AS gone WHERE gone.id = OLD.loan)"),
}


def refusals(postgres: bool) -> list[str]:
    """The triggers that refuse what nobody may do to a scan."""
    made = []
    for name, (event, condition) in FORBIDDEN.items():
        trigger = f"CREATE TRIGGER {name} BEFORE {event} ON loan_scan FOR EACH ROW"
        if postgres:
            made.append(
                f"CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition or 'TRUE'}"
                " THEN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation'; END IF;"
                " RETURN OLD; END $$"
            )
            made.append(f"{trigger} EXECUTE FUNCTION refuse_{name}()")
        else:
            when = f" WHEN {condition}" if condition else ""
            made.append(f"{trigger}{when} BEGIN SELECT RAISE(ABORT, '{name}'); END")
    return made


def update_of(loan_id: str) -> str:
    """Marks a loan again, when its mark is no longer right."""
    return f"UPDATE loan SET unsigned = {UNSIGNED} WHERE id = {loan_id} AND unsigned <> {UNSIGNED};"


def statements(postgres: bool) -> list[str]:
    """Columns, the table of scans, its indexes, and the triggers of the mark."""
    kinds = {"bytes": "BYTEA" if postgres else "BLOB"}
    scans = SCANS.format(**kinds)
    made = [f"ALTER TABLE loan ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()]
    made = [*(each if postgres else for_sqlite(each) for each in (*made, scans)), *INDEXES]
    for name, (_, loan_id) in TRIGGERS.items():
        if postgres:
            made.append(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {update_of(loan_id)} RETURN NULL; END $$"
            )
        else:
            made.append(f"DROP TRIGGER {name}")
    new = NEW_TRIGGERS if postgres else {**TRIGGERS, **NEW_TRIGGERS}
    for name, (event, loan_id) in new.items():
        trigger = f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW"
        if postgres:
            made.append(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {update_of(loan_id)} RETURN NULL; END $$"
            )
            made.append(f"{trigger} EXECUTE FUNCTION {name}()")
        else:
            made.append(f"{trigger} BEGIN {update_of(loan_id)} END")
    return made + refusals(postgres)


def for_sqlite(table: str) -> str:
    """The same statement, each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in statements(engine.engine_type == "postgres"):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
