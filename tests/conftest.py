"""A fresh migrated database for each test that asks for one, as a template made once a session is.

`MATERIEL_TEST_DATABASE` names the server (`postgresql://…`); without it, SQLite files in the test's folder.
Nothing is rolled back at the end of a test: commits, constraints and simultaneous writers are the real ones.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from tests.browser.counter import print_interactions
from tests.stage.reused_database import ReusedDatabase

from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.use_cases.process import secrecy, turns

SERVER = os.environ.get("MATERIEL_TEST_DATABASE", "")

NewDatabase = Callable[[], Awaitable[str]]

# No test depends on the speed of its machine.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """What all the tests of the process have in common is not looked through again at each collection of garbage."""
    gc.collect()
    gc.freeze()


def url_of(database: str) -> str:
    return urlsplit(SERVER)._replace(path=f"/{database}").geturl()


async def run_on_server(sql: str) -> None:
    connection = await asyncpg.connect(SERVER)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def drop(database: str) -> None:
    await run_on_server(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


async def migrate_once(url: str) -> None:
    engine = engines.bind(engines.build_engine(url, synchronous="OFF"))
    await engines.start(engine)
    await migrate.upgrade()
    # Closing folds SQLite's write-ahead log back: what is left is one plain file to copy.
    await engines.stop(engine)


@pytest.fixture(scope="session")
async def template_database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A path on SQLite, a database's name on PostgreSQL."""
    if not SERVER:
        path = tmp_path_factory.mktemp("template") / "materiel.sqlite3"
        await migrate_once(f"sqlite:///{path}")
        yield str(path)
    else:
        name = f"template_{uuid4().hex}"
        await run_on_server(f"CREATE DATABASE {name}")
        await migrate_once(url_of(name))
        yield name
        await drop(name)


@pytest.fixture(scope="session")
async def reused_database(template_database: str) -> AsyncIterator[ReusedDatabase]:
    """On PostgreSQL, the base that the tests of this process give back as they found it."""
    reused = ReusedDatabase(SERVER, template_database)
    yield reused
    await reused.drop()


def copy_base(source: str, target: Path) -> None:
    """Copy a SQLite base that nobody has open: one file, or what its log keeps would be missing."""
    assert not Path(f"{source}-wal").exists(), f"{source} was left open"
    shutil.copyfile(source, target)


@pytest.fixture
async def migrated_url(template_database: str, reused_database: ReusedDatabase, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a fresh migrated database, for a test that starts the program itself."""
    if not SERVER:
        path = tmp_path / "materiel.sqlite3"
        copy_base(template_database, path)
        yield f"sqlite:///{path}"
    else:
        yield await reused_database.ready()


@pytest.fixture
async def db(migrated_url: str) -> AsyncIterator[engines.DatabaseEngine]:
    """A fresh migrated database, bound and started."""
    engine = engines.bind(engines.build_engine(migrated_url, synchronous="OFF"))
    await engines.start(engine)
    yield engine
    await engines.stop(engine)


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """The real hasher of passwords, of 64 MiB and four threads each time; the tests hash at the least cost."""
    real = secrecy._HASHER
    secrecy._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    secrecy._HASHER = real


@pytest.fixture(autouse=True)
def steady_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is as large as it may be, however slow the machine that tests it."""
    monkeypatch.setattr(turns, "LONGEST_HOLD", float("inf"))


@dataclass(slots=True)
class Weight:
    """What one transaction asked: statements, values sent, rows given back."""

    statements: int = 0
    values: int = 0
    rows: int = 0


@pytest.fixture
def transactions(db: engines.DatabaseEngine, monkeypatch: pytest.MonkeyPatch) -> list[Weight]:
    """The weight of each transaction of the test, in order: what other writers wait for, whatever the machine."""
    weights: dict[object, Weight] = {}
    told: list[Weight] = []
    fetch = db.fetch

    async def weighed(sql: str, args: Sequence[Any] = ()) -> Sequence[engines.Row]:
        rows = await fetch(sql, args)
        transaction = db.current_transaction.get()
        if transaction is not None:
            if transaction not in weights:
                weights[transaction] = Weight()
                told.append(weights[transaction])
            weight = weights[transaction]
            weight.statements, weight.values = weight.statements + 1, weight.values + len(args)
            weight.rows += len(rows)
        return rows

    monkeypatch.setattr(db, "fetch", weighed)
    return told


@pytest.fixture
def statements(db: engines.DatabaseEngine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of each statement asked of the database, in order; what begins and ends a transaction is left out."""
    told: list[str] = []
    fetch = db.fetch

    async def heard(sql: str, args: Sequence[Any] = ()) -> Sequence[engines.Row]:
        told.append(sql)
        return await fetch(sql, args)

    monkeypatch.setattr(db, "fetch", heard)
    return told


@pytest.fixture
async def new_database(tmp_path: Path) -> AsyncIterator[NewDatabase]:
    """A function that gives the URL of one more empty database."""
    numbers = itertools.count()
    made: list[str] = []

    async def make() -> str:
        if not SERVER:
            return f"sqlite:///{tmp_path}/empty_{next(numbers)}.sqlite3"
        name = f"empty_{uuid4().hex}"
        await run_on_server(f"CREATE DATABASE {name}")
        made.append(name)
        return url_of(name)

    yield make
    for name in made:
        await drop(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many clicks, scans and fields each journey of the pages took."""
    print_interactions(terminalreporter)
