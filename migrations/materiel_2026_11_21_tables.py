"""Every table of the first release, with its keys, bounds and enumerations.

One text serves both engines: SQLite accepts PostgreSQL's type names, gives back the same Python values through
Piccolo's converters, and gets the lengths it would ignore as checks. No column has a default: each insert names
every column.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "tables"

SQLITE_TYPES = {"BIGINT": "INTEGER", "BYTEA": "BLOB"}

TABLES = [
    """CREATE TABLE managing_service (
        id UUID PRIMARY KEY NOT NULL,
        code VARCHAR(20) NOT NULL UNIQUE CHECK (code <> ''),
        name VARCHAR(200) NOT NULL CHECK (name <> ''),
        kind VARCHAR(20) NOT NULL CHECK (kind IN ('dsden', 'rectorat')),
        academie VARCHAR(2) NOT NULL,
        departement VARCHAR(3) NOT NULL,
        address TEXT NOT NULL,
        phone VARCHAR(40) NOT NULL,
        email VARCHAR(254) NOT NULL,
        opening_hours VARCHAR(200) NOT NULL,
        signatory_name VARCHAR(200) NOT NULL,
        signatory_title VARCHAR(200) NOT NULL,
        delegation VARCHAR(400) NOT NULL,
        dpo_contact VARCHAR(254) NOT NULL,
        renewal_policy VARCHAR(20) NOT NULL CHECK (renewal_policy IN ('yearly', 'basis', 'schooling')),
        ask_both_parents BOOLEAN NOT NULL,
        inventory_pattern VARCHAR(60) NOT NULL,
        version INTEGER NOT NULL CHECK (version >= 1)
    )""",
    """CREATE TABLE municipality (
        insee_code VARCHAR(5) PRIMARY KEY NOT NULL CHECK (length(insee_code) = 5),
        name VARCHAR(200) NOT NULL,
        departement VARCHAR(3) NOT NULL,
        address TEXT,
        email VARCHAR(254) NOT NULL,
        phone VARCHAR(40) NOT NULL,
        mayor_name VARCHAR(200) NOT NULL,
        authority_kind VARCHAR(20) NOT NULL CHECK (authority_kind IN ('commune', 'epci', 'syndicate')),
        authority_name VARCHAR(200) NOT NULL,
        authority_address TEXT,
        signatory_name VARCHAR(200) NOT NULL,
        signatory_title VARCHAR(200) NOT NULL,
        deliberation VARCHAR(200) NOT NULL,
        version INTEGER NOT NULL CHECK (version >= 1)
    )""",
    """CREATE TABLE school (
        id UUID PRIMARY KEY NOT NULL,
        uai VARCHAR(8) NOT NULL UNIQUE CHECK (length(uai) = 8),
        name VARCHAR(300) NOT NULL,
        computed_kind VARCHAR(30) NOT NULL CHECK (computed_kind IN (
            'public_primary', 'eple', 'private_under_contract', 'private_no_contract', 'medico_educational',
            'agricultural_public', 'agricultural_private', 'post_bac', 'service', 'to_check')),
        decided_kind VARCHAR(30) CHECK (decided_kind IN (
            'public_primary', 'eple', 'private_under_contract', 'private_no_contract', 'medico_educational',
            'agricultural_public', 'agricultural_private', 'post_bac', 'service', 'to_check')),
        kind_reason VARCHAR(500) NOT NULL,
        kind_decided_by VARCHAR(80) NOT NULL,
        kind_decided_at TIMESTAMPTZ,
        partial_contract BOOLEAN NOT NULL,
        sector VARCHAR(10) NOT NULL CHECK (sector IN ('public', 'private', 'unknown')),
        type_name VARCHAR(60) NOT NULL,
        nature_code VARCHAR(3) NOT NULL,
        contract_code VARCHAR(3) NOT NULL,
        ministry VARCHAR(120) NOT NULL,
        section_of VARCHAR(8) NOT NULL,
        address TEXT NOT NULL,
        municipality VARCHAR(5) NOT NULL REFERENCES municipality (insee_code)
            ON DELETE RESTRICT ON UPDATE CASCADE,
        departement VARCHAR(3) NOT NULL,
        academie VARCHAR(2) NOT NULL,
        email VARCHAR(254) NOT NULL,
        phone VARCHAR(40) NOT NULL,
        head_name VARCHAR(200) NOT NULL,
        head_title VARCHAR(200) NOT NULL,
        on_behalf_of VARCHAR(200) NOT NULL,
        board_act VARCHAR(200) NOT NULL,
        has_post_bac BOOLEAN NOT NULL,
        is_open BOOLEAN NOT NULL,
        absent_since DATE,
        row_digest VARCHAR(64) NOT NULL,
        search TEXT NOT NULL,
        version INTEGER NOT NULL CHECK (version >= 1)
    )""",
    """CREATE TABLE item (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        inventory_number VARCHAR(25) NOT NULL CHECK (inventory_number <> ''),
        designation VARCHAR(200) NOT NULL CHECK (designation <> ''),
        category VARCHAR(60) NOT NULL,
        brand VARCHAR(100) NOT NULL,
        model VARCHAR(100) NOT NULL,
        serial_number VARCHAR(100) NOT NULL,
        accessories TEXT NOT NULL,
        ownership VARCHAR(10) NOT NULL CHECK (ownership IN ('state', 'rented')),
        lessor VARCHAR(200) NOT NULL,
        lease_ends_on DATE,
        acquired_on DATE,
        purchase_price_cents BIGINT CHECK (purchase_price_cents >= 0),
        funding_service VARCHAR(200) NOT NULL,
        status VARCHAR(20) NOT NULL CHECK (status IN (
            'in_stock', 'reserved', 'on_loan', 'deposited', 'due_back', 'in_repair', 'lost', 'stolen',
            'written_off')),
        public_code VARCHAR(20) NOT NULL UNIQUE CHECK (public_code <> ''),
        search TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        version INTEGER NOT NULL CHECK (version >= 1),
        UNIQUE (service, inventory_number)
    )""",
    """CREATE TABLE pupil (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        last_name VARCHAR(100) NOT NULL,
        first_name VARCHAR(100) NOT NULL,
        birth_date DATE,
        school UUID NOT NULL REFERENCES school (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        protection VARCHAR(20) NOT NULL CHECK (protection IN (
            'none', 'emancipated', 'safeguard', 'curatorship', 'guardianship')),
        protection_reference VARCHAR(200) NOT NULL,
        disagreement BOOLEAN NOT NULL,
        died_on DATE CHECK (died_on >= birth_date),
        search TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        version INTEGER NOT NULL CHECK (version >= 1)
    )""",
    """CREATE TABLE home (
        id UUID PRIMARY KEY NOT NULL,
        pupil UUID NOT NULL REFERENCES pupil (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        position INTEGER NOT NULL CHECK (position >= 0),
        address TEXT NOT NULL,
        UNIQUE (pupil, position)
    )""",
    """CREATE TABLE representative (
        id UUID PRIMARY KEY NOT NULL,
        pupil UUID NOT NULL REFERENCES pupil (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        position INTEGER NOT NULL CHECK (position >= 0),
        last_name VARCHAR(100) NOT NULL,
        first_name VARCHAR(100) NOT NULL,
        capacity VARCHAR(20) NOT NULL CHECK (capacity IN (
            'mother', 'father', 'parent', 'guardian', 'institution', 'delegate', 'curator', 'protection',
            'other')),
        home INTEGER CHECK (home >= 0),
        email VARCHAR(254) NOT NULL,
        phone VARCHAR(40) NOT NULL,
        on_behalf_of VARCHAR(200) NOT NULL,
        reference VARCHAR(200) NOT NULL,
        sole_authority BOOLEAN NOT NULL,
        UNIQUE (pupil, position)
    )""",
    """CREATE TABLE loan (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        usage VARCHAR(12) NOT NULL CHECK (usage IN ('individual', 'shared')),
        custody VARCHAR(8) NOT NULL CHECK (custody IN ('home', 'school')),
        school UUID NOT NULL REFERENCES school (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        pupil UUID REFERENCES pupil (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        status VARCHAR(20) NOT NULL CHECK (status IN (
            'draft', 'issued', 'partially_signed', 'signed', 'handed_over', 'returned', 'cancelled',
            'closed')),
        starts_on DATE,
        ends_on DATE CHECK (ends_on >= starts_on),
        purpose VARCHAR(1000) NOT NULL,
        basis_kind VARCHAR(10) CHECK (basis_kind IN ('cdaph', 'pas', 'pap', 'other')),
        basis_reference VARCHAR(100) NOT NULL,
        basis_decided_on DATE,
        basis_valid_until DATE CHECK (basis_valid_until >= basis_decided_on),
        override_reason VARCHAR(500) NOT NULL,
        override_by VARCHAR(80) NOT NULL,
        decision TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        issued_on DATE,
        handed_over_on DATE,
        recalled_on DATE,
        recall_reason VARCHAR(500) NOT NULL,
        closed_on DATE,
        version INTEGER NOT NULL CHECK (version >= 1)
    )""",
    """CREATE TABLE loan_item (
        id UUID PRIMARY KEY NOT NULL,
        loan UUID NOT NULL REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        item UUID NOT NULL REFERENCES item (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        position INTEGER NOT NULL CHECK (position >= 0),
        added_on DATE,
        handed_over_on DATE,
        condition_out VARCHAR(20) CHECK (condition_out IN ('new', 'good', 'worn', 'damaged', 'out_of_order')),
        returned_on DATE CHECK (returned_on >= handed_over_on),
        condition_in VARCHAR(20) CHECK (condition_in IN ('new', 'good', 'worn', 'damaged', 'out_of_order')),
        missing_accessories TEXT NOT NULL,
        removed_on DATE CHECK (removed_on >= returned_on),
        UNIQUE (loan, position)
    )""",
    """CREATE TABLE loan_school (
        id UUID PRIMARY KEY NOT NULL,
        loan UUID NOT NULL REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        school UUID NOT NULL REFERENCES school (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        custody VARCHAR(8) NOT NULL CHECK (custody IN ('home', 'school')),
        since DATE
    )""",
    """CREATE TABLE agreement_counter (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        school_year INTEGER NOT NULL CHECK (school_year BETWEEN 2000 AND 2200),
        last INTEGER NOT NULL CHECK (last >= 0),
        UNIQUE (service, school_year)
    )""",
    """CREATE TABLE document (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        loan UUID NOT NULL REFERENCES loan (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        kind VARCHAR(24) NOT NULL CHECK (kind IN (
            'loan_agreement', 'tripartite_agreement', 'deposit_agreement', 'notice', 'amendment',
            'handover_receipt', 'return_receipt')),
        number VARCHAR(40) NOT NULL CHECK (number <> ''),
        covers VARCHAR(20) NOT NULL CHECK (covers IN ('', 'loan', 'deposit', 'loan,deposit')),
        status VARCHAR(10) NOT NULL CHECK (status IN ('in_force', 'replaced', 'ended')),
        issued_on DATE,
        issued_at TIMESTAMPTZ NOT NULL,
        wording DATE,
        code VARCHAR(20) NOT NULL UNIQUE CHECK (code <> ''),
        sha256 VARCHAR(64) NOT NULL CHECK (length(sha256) = 64),
        pages INTEGER NOT NULL CHECK (pages >= 1),
        content TEXT NOT NULL,
        replaces UUID,
        UNIQUE (service, number)
    )""",
    """CREATE TABLE document_file (
        document UUID PRIMARY KEY NOT NULL REFERENCES document (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        pdf BYTEA NOT NULL
    )""",
    """CREATE TABLE signature (
        id UUID PRIMARY KEY NOT NULL,
        document UUID NOT NULL REFERENCES document (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        position INTEGER NOT NULL CHECK (position >= 0),
        party VARCHAR(20) NOT NULL CHECK (party IN (
            'managing_service', 'borrower', 'municipality', 'head_of_school', 'mayor')),
        name VARCHAR(200) NOT NULL,
        capacity VARCHAR(300) NOT NULL,
        status VARCHAR(10) NOT NULL CHECK (status IN ('pending', 'optional', 'signed')),
        signed_on DATE CHECK ((signed_on IS NULL) = (status <> 'signed')),
        channel VARCHAR(12) CHECK (channel IN ('paper', 'electronic')),
        recorded_by VARCHAR(80) NOT NULL,
        recorded_at TIMESTAMPTZ,
        UNIQUE (document, position)
    )""",
    """CREATE TABLE recipient (
        id UUID PRIMARY KEY NOT NULL,
        document UUID NOT NULL REFERENCES document (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        party VARCHAR(20) NOT NULL CHECK (party IN (
            'managing_service', 'borrower', 'municipality', 'head_of_school', 'mayor')),
        name VARCHAR(200) NOT NULL,
        sent_at TIMESTAMPTZ
    )""",
    """CREATE TABLE document_scan (
        id UUID PRIMARY KEY NOT NULL,
        document UUID NOT NULL REFERENCES document (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        media_type VARCHAR(60) NOT NULL,
        sha256 VARCHAR(64) NOT NULL CHECK (length(sha256) = 64),
        content BYTEA NOT NULL,
        original_kept_by VARCHAR(200) NOT NULL,
        filed_by VARCHAR(80) NOT NULL,
        filed_at TIMESTAMPTZ NOT NULL
    )""",
    """CREATE TABLE app_user (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        email VARCHAR(254) NOT NULL UNIQUE CHECK (email <> ''),
        name VARCHAR(200) NOT NULL,
        role VARCHAR(10) NOT NULL CHECK (role IN ('admin', 'manager', 'reader')),
        disabled_at TIMESTAMPTZ,
        created_at TIMESTAMPTZ NOT NULL
    )""",
    """CREATE TABLE api_token (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        token_hash VARCHAR(64) NOT NULL UNIQUE CHECK (length(token_hash) = 64),
        label VARCHAR(100) NOT NULL,
        role VARCHAR(10) NOT NULL CHECK (role IN ('admin', 'manager', 'reader')),
        expires_on DATE,
        revoked_at TIMESTAMPTZ,
        created_at TIMESTAMPTZ NOT NULL
    )""",
    """CREATE TABLE idempotency (
        id UUID PRIMARY KEY NOT NULL,
        actor VARCHAR(80) NOT NULL,
        key VARCHAR(200) NOT NULL CHECK (key <> ''),
        request_hash VARCHAR(64) NOT NULL CHECK (length(request_hash) = 64),
        status_code INTEGER CHECK (status_code BETWEEN 100 AND 599),
        body TEXT,
        created_at TIMESTAMPTZ NOT NULL,
        UNIQUE (actor, key)
    )""",
    """CREATE TABLE journal (
        id UUID PRIMARY KEY NOT NULL,
        chain VARCHAR(36) NOT NULL CHECK (chain <> ''),
        sequence BIGINT NOT NULL CHECK (sequence >= 1),
        at TIMESTAMPTZ NOT NULL,
        actor VARCHAR(80) NOT NULL,
        action VARCHAR(60) NOT NULL,
        subject_kind VARCHAR(20) NOT NULL,
        subject_id VARCHAR(40) NOT NULL,
        details TEXT NOT NULL,
        previous_hash VARCHAR(64) NOT NULL CHECK (length(previous_hash) = 64),
        hash VARCHAR(64) NOT NULL CHECK (length(hash) = 64),
        UNIQUE (chain, sequence)
    )""",
    """CREATE TABLE journal_head (
        chain VARCHAR(36) PRIMARY KEY NOT NULL CHECK (chain <> ''),
        sequence BIGINT NOT NULL CHECK (sequence >= 0),
        hash VARCHAR(64) NOT NULL CHECK (length(hash) = 64)
    )""",
    """CREATE TABLE job (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        kind VARCHAR(40) NOT NULL CHECK (kind <> ''),
        payload TEXT NOT NULL,
        state VARCHAR(10) NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        run_at TIMESTAMPTZ NOT NULL,
        worker VARCHAR(80),
        lease_until TIMESTAMPTZ,
        done INTEGER NOT NULL CHECK (done >= 0),
        total INTEGER NOT NULL CHECK (total >= 0),
        result TEXT,
        created_by VARCHAR(80) NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        finished_at TIMESTAMPTZ,
        CHECK ((state = 'running') = (worker IS NOT NULL AND lease_until IS NOT NULL))
    )""",
    """CREATE TABLE job_file (
        id UUID PRIMARY KEY NOT NULL,
        job UUID NOT NULL REFERENCES job (id) ON DELETE RESTRICT ON UPDATE CASCADE,
        media_type VARCHAR(60) NOT NULL,
        content BYTEA NOT NULL
    )""",
]

# PostgreSQL names unique constraints <table>_<columns>_key; `store.constraints` reads both engines' names.
INDEXES = [
    "CREATE UNIQUE INDEX loan_item_item_key ON loan_item (item) WHERE removed_on IS NULL",
    "CREATE INDEX ix_school_municipality ON school (municipality)",
    "CREATE INDEX ix_item_service_id ON item (service, id)",
    "CREATE INDEX ix_item_service_status_id ON item (service, status, id)",
    "CREATE INDEX ix_pupil_service_id ON pupil (service, id)",
    "CREATE INDEX ix_pupil_school ON pupil (school)",
    "CREATE INDEX ix_loan_service_id ON loan (service, id)",
    "CREATE INDEX ix_loan_service_status_id ON loan (service, status, id)",
    "CREATE INDEX ix_loan_school ON loan (school)",
    "CREATE INDEX ix_loan_pupil ON loan (pupil)",
    "CREATE INDEX ix_loan_item_item ON loan_item (item)",
    "CREATE INDEX ix_loan_school_loan ON loan_school (loan)",
    "CREATE INDEX ix_loan_school_school ON loan_school (school)",
    "CREATE INDEX ix_document_service_id ON document (service, id)",
    "CREATE INDEX ix_document_loan ON document (loan)",
    "CREATE INDEX ix_recipient_document ON recipient (document)",
    "CREATE INDEX ix_document_scan_document ON document_scan (document)",
    "CREATE INDEX ix_app_user_service ON app_user (service)",
    "CREATE INDEX ix_api_token_service ON api_token (service)",
    "CREATE INDEX ix_idempotency_created_at ON idempotency (created_at)",
    "CREATE INDEX ix_journal_chain_subject_id ON journal (chain, subject_id, sequence)",
    "CREATE INDEX ix_job_queued ON job (run_at, id) WHERE state = 'queued'",
    "CREATE INDEX ix_job_running ON job (lease_until) WHERE state = 'running'",
    "CREATE INDEX ix_job_service_id ON job (service, id)",
    "CREATE INDEX ix_job_file_job ON job_file (job)",
]


def for_sqlite(table: str) -> str:
    """The same table with SQLite's type names, and each length as a check."""
    for postgres_type, sqlite_type in SQLITE_TYPES.items():
        table = re.sub(rf"\b{postgres_type}\b", sqlite_type, table)
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        tables = TABLES if engine.engine_type == "postgres" else [for_sqlite(table) for table in TABLES]
        for statement in (*tables, *INDEXES):
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
