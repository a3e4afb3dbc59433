"""What was agreed, apart from what was issued: a renewal still to be signed, the amendment that brings an item in, the
day from which a paper has effect.

A renewal moves the end of a loan once it is signed by all: until then the loan keeps the end that was agreed, and the
end asked for waits beside it. Loans renewed before this column keep the end that their amendment gave them. The
previous release runs on this schema: every column may be null.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:40:000000"
VERSION = "1.38.0"
DESCRIPTION = "agreed"

FROZEN_COLUMNS_OF_DOCUMENT = (
    "id, service, loan, kind, number, covers, issued_on, issued_at, wording, code, sha256, pages, content, replaces,"
    " school, takes_effect_on"
)
COLUMNS = (
    "ALTER TABLE loan ADD COLUMN renewal UUID",
    "ALTER TABLE loan ADD COLUMN renewal_ends_on DATE",
    "ALTER TABLE loan_item ADD COLUMN agreed_by UUID",
    "ALTER TABLE document ADD COLUMN takes_effect_on DATE",
)


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
        for statement in (*COLUMNS, drop, freeze(postgres)):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
