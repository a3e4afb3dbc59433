"""What the migrations make and what `tables.py` declares are the same schema, asked of the database itself."""

import pytest
from piccolo.table import create_db_tables

from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.service import RenewalPolicy, ServiceKind
from materiel.domain.imports.import_file import ImportKind
from materiel.domain.incident.file import FileKind
from materiel.domain.incident.incident import DeclaredAs, IncidentState
from materiel.domain.incident.treatment import NoteKind
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, ItemStatus, Ownership
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.loan.plan import Fault
from materiel.domain.loan.reference_change import ChangeKind, Settlement
from materiel.domain.papers.document import DocumentKind, DocumentStatus, Party, SignatureChannel, SignatureStatus
from materiel.domain.people.pupil import Capacity, ProtectionRegime
from materiel.domain.places.municipality import AuthorityKind
from materiel.domain.places.school import SchoolKind, Sector
from materiel.domain.usage import BasisKind, Custody, Usage
from materiel.domain.work.job import JobState
from materiel.store.engine import database as engines
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.tables import ALL_TABLES, DocumentRow

TABLES = {table._meta.tablename for table in ALL_TABLES}
MADE_FOR_SQLITE_SEARCH = ("item_search", "item_trigram", "person_search", "person_trigram")

SQLITE_COLUMNS = """
    SELECT m.name AS "table", c.name AS "column", upper(c.type) AS type, c."notnull" AS required, c.pk AS key
    FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'
"""
POSTGRES_COLUMNS = """
    SELECT table_name AS "table", column_name AS "column",
        data_type || coalesce(character_maximum_length::text, '') AS type, is_nullable AS required, 0 AS key
    FROM information_schema.columns WHERE table_schema = 'public'
"""
SQLITE_REFERENCES = """
    SELECT m.name AS "table", f."from" AS "column", f."table" AS target, f.on_delete AS rule
    FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
"""
POSTGRES_REFERENCES = """
    SELECT conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS target
    FROM pg_constraint WHERE contype IN ('f', 'p')
"""
STARTS_OF_UNIQUE_CONSTRAINTS = {
    "campaign (service",
    "home (pupil",
    "representative (pupil",
    "loan_item (loan",
    "agreement_counter (service",
    "document_file (document",
    "signature (document",
    "credential (account",
    "signature_evidence (signature",
    "remark_reading (signature",
    "loan_hold (loan",
    "loan_pause (loan",
    "replacement (service",
    "referent_school (referent",
    "use_note (loan",
    "calendar_feed (account",
    "elimination_loan (loan",
    "elimination_pupil (pupil",
    "school_contact (service",
    "municipality_contact (service",
}
KEPT_ROLES = (Role.ADMIN, Role.MANAGER, Role.READER)
ENUMERATIONS = [
    ("item", "family", ItemFamily),
    ("managing_service", "kind", ServiceKind),
    ("managing_service", "renewal_policy", RenewalPolicy),
    ("municipality_contact", "authority_kind", AuthorityKind),
    ("school", "computed_kind", SchoolKind),
    ("school_contact", "decided_kind", SchoolKind),
    ("reference_change", "kind", ChangeKind),
    ("reference_change", "decision", Settlement),
    ("school", "sector", Sector),
    ("item", "ownership", Ownership),
    ("item", "status", ItemStatus),
    ("pupil", "protection", ProtectionRegime),
    ("representative", "capacity", Capacity),
    ("loan", "usage", Usage),
    ("loan", "custody", Custody),
    ("loan", "status", LoanStatus),
    ("loan", "basis_kind", BasisKind),
    ("loan_item", "condition_out", Condition),
    ("loan_item", "condition_in", Condition),
    ("loan_school", "custody", Custody),
    ("document", "kind", DocumentKind),
    ("document", "status", DocumentStatus),
    ("signature", "party", Party),
    ("signature", "status", SignatureStatus),
    ("signature", "channel", SignatureChannel),
    ("recipient", "party", Party),
    # The base keeps whoever signs for the State, or coordinates, as a reader with a mark of its own.
    ("app_user", "role", KEPT_ROLES),
    ("api_token", "role", KEPT_ROLES),
    ("job", "state", JobState),
    ("incident", "declared_as", DeclaredAs),
    ("incident", "state", IncidentState),
    ("incident", "fault", Fault),
    ("incident_note", "kind", NoteKind),
    ("incident_file", "kind", FileKind),
    ("import_file", "kind", ImportKind),
    ("eliminated_loan", "usage", Usage),
    ("eliminated_loan", "custody", Custody),
    ("eliminated_loan", "school_kind", SchoolKind),
    ("eliminated_loan_item", "condition_out", Condition),
    ("eliminated_loan_item", "condition_in", Condition),
    ("eliminated_document", "kind", DocumentKind),
]


