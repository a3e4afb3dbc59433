"""Which layout each document was drawn by. Those of before were drawn by the first one.

The previous release runs on this schema: it has the first layout, and the column has its number by default.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T03:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "document_layout"

FROZEN_COLUMNS_OF_DOCUMENT = (
    "id, service, loan, kind, number, covers, issued_on, issued_at, wording, code, sha256, pages, content, replaces,"
    " school, takes_effect_on, layout"
)
COLUMN = "ALTER TABLE document ADD COLUMN layout INTEGER NOT NULL DEFAULT 1"


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
        for statement in (COLUMN, drop, freeze(postgres)):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
