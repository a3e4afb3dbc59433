"""Bring the schema up to date, in one transaction and under a lock: several starters may call it at once."""

from __future__ import annotations

import contextlib
import io

from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import run_forwards
from piccolo.apps.migrations.tables import Migration

from materiel.settings import resource_dir
from materiel.store.engine import current_engine, fetch, is_postgres, write_transaction

APP = "materiel"
ADVISORY_LOCK = 0x6D617465
"""Any fixed number; it spells « mate »."""


async def upgrade() -> list[str]:
    """Run every missing migration and return their names, oldest first.

    All of them are committed, or none. A second process waits for the first and then finds nothing to do.

    Raises:
        RuntimeError: Piccolo could not run them.
    """
    async with write_transaction():
        # BEGIN IMMEDIATE is already the lock on SQLite.
        if is_postgres():
            await fetch("SELECT pg_advisory_xact_lock($1)", [ADVISORY_LOCK])
        missing = await check()
        if missing:
            # Piccolo prints its progress; the callers have their own words for it.
            with contextlib.redirect_stdout(io.StringIO()):
                result = await run_forwards(APP)
            if not result.success:
                raise RuntimeError(result.message)
        return missing


async def check() -> list[str]:
    """The names of the migrations not run yet, oldest first; empty when the schema is up to date."""
    manager = BaseMigrationManager()
    names = manager.get_migration_ids(manager.get_migration_modules(str(resource_dir("migrations"))))
    done = set(await Migration.get_migrations_which_ran(APP)) if await _records_exist() else set()
    return sorted(set(names) - done)


async def _records_exist() -> bool:
    if current_engine().engine_type == "postgres":
        return (await fetch("SELECT to_regclass('migration') IS NOT NULL AS found"))[0]["found"] is True
    return bool(await fetch("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'"))