async def schema() -> tuple[set[tuple], set[tuple]]:
    columns = await fetch(POSTGRES_COLUMNS if is_postgres() else SQLITE_COLUMNS)
    references = await fetch(POSTGRES_REFERENCES if is_postgres() else SQLITE_REFERENCES)
    return tuple({tuple(row.values()) for row in rows if row["table"] in TABLES} for rows in (columns, references))


async def test_the_migrations_make_what_the_tables_declare(db, new_database):
    migrated = await schema()
    declared_only = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(declared_only)
    try:
        await create_db_tables(*ALL_TABLES)
        declared = await schema()
    finally:
        await engines.stop(declared_only)
    assert [m ^ d for m, d in zip(migrated, declared, strict=True)] == [set(), set()]


async def test_no_table_is_unknown_to_the_code(db):
    sql = (
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
        if is_postgres()
        else "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    names = {row["name"] for row in await fetch(sql)}
    assert {name for name in names if not name.startswith(MADE_FOR_SQLITE_SEARCH)} == TABLES | {"migration"}


async def test_every_foreign_key_has_an_index(db):
    sql = (
        "SELECT indexdef AS sql FROM pg_indexes WHERE schemaname = 'public'"
        if is_postgres()
        else "SELECT coalesce(sql, '') AS sql FROM sqlite_master WHERE type = 'index'"
    )
    indexes = " ".join(row["sql"].replace("public.", "").replace(" USING btree", "") for row in await fetch(sql))
    missing = {
        f"{table._meta.tablename} ({column._meta.db_column_name}"
        for table in ALL_TABLES
        for column in table._meta.foreign_key_columns
        if f"ON {table._meta.tablename} ({column._meta.db_column_name}" not in indexes
    }
    # On SQLite a constraint makes an index without a text.
    assert missing <= STARTS_OF_UNIQUE_CONSTRAINTS


@pytest.mark.parametrize(("table", "column", "values"), ENUMERATIONS, ids=lambda part: str(part))
async def test_the_database_knows_every_value_of_an_enumeration_and_no_other(db, table, column, values):
    if is_postgres():
        rows = await fetch(
            "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = $1",
            [f"{table}_{column}_check"],
        )
        text = rows[0]["text"]
    else:
        rows = await fetch("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table])
        text = rows[0]["sql"].split(f"({column} IN (")[1].split("))")[0]
    assert set(text.split("'")[1::2]) == {member.value for member in values}


async def test_every_column_of_a_document_but_its_status_and_what_ended_it_is_frozen(db):
    sql = (
        "SELECT pg_get_triggerdef(oid) AS sql FROM pg_trigger WHERE tgname = 'document_frozen'"
        if is_postgres()
        else "SELECT sql FROM sqlite_master WHERE name = 'document_frozen'"
    )
    text = (await fetch(sql))[0]["sql"]
    frozen = set(text.split("UPDATE OF ")[1].split(" ON ")[0].split(", "))
    assert frozen == {column._meta.db_column_name for column in DocumentRow._meta.columns} - {
        "status",
        "ended_by",
    }
