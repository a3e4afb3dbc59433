"""Which school a document is about, as it was when it was issued: a loan moves, its former papers do not.

An institution reads the papers of its own schools and no other, whatever became of the loan since. Papers issued before
this column belong to the school of their loan when it never moved; the others stay without one, and no institution
sees them. The previous release runs on this schema: the column may be null.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "document_school"

FROZEN_COLUMNS_OF_DOCUMENT = (
    "id, service, loan, kind, number, covers, issued_on, issued_at, wording, code, sha256, pages, content, replaces,"
    " school"
)
ADD = "ALTER TABLE document ADD COLUMN school UUID REFERENCES school (id) ON DELETE RESTRICT ON UPDATE CASCADE"
FILL = """UPDATE document SET school = (SELECT loan.school FROM loan WHERE loan.id = document.loan)
    WHERE (SELECT count(DISTINCT loan_school.school) FROM loan_school WHERE loan_school.loan = document.loan) = 1"""
INDEX = "CREATE INDEX ix_document_school ON document (school)"


def freeze(postgres: bool) -> str:
    """The trigger of the first release, which the new column joins."""
    body = "EXECUTE FUNCTION refuse_change()" if postgres else "BEGIN SELECT RAISE(ABORT, 'document_frozen'); END"
    return (
        f"CREATE TRIGGER document_frozen BEFORE UPDATE OF {FROZEN_COLUMNS_OF_DOCUMENT} ON document FOR EACH ROW {body}"
    )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        drop = f"DROP TRIGGER document_frozen{' ON document' if postgres else ''}"
        for statement in (ADD, FILL, drop, freeze(postgres), INDEX):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
