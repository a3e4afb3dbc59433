"""Files of a whole park and of running loans may be imported, and a loan that an import made may go when it is undone.

The base kept every loan but those of an elimination: it still does, but for one that an import not yet undone says that
it has made. The previous release runs on this schema: it reads no file of the new kinds, and deletes no such loan.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-29T00:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "import_loans"

KINDS = "('schools', 'items', 'pupils', 'municipalities', 'inventory', 'loans')"
KEPT = (
    "NOT EXISTS (SELECT 1 FROM eliminated_loan AS gone WHERE gone.id = OLD.id)"
    " AND NOT EXISTS (SELECT 1 FROM import_change WHERE import_change.subject = OLD.id AND import_change.kind = 'loan'"
    " AND import_change.before IS NULL AND import_change.state = 'written')"
)
ON_POSTGRES = (
    "ALTER TABLE import_file DROP CONSTRAINT import_file_kind_check",
    f"ALTER TABLE import_file ADD CONSTRAINT import_file_kind_check CHECK (kind IN {KINDS})",
    f"""CREATE OR REPLACE FUNCTION refuse_loan_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {KEPT} THEN
        RAISE EXCEPTION '%', TG_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$""",
)
# The check goes with its column; the default only serves the rows that are there, each of which is then written.
ON_SQLITE = (
    "ALTER TABLE import_file ADD COLUMN new_kind VARCHAR(20) NOT NULL DEFAULT 'items'"
    f" CHECK (length(new_kind) <= 20) CHECK (new_kind IN {KINDS})",
    "UPDATE import_file SET new_kind = kind",
    "ALTER TABLE import_file DROP COLUMN kind",
    "ALTER TABLE import_file RENAME COLUMN new_kind TO kind",
    "DROP TRIGGER loan_kept",
    f"CREATE TRIGGER loan_kept BEFORE DELETE ON loan FOR EACH ROW WHEN {KEPT}"
    " BEGIN SELECT RAISE(ABORT, 'loan_kept'); END",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        for statement in ON_POSTGRES if engine.engine_type == "postgres" else ON_SQLITE:
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
