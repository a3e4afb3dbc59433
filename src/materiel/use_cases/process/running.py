"""The database around whatever runs: a web server, a worker, one command."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from materiel.beginning import KEY, end_beginning, is_beginning
from materiel.errors import Unavailable
from materiel.settings import sqlite_file
from materiel.store.backup import installation
from materiel.store.engine import database as engines
from materiel.store.engine import migrate as migrations
from materiel.store.engine.migrate import Schema

_log = logging.getLogger("materiel.database")


@asynccontextmanager
async def running(
    database_url: str, *, migrate: bool, data_dir: Path | None = None, new: bool = False
) -> AsyncIterator[None]:
    """Bind and start the database for the block, and stop it at its end.

    Args:
        migrate: bring the schema up to date first; otherwise a schema that is behind is refused.
        data_dir: the folder whose secret key tells that a base was here before; without it, nobody knows.
        new: make a base even so.

    Raises:
        BadInput: `database.url`.
        Unavailable: `database.unreachable`; `database.absent`, there was one; `database.newer`;
            `database.not_migrated`, run « materiel db upgrade ».
    """
    async with _found(database_url, data_dir, new=new) as found:
        if migrate:
            await migrations.upgrade()
        else:
            refuse_unfit(found)
        _end_beginning(data_dir)
        yield


def refuse_unfit(found: Schema) -> None:
    """Refuse a schema that is not the one of this program.

    Raises:
        Unavailable: `database.newer`, `database.not_migrated`.
    """
    migrations.refuse_newer(found)
    if found.missing:
        raise Unavailable(
            "database.not_migrated",
            "La base de données n’est pas à jour. Lancez « materiel db upgrade », puis recommencez.",
            missing=found.missing,
        )


async def check_schema() -> None:
    """Whether the open database is still there, with the schema of this version; a restoration is told.

    Raises:
        Unavailable: `database.busy`, `database.unreachable`, `database.replaced`, `database.absent`, `database.newer`,
            `database.not_migrated`.
    """
    engines.check_file()
    found = await migrations.schema()
    if found.is_empty:
        raise Unavailable(
            "database.absent",
            "La base de données a été vidée pendant que materiel tournait. Restaurez une sauvegarde par « materiel "
            "restore FICHIER ».",
        )
    refuse_unfit(found)
    await tell_restoration()


async def tell_restoration() -> None:
    """Say once in the log that the base was restored under this process, which believes nothing of it for long."""
    if (found := await installation.restored_meanwhile()) is not None:
        at = f"{found.restored_at:%Y-%m-%d %H:%M} UTC" if found.restored_at else "date inconnue"
        _log.warning("La base a été restaurée pendant que materiel tournait (%s) : il continue avec elle.", at)


async def prepare_database(database_url: str, *, migrate: bool, data_dir: Path, new: bool) -> None:
    """What `running` does before its block: a refusal is told before anything is served. Raises what it raises."""
    async with running(database_url, migrate=migrate, data_dir=data_dir, new=new):
        pass


async def upgrade_database(database_url: str, *, data_dir: Path | None = None, new: bool = False) -> list[str]:
    """Bring the schema up to date and return the names of the migrations that were run, oldest first.

    Raises:
        Unavailable: `database.absent`, `database.newer`.
    """
    async with _found(database_url, data_dir, new=new):
        done = await migrations.upgrade()
        _end_beginning(data_dir)
        return done


async def missing_migrations(database_url: str, *, data_dir: Path | None = None) -> list[str]:
    """The names of the migrations that were not run yet, oldest first; changes nothing, and makes no file.

    Raises:
        Unavailable: `database.absent`, `database.newer`.
    """
    file = sqlite_file(database_url)
    if file is not None and not file.exists() and _may_begin(data_dir):
        return list(migrations.known())
    async with _found(database_url, data_dir) as found:
        migrations.refuse_newer(found)
        return found.missing


@asynccontextmanager
async def _found(database_url: str, data_dir: Path | None, *, new: bool = False) -> AsyncIterator[Schema]:
    """The database, bound and started, with what its schema is; an empty one only when there was none before."""
    may_begin = new or _may_begin(data_dir)
    file = sqlite_file(database_url)
    if file is not None and not file.exists() and not may_begin:
        # Before anything opens it, which would make the file.
        raise _absent(f"La base {file} n’existe pas", data_dir)
    engine = engines.bind(engines.build_engine(database_url))
    try:
        await engines.start(engine)
        found = await migrations.schema()
        if found.is_empty and not may_begin:
            raise _absent(f"La base {file} est vide" if file else "La base PostgreSQL est vide", data_dir)
        yield found
    finally:
        await engines.stop(engine)


def _may_begin(data_dir: Path | None) -> bool:
    return data_dir is None or is_beginning(data_dir)


def _absent(what: str, data_dir: Path | None) -> Unavailable:
    key = data_dir / KEY if data_dir else KEY
    return Unavailable(
        "database.absent",
        f"{what}, alors que la clé {key} montre qu’une installation était là. Vérifiez MATERIEL_DATA_DIR et "
        "MATERIEL_DATABASE_URL, ou restaurez une sauvegarde par « materiel restore FICHIER ». Pour commencer avec une "
        "base neuve : « materiel db upgrade --new » (ou « materiel serve --new » sur SQLite).",
    )


def _end_beginning(data_dir: Path | None) -> None:
    if data_dir is not None:
        # A mark that cannot be taken away does no harm: the next start takes it.
        with suppress(OSError):
            end_beginning(data_dir)
