"""Indexes for the journal read by kind of thing and by date.

The previous release runs on this schema: it adds indexes only.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-25T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "journal_list"

INDEXES = [
    "CREATE INDEX ix_journal_chain_kind_sequence ON journal (chain, subject_kind, sequence)",
    "CREATE INDEX ix_journal_chain_at ON journal (chain, at)",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def create() -> None:
        engine = engine_finder()
        for statement in INDEXES:
            await engine.run_ddl(statement)

    manager.add_raw(create)
    return manager
