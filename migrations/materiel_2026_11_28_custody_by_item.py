"""Custody of each item: which loan a loan was split from, which signed agreement covers it until its own is signed.

« Passé à une autre garde » joins the reasons why a line ends. Neither column refers to a row, since the first loan may
be eliminated before the second. The previous release runs on this schema: the columns may be null.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:02:20:000000"
VERSION = "1.38.0"
DESCRIPTION = "custody_by_item"

KNOWN = "IN ('returned', 'broken', 'lost', 'stolen', 'moved')"
COLUMNS = (
    "ALTER TABLE loan ADD COLUMN split_from UUID",
    "ALTER TABLE loan ADD COLUMN covered_by UUID",
    "CREATE INDEX ix_loan_split_from ON loan (split_from) WHERE split_from IS NOT NULL",
)
ON_POSTGRES = (
    "ALTER TABLE loan_item DROP CONSTRAINT loan_item_removal_check",
    f"ALTER TABLE loan_item ADD CONSTRAINT loan_item_removal_check CHECK (removal {KNOWN})",
)
# SQLite alters no check: the column is made again.
ON_SQLITE = (
    f"ALTER TABLE loan_item ADD COLUMN new_removal VARCHAR(10) CHECK (new_removal {KNOWN})"
    " CHECK (length(new_removal) <= 10)",
    "UPDATE loan_item SET new_removal = removal WHERE removal IS NOT NULL",
    "ALTER TABLE loan_item DROP COLUMN removal",
    "ALTER TABLE loan_item RENAME COLUMN new_removal TO removal",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        for statement in (*COLUMNS, *(ON_POSTGRES if engine.engine_type == "postgres" else ON_SQLITE)):
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
