"""How long a service keeps, loans held back, and the only way out of what was frozen: an elimination with its visa.

A paper, its file, its scans, its signatures and their evidence may be deleted once a row of `eliminated_document`
holds its number, kind, date, code and digest. Such a row is accepted for the loans of a list whose visa is recorded,
closed or cancelled, and not held; it is itself frozen. Everything else is refused as before. The previous release runs
on this schema: it adds tables, and columns that have a default.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-26T00:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "retention"

SERVICE = "REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE"
LOAN = "REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE"
PUPIL = "REFERENCES pupil (id) ON DELETE RESTRICT ON UPDATE CASCADE"
ITEM = "REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE"
ELIMINATION = "REFERENCES elimination (id) ON DELETE RESTRICT ON UPDATE CASCADE"
ELIMINATED_LOAN = "REFERENCES eliminated_loan (id) ON DELETE RESTRICT ON UPDATE CASCADE"
CONDITIONS = "'new', 'good', 'worn', 'damaged', 'out_of_order'"

COLUMNS = [
    "ALTER TABLE managing_service ADD COLUMN loan_years INTEGER NOT NULL DEFAULT 5 CHECK (loan_years BETWEEN 1 AND 30)",
    "ALTER TABLE managing_service ADD COLUMN pupil_years INTEGER NOT NULL DEFAULT 1"
    " CHECK (pupil_years BETWEEN 1 AND 10)",
    "ALTER TABLE managing_service ADD COLUMN retention_reference VARCHAR(200) NOT NULL DEFAULT ''",
]

TABLES = [
    f"""CREATE TABLE loan_hold (
        loan UUID PRIMARY KEY NOT NULL {LOAN},
        reason VARCHAR(500) NOT NULL CHECK (reason <> ''),
        placed_by VARCHAR(80) NOT NULL,
        placed_at TIMESTAMPTZ NOT NULL
    )""",
    f"""CREATE TABLE elimination (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        due_on DATE NOT NULL,
        loan_years INTEGER NOT NULL CHECK (loan_years >= 1),
        pupil_years INTEGER NOT NULL CHECK (pupil_years >= 1),
        inventory TEXT NOT NULL,
        prepared_by VARCHAR(80) NOT NULL,
        prepared_at TIMESTAMPTZ NOT NULL,
        visa_on DATE,
        visa_reference VARCHAR(200) NOT NULL,
        visaed_by VARCHAR(80) NOT NULL,
        visaed_at TIMESTAMPTZ,
        job UUID,
        pupils INTEGER NOT NULL CHECK (pupils >= 0),
        finished_at TIMESTAMPTZ,
        CHECK ((visa_on IS NULL) = (visaed_at IS NULL)),
        CHECK ((visa_on IS NULL) = (visa_reference = '')),
        CHECK (finished_at IS NULL OR visa_on IS NOT NULL)
    )""",
    f"""CREATE TABLE elimination_loan (
        loan UUID PRIMARY KEY NOT NULL {LOAN},
        elimination UUID NOT NULL {ELIMINATION}
    )""",
    f"""CREATE TABLE elimination_pupil (
        pupil UUID PRIMARY KEY NOT NULL {PUPIL},
        elimination UUID NOT NULL {ELIMINATION}
    )""",
    f"""CREATE TABLE eliminated_loan (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        elimination UUID NOT NULL {ELIMINATION},
        usage VARCHAR(12) NOT NULL CHECK (usage IN ('individual', 'shared')),
        custody VARCHAR(8) NOT NULL CHECK (custody IN ('home', 'school')),
        school_kind VARCHAR(30) NOT NULL CHECK (school_kind IN (
            'public_primary', 'eple', 'private_under_contract', 'private_no_contract', 'medico_educational',
            'agricultural_public', 'agricultural_private', 'post_bac', 'service', 'to_check')),
        departement VARCHAR(3) NOT NULL,
        status VARCHAR(20) NOT NULL CHECK (status IN ('cancelled', 'closed')),
        starts_on DATE,
        ends_on DATE,
        issued_on DATE,
        handed_over_on DATE,
        closed_on DATE
    )""",
    f"""CREATE TABLE eliminated_loan_item (
        id UUID PRIMARY KEY NOT NULL,
        loan UUID NOT NULL {ELIMINATED_LOAN},
        item UUID NOT NULL {ITEM},
        added_on DATE,
        handed_over_on DATE,
        condition_out VARCHAR(20) CHECK (condition_out IN ({CONDITIONS})),
        returned_on DATE,
        condition_in VARCHAR(20) CHECK (condition_in IN ({CONDITIONS})),
        removed_on DATE
    )""",
    f"""CREATE TABLE eliminated_document (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        loan UUID NOT NULL {ELIMINATED_LOAN},
        kind VARCHAR(24) NOT NULL CHECK (kind IN (
            'loan_agreement', 'tripartite_agreement', 'deposit_agreement', 'notice', 'amendment',
            'handover_receipt', 'return_receipt')),
        number VARCHAR(40) NOT NULL CHECK (number <> ''),
        issued_on DATE,
        code VARCHAR(20) NOT NULL UNIQUE CHECK (code <> ''),
        sha256 VARCHAR(64) NOT NULL CHECK (length(sha256) = 64),
        pages INTEGER NOT NULL CHECK (pages >= 1),
        UNIQUE (service, number)
    )""",
]

INDEXES = [
    # One list at a time: what the archives look at does not overlap.
    "CREATE UNIQUE INDEX elimination_service_key ON elimination (service) WHERE finished_at IS NULL",
    "CREATE INDEX ix_elimination_service_id ON elimination (service, id)",
    "CREATE INDEX ix_elimination_loan_elimination ON elimination_loan (elimination, loan)",
    "CREATE INDEX ix_elimination_pupil_elimination ON elimination_pupil (elimination, pupil)",
    "CREATE INDEX ix_eliminated_loan_service ON eliminated_loan (service)",
    "CREATE INDEX ix_eliminated_loan_elimination ON eliminated_loan (elimination)",
    "CREATE INDEX ix_eliminated_loan_item_loan ON eliminated_loan_item (loan)",
    "CREATE INDEX ix_eliminated_loan_item_item ON eliminated_loan_item (item)",
    "CREATE INDEX ix_eliminated_document_service ON eliminated_document (service)",
    "CREATE INDEX ix_eliminated_document_loan ON eliminated_document (loan)",
    "CREATE INDEX ix_loan_final ON loan (service, id) WHERE status IN ('closed', 'cancelled')",
]

FROZEN_COLUMNS_OF_ELIMINATION = (
    "id, service, due_on, loan_years, pupil_years, inventory, prepared_by, prepared_at, visa_on, visa_reference,"
    " visaed_by, visaed_at"
)
PAPER_ELIMINATED = "EXISTS (SELECT 1 FROM eliminated_document AS gone WHERE gone.id = OLD.document)"
SAME_PAPER = (
    "{0}.id = {1}.id AND {0}.service = {1}.service AND {0}.loan = {1}.loan AND {0}.kind = {1}.kind"
    " AND {0}.number = {1}.number AND {0}.issued_on = {1}.issued_on AND {0}.code = {1}.code"
    " AND {0}.sha256 = {1}.sha256 AND {0}.pages = {1}.pages"
)
VISAED = "EXISTS (SELECT 1 FROM elimination WHERE elimination.id = NEW.elimination AND elimination.visa_on IS NOT NULL)"

FORMER = [
    ("document_kept", "document"),
    ("document_file_kept", "document_file"),
    ("document_scan_kept", "document_scan"),
    ("signature_kept", "signature"),
    ("recipient_kept", "recipient"),
    ("signature_evidence_kept", "signature_evidence"),
]
"""Triggers that refused every deletion; each is made again below, and lets an elimination through."""

# name, event, table, and the condition that makes the event forbidden; None for always
FORBIDDEN = [
    (
        "document_kept",
        "DELETE",
        "document",
        f"NOT EXISTS (SELECT 1 FROM eliminated_document AS gone WHERE {SAME_PAPER.format('gone', 'OLD')})",
    ),
    *((name, "DELETE", table, f"NOT {PAPER_ELIMINATED}") for name, table in FORMER[1:]),
    (
        "loan_kept",
        "DELETE",
        "loan",
        "NOT EXISTS (SELECT 1 FROM eliminated_loan AS gone WHERE gone.id = OLD.id)",
    ),
    (
        "eliminated_loan_lawful",
        "INSERT",
        "eliminated_loan",
        "NOT EXISTS (SELECT 1 FROM elimination_loan AS listed"
        " JOIN elimination ON elimination.id = listed.elimination JOIN loan ON loan.id = listed.loan"
        " WHERE listed.loan = NEW.id AND elimination.id = NEW.elimination AND elimination.visa_on IS NOT NULL"
        " AND elimination.finished_at IS NULL AND elimination.service = NEW.service AND loan.service = NEW.service"
        " AND loan.status IN ('closed', 'cancelled')"
        " AND NOT EXISTS (SELECT 1 FROM loan_hold WHERE loan_hold.loan = loan.id)"
        " AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.loan = loan.id AND incident.state = 'open'))",
    ),
    (
        "eliminated_document_lawful",
        "INSERT",
        "eliminated_document",
        "NOT EXISTS (SELECT 1 FROM document JOIN eliminated_loan ON eliminated_loan.id = document.loan"
        f" WHERE {SAME_PAPER.format('document', 'NEW')})",
    ),
    ("elimination_loan_listed", "INSERT", "elimination_loan", VISAED),
    ("elimination_pupil_listed", "INSERT", "elimination_pupil", VISAED),
    ("elimination_loan_frozen", "UPDATE", "elimination_loan", None),
    ("elimination_pupil_frozen", "UPDATE", "elimination_pupil", None),
    (
        "elimination_frozen",
        f"UPDATE OF {FROZEN_COLUMNS_OF_ELIMINATION}",
        "elimination",
        "OLD.visa_on IS NOT NULL",
    ),
    ("elimination_over", "UPDATE", "elimination", "OLD.finished_at IS NOT NULL"),
    ("elimination_kept", "DELETE", "elimination", "OLD.visa_on IS NOT NULL"),
    *(
        (f"{table}_{word}", event, table, None)
        for table in ("eliminated_loan", "eliminated_loan_item", "eliminated_document")
        for word, event in (("frozen", "UPDATE"), ("kept", "DELETE"))
    ),
]
WHOLE = ("elimination", "eliminated_loan", "eliminated_loan_item", "eliminated_document")


def for_sqlite(table: str) -> str:
    """The same table with each length as a check."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


def trigger_for_sqlite(name: str, event: str, table: str, condition: str | None) -> list[str]:
    when = f" WHEN {condition}" if condition else ""
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{when} BEGIN SELECT RAISE(ABORT, '{name}'); END"
    ]


def trigger_for_postgres(name: str, event: str, table: str, condition: str | None) -> list[str]:
    """The condition of a PostgreSQL trigger holds no subquery: it goes into a function."""
    row = "OLD" if event == "DELETE" else "NEW"
    body = f"""CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition or "TRUE"} THEN
        RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN {row};
END $$"""
    return [
        body,
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{name}()",
    ]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        tables = TABLES if postgres else [for_sqlite(table) for table in TABLES]
        columns = COLUMNS if postgres else [for_sqlite(column) for column in COLUMNS]
        drops = [f"DROP TRIGGER {name}{f' ON {table}' if postgres else ''}" for name, table in FORMER]
        make = trigger_for_postgres if postgres else trigger_for_sqlite
        triggers = [statement for forbidden in FORBIDDEN for statement in make(*forbidden)]
        whole = [
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()"
            for table in WHOLE
            if postgres
        ]
        for statement in (*columns, *tables, *INDEXES, *drops, *triggers, *whole):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
