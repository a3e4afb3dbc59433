"""Two more changes to settle: a contract that covers other classes, and a kind that the service decides by hand.

The previous release runs on this schema: it reads no row of these kinds wrongly, it refuses to list them.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:02:41:000000"
VERSION = "1.38.0"
DESCRIPTION = "contract_changes"

KINDS = "('closed', 'absent', 'kind', 'municipality', 'contract', 'decided')"
ON_POSTGRES = [
    "ALTER TABLE reference_change DROP CONSTRAINT reference_change_kind_check",
    f"ALTER TABLE reference_change ADD CONSTRAINT reference_change_kind_check CHECK (kind IN {KINDS})",
]
# The check goes with its column; the default only serves the rows that are there, each of which is then written.
ON_SQLITE = [
    "ALTER TABLE reference_change ADD COLUMN new_kind VARCHAR(20) NOT NULL DEFAULT 'kind'"
    f" CHECK (length(new_kind) <= 20) CHECK (new_kind IN {KINDS})",
    "UPDATE reference_change SET new_kind = kind",
    "ALTER TABLE reference_change DROP COLUMN kind",
    "ALTER TABLE reference_change RENAME COLUMN new_kind TO kind",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        for statement in ON_POSTGRES if engine.engine_type == "postgres" else ON_SQLITE:
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
