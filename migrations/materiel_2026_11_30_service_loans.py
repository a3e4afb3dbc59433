"""Loans between services: a transfer with a day of return, and what holds an item until that day.

The previous release runs on this schema: it lends nothing between services.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-30T12:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "service_loans"

STATEMENTS = (
    *(f"ALTER TABLE transfer ADD COLUMN {name} DATE" for name in ("until", "until_asked", "returned_on")),
    *(f"ALTER TABLE transfer ADD COLUMN {name} UUID" for name in ("until_asked_by", "returns")),
    "ALTER TABLE item ADD COLUMN lent_until DATE",
    # Few: what one service lends another now.
    "CREATE INDEX ix_transfer_until ON transfer (until)"
    " WHERE state = 'accepted' AND until IS NOT NULL AND returned_on IS NULL",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        engine = engine_finder()
        for statement in STATEMENTS:
            await engine.run_ddl(statement)

    manager.add_raw(change)
    return manager
