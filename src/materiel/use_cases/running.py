"""The database around whatever runs: a web server, a worker, one command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from materiel.errors import Unavailable
from materiel.store import engine as engines
from materiel.store import migrate as migrations


@asynccontextmanager
async def running(database_url: str, *, migrate: bool) -> AsyncIterator[None]:
    """Bind and start the database for the block, and stop it at its end.

    Args:
        migrate: bring the schema up to date first; otherwise a schema that is behind is refused.

    Raises:
        BadInput: `database.url`.
        Unavailable: `database.unreachable`; `database.not_migrated`, run « materiel db upgrade ».
    """
    engine = engines.bind(engines.build_engine(database_url))
    try:
        await engines.start(engine)
        if migrate:
            await migrations.upgrade()
        elif missing := await migrations.check():
            raise Unavailable(
                "database.not_migrated",
                "La base de données n’est pas à jour. Lancez « materiel db upgrade », puis recommencez.",
                missing=missing,
            )
        yield
    finally:
        await engines.stop(engine)


async def ping() -> None:
    """Ask the database for a sign of life.

    Raises:
        Unavailable: `database.busy` or `database.unreachable`.
    """
    await engines.fetch("SELECT 1")


async def upgrade_database(database_url: str) -> list[str]:
    """Bring the schema up to date and return the names of the migrations that were run, oldest first."""
    engine = engines.bind(engines.build_engine(database_url))
    try:
        await engines.start(engine)
        return await migrations.upgrade()
    finally:
        await engines.stop(engine)


async def missing_migrations(database_url: str) -> list[str]:
    """The names of the migrations that were not run yet, oldest first; changes nothing."""
    engine = engines.bind(engines.build_engine(database_url))
    try:
        await engines.start(engine)
        return await migrations.check()
    finally:
        await engines.stop(engine)
