"""Bring the schema up to date, in one transaction and under a lock: several starters may call it at once."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from functools import cache

from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import run_forwards
from piccolo.apps.migrations.tables import Migration

from materiel import __version__
from materiel.errors import Unavailable
from materiel.settings import resource_dir
from materiel.store.engine.database import fetch, is_postgres, write_transaction
from materiel.store.engine.statement import Statement

APP = "materiel"
ROWS_WEIGHED = 1_000
"""Of each index: about a second for a base of a million items."""

ADVISORY_LOCK = 0x6D617465
"""Any fixed number; it spells « mate »."""

_VERSION = Statement("SELECT version FROM installation WHERE id = 1")
_SAY_VERSION = Statement("UPDATE installation SET version = {} WHERE id = 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Which migrations a base has, against those of this program; names are oldest first.

    `missing` were not run yet; `unknown` were run by a later version, `made_by` if the base says which.
    """

    is_empty: bool
    missing: list[str]
    unknown: list[str]
    made_by: str


async def upgrade() -> list[str]:
    """Run every missing migration and return their names, oldest first.

    All of them are committed, or none. A second process waits for the first and then finds nothing to do.

    Raises:
        Unavailable: `database.newer`.
        RuntimeError: Piccolo could not run them.
    """
    async with write_transaction():
        # BEGIN IMMEDIATE is already the lock on SQLite.
        if is_postgres():
            await fetch("SELECT pg_advisory_xact_lock($1)", [ADVISORY_LOCK])
        found = await schema()
        refuse_newer(found)
        if found.missing:
            # Piccolo prints its progress; the callers have their own words for it.
            with contextlib.redirect_stdout(io.StringIO()):
                result = await run_forwards(APP)
            if not result.success:
                raise RuntimeError(result.message)
            await _SAY_VERSION.fetch(__version__)
            if not is_postgres():
                await _weigh_again()
        return found.missing


async def _weigh_again() -> None:
    """Make SQLite's statistics again where somebody made some: of an index that they lack it thinks the best."""
    if await fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
        await fetch(f"PRAGMA analysis_limit = {ROWS_WEIGHED}")
        await fetch("ANALYZE")


async def check() -> list[str]:
    """The names of the migrations not run yet, oldest first; empty when the schema is up to date."""
    return (await schema()).missing


async def schema() -> Schema:
    """What the base says of its own schema; changes nothing."""
    done = set(await Migration.get_migrations_which_ran(APP)) if await _has_table("migration") else set()
    unknown = sorted(done - set(known()))
    made_by = ""
    if unknown and await _has_table("installation") and (row := await _VERSION.fetch_one()) is not None:
        made_by = row["version"]
    return Schema(is_empty=not done, missing=sorted(set(known()) - done), unknown=unknown, made_by=made_by)


@cache
def known() -> tuple[str, ...]:
    """The names of the migrations of this program, oldest first."""
    manager = BaseMigrationManager()
    return tuple(sorted(manager.get_migration_ids(manager.get_migration_modules(str(resource_dir("migrations"))))))


def refuse_newer(found: Schema) -> None:
    """Refuse a base that a later version has changed: this one would write what that one does not expect.

    Raises:
        Unavailable: `database.newer`.
    """
    if found.unknown:
        raise Unavailable("database.newer", said_newer("La base", found.unknown, found.made_by), unknown=found.unknown)


def said_newer(what: str, unknown: list[str], made_by: str) -> str:
    """What is told of a base or of a backup whose migrations this program does not know."""
    which = f"materiel {made_by}" if made_by not in ("", __version__) else "une version plus récente"
    return (
        f"{what} vient d’une version de materiel plus récente que celle-ci ({__version__}), qui n’en connaît pas "
        f"{len(unknown)} étape(s), dont {unknown[-1]}. Rien n’a été changé. Installez {which}, puis recommencez."
    )


async def _has_table(name: str) -> bool:
    if is_postgres():
        return (await fetch("SELECT to_regclass($1) IS NOT NULL AS found", [name]))[0]["found"] is True
    return bool(await fetch("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [name]))
