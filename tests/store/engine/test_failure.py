"""A database that must be repaired: each way, provoked for real on the engine of the tests, has its code."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.conftest import SERVER, run_on_server, url_of

from materiel.errors import NeedsRepair
from materiel.store.engine import database as engines
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.failure import SENTENCES, SYSTEM, file_refused, repair_needed
from materiel.use_cases.process.running import missing_migrations, running

NOBODY = 65534


async def code_of(url: str, *statements: str) -> str:
    """How the first statement that fails is told, or the opening; the empty text when all went well."""
    engine = engines.bind(engines.build_engine(url))
    try:
        await engines.start(engine)
        for statement in statements:
            await fetch(statement)
    except NeedsRepair as told:
        return told.code
    finally:
        await engines.stop(engine)
    return ""


def test_each_failure_says_what_to_do() -> None:
    assert all(sentence.count(".") >= 1 for sentence in SENTENCES.values())
    assert repair_needed(ValueError()) is None
    assert repair_needed(sqlite3.ProgrammingError()) is None


@pytest.mark.parametrize(("number", "code"), [*SYSTEM.items(), (errno.EACCES, "database.denied")])
def test_a_file_that_the_system_refuses(number: int, code: str) -> None:
    told = file_refused(OSError(number, "English"))
    assert told.code == code
    assert "English" not in told.message


@contextmanager
def without_rights(file: Path) -> Iterator[None]:
    """As an account that may not read the file; root becomes nobody, for the length of the block."""
    file.chmod(0o000)
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


if not SERVER:

    def path_of(url: str) -> Path:
        return Path(urlsplit(url).path.removeprefix("/"))

    async def test_a_full_disk_is_named_and_nothing_is_half_written(db: engines.DatabaseEngine) -> None:
        await fetch("CREATE TABLE heap (content)")
        pages = (await fetch("PRAGMA page_count"))[0]["page_count"]

        async def fill() -> None:
            async with write_transaction():
                for _ in range(100):
                    await fetch("INSERT INTO heap VALUES (randomblob(50000))")

        await fetch(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(NeedsRepair) as told:
            await fill()
        assert told.value.code == "database.full"
        await fetch("PRAGMA max_page_count = 1000000")
        assert (await fetch("SELECT count(*) AS n FROM heap"))[0]["n"] == 0
        # There is room again: the same engine goes on by itself.
        await fill()
        assert (await fetch("SELECT count(*) AS n FROM heap"))[0]["n"] == 100

    async def test_a_base_that_takes_no_write_is_named(db: engines.DatabaseEngine) -> None:
        await fetch("CREATE TABLE heap (content)")
        await fetch("PRAGMA query_only = ON")
        with pytest.raises(NeedsRepair) as told:
            await fetch("INSERT INTO heap VALUES (1)")
        assert told.value.code == "database.read_only"

    @pytest.mark.parametrize("damage", ["text", "pages"])
    async def test_a_damaged_file_is_named(migrated_url: str, damage: str) -> None:
        file = path_of(migrated_url)
        if damage == "text":
            file.write_bytes(b"bonjour " * 1000)
        else:
            size = file.stat().st_size
            with file.open("r+b") as stream:
                stream.seek(4096)
                stream.write(b"\xa5" * (size - 4096))
        assert await code_of(migrated_url, "SELECT count(*) FROM item") == "database.damaged"

    async def test_a_file_cut_short_is_named(migrated_url: str) -> None:
        file = path_of(migrated_url)
        os.truncate(file, file.stat().st_size // 2)
        assert await code_of(migrated_url, "PRAGMA integrity_check", "SELECT * FROM journal") == "database.damaged"

    async def test_a_file_that_may_not_be_opened_is_named() -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            file = Path(folder) / "materiel.sqlite3"
            file.touch()
            with without_rights(file), pytest.raises(NeedsRepair, match="n'en a pas le droit") as told:
                await missing_migrations(f"sqlite:///{file}")
        assert told.value.code == "database.denied"

    async def test_a_folder_in_the_place_of_the_base_is_named(tmp_path: Path) -> None:
        with pytest.raises(NeedsRepair, match="c'est un dossier") as told:
            async with running(f"sqlite:///{tmp_path}", migrate=True):
                pass
        assert told.value.code == "database.denied"

    def test_what_the_disk_refuses_is_named() -> None:
        with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.Error) as raised:
            connection.execute("ATTACH '/dev/null/x' AS other")
        told = repair_needed(raised.value)
        assert told is not None
        assert told.code == "database.denied"

else:

    @pytest.mark.parametrize(
        ("state", "code"),
        [
            ("53100", "database.full"),
            ("25006", "database.read_only"),
            ("XX001", "database.damaged"),
            ("XX002", "database.damaged"),
            ("58P01", "database.damaged"),
            ("58030", "database.disk"),
            ("28P01", "database.denied"),
        ],
    )
    async def test_what_the_server_answers_is_named(db: engines.DatabaseEngine, state: str, code: str) -> None:
        with pytest.raises(NeedsRepair) as told:
            await fetch(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")
        assert told.value.code == code
        assert (await fetch("SELECT 1 AS one"))[0]["one"] == 1

    async def test_a_server_that_takes_no_write_is_named(migrated_url: str) -> None:
        name = urlsplit(migrated_url).path.removeprefix("/")
        await run_on_server(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        assert await code_of(migrated_url, "DELETE FROM job") == "database.read_only"

    async def test_a_base_that_is_not_on_the_server_is_named() -> None:
        assert await code_of(url_of("absent_for_ever")) == "database.absent"

    @pytest.mark.parametrize(("option", "statement"), [("NOLOGIN", ""), ("LOGIN", "SELECT count(*) FROM item")])
    async def test_a_role_without_rights_is_named(migrated_url: str, option: str, statement: str) -> None:
        role = f"guest_{option.lower()}_{os.getpid()}"
        await run_on_server(f"CREATE ROLE {role} {option}")
        try:
            parts = urlsplit(migrated_url)
            url = parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}").geturl()
            assert await code_of(url, *filter(None, [statement])) == "database.denied"
        finally:
            await run_on_server(f"DROP ROLE {role}")

    def test_an_error_of_the_program_is_no_failure() -> None:
        assert repair_needed(asyncpg.PostgresSyntaxError()) is None
