"""What only a server does to its clients: connections that die, a pooler in between, a role that owns nothing.

Collected on PostgreSQL alone: a file has no connection to lose.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.conftest import SERVER, NewDatabase, run_on_server

from materiel.errors import Unavailable
from materiel.store.backup.backup import POSTGRES_MAGIC, back_up
from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import build_engine, fetch, write_transaction

HOST, PORT = urlsplit(SERVER).hostname or "", urlsplit(SERVER).port or 5432


class Line:
    """A line to the server that may be cut just before, or just after, a given message of the client gets through."""

    def __init__(self) -> None:
        self.port = 0
        self._left: int | None = None
        self._delivers = False
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._mute: set[asyncio.StreamWriter] = set()

    def cut(self, at: int, *, delivers: bool) -> None:
        """Cut every connection at the message `at` from now, counted from 0."""
        self._left, self._delivers = at, delivers

    async def open(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(HOST, PORT)
        self._writers += [writer, up_writer]
        for one in (self._from_client(reader, up_writer, writer), self._from_server(up_reader, writer)):
            task = asyncio.create_task(one)
            self._tasks.add(task)

    async def _from_client(
        self, reader: asyncio.StreamReader, up: asyncio.StreamWriter, down: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65536):
            if self._left == 0:
                self._left = None
                if self._delivers:
                    # The server acts, and its answer is lost.
                    self._mute.add(down)
                    up.write(data)
                    await up.drain()
                    await asyncio.sleep(0.05)
                down.transport.abort()
                up.transport.abort()
                return
            if self._left is not None:
                self._left -= 1
            up.write(data)
        up.transport.abort()

    async def _from_server(self, reader: asyncio.StreamReader, down: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if down not in self._mute:
                down.write(data)
        down.transport.abort()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    server = await line.open()
    yield line
    server.close()
    await line.close()
    await server.wait_closed()


async def move_a_coin() -> None:
    async with write_transaction():
        await fetch("UPDATE purse SET coins = coins - 1 WHERE name = 'left'")
        await fetch("UPDATE purse SET coins = coins + 1 WHERE name = 'right'")


async def coins() -> tuple[int, int]:
    rows = await fetch("SELECT coins FROM purse ORDER BY name")
    return rows[0]["coins"], rows[1]["coins"]


async def test_a_connection_may_die_at_any_point_of_a_transaction(new_database: NewDatabase, line: Line) -> None:
    through = urlsplit(await new_database())._replace(netloc=f"materiel@127.0.0.1:{line.port}").geturl()
    engine = engines.bind(build_engine(f"{through}?pool=1"))
    await engines.start(engine)
    told = set()
    try:
        await fetch("CREATE TABLE purse (name TEXT PRIMARY KEY, coins INTEGER NOT NULL)")
        await fetch("INSERT INTO purse VALUES ('left', 50), ('right', 50)")
        for at, delivers in product(range(7), (False, True)):
            before = await coins()
            line.cut(at, delivers=delivers)
            told.add((code := await code_of_moving(), moved := before[0] - (await coins_again())[0]))
            # A lost answer may have been a yes; any other refusal has written nothing.
            may = {"database.unreachable": (0,), "database.unsure": (0, 1), "": (1,)}[code]
            assert moved in may, f"cut at message {at}, {delivers=}: {code}, {moved} moved"
            line.cut(-1, delivers=False)
            await move_a_coin()
        assert sum(await coins()) == 100
    finally:
        await engines.stop(engine)
    assert {code for code, _ in told} == {"", "database.unreachable", "database.unsure"}


async def code_of_moving() -> str:
    """What one transaction says; empty when it went through."""
    try:
        await move_a_coin()
    except Unavailable as error:
        return error.code
    return ""


async def coins_again() -> tuple[int, int]:
    """The same, asked until the pool has found that its connection is dead and opened another."""
    for _ in range(3):
        with suppress(Unavailable):
            return await coins()
    return await coins()


async def test_a_back_end_killed_inside_a_transaction_is_told_as_unavailable(db: engines.DatabaseEngine) -> None:
    async def killed() -> None:
        async with write_transaction():
            ours = (await fetch("SELECT pg_backend_pid() AS pid"))[0]["pid"]
            await run_on_server(f"SELECT pg_terminate_backend({ours})")
            await fetch("SELECT 1")

    with pytest.raises(Unavailable) as refusal:
        await killed()
    assert refusal.value.code == "database.unreachable"
    async with write_transaction():
        assert (await fetch("SELECT 1 AS one"))[0]["one"] == 1


async def test_writers_that_queue_leave_connections_to_whoever_reads(new_database: NewDatabase) -> None:
    engine = engines.bind(build_engine(f"{await new_database()}?pool=4&writers=2"))
    await engines.start(engine)
    may_end = asyncio.Event()

    async def hold() -> None:
        async with write_transaction():
            await may_end.wait()

    writers = [asyncio.create_task(hold()) for _ in range(10)]
    try:
        while not engine.turn_to_write.locked():
            await asyncio.sleep(0.01)
        async with asyncio.timeout(10):
            assert [(await fetch("SELECT 1 AS one"))[0]["one"] for _ in range(20)] == [1] * 20
    finally:
        may_end.set()
        await asyncio.gather(*writers)
        await engines.stop(engine)


@pytest.mark.parametrize("option", ["pool=0", "pool=beaucoup", "writers=11", "prepared_statements=peut-être"])
def test_an_option_of_the_address_that_is_none_is_refused(option: str) -> None:
    with pytest.raises(Exception, match=r"Dans l’adresse de la base") as refusal:
        build_engine(f"{SERVER}?{option}")
    assert getattr(refusal.value, "code", "") == "database.url"


async def test_the_tools_of_the_server_do_not_read_our_options(migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "base.dump"
    await asyncio.to_thread(back_up, f"{migrated_url}?pool=4&writers=2", file, lambda done, total: None)
    assert file.read_bytes().startswith(POSTGRES_MAGIC)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@asynccontextmanager
async def pooler(folder: Path) -> AsyncIterator[int]:
    """pgbouncer in transaction mode, two connections to the server for everybody; its port."""
    port = free_port()
    (folder / "users.txt").write_text('"materiel" ""\n')
    (folder / "pooler.ini").write_text(
        f"[databases]\n* = host={HOST} port={PORT} user=materiel\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {folder}/users.txt\npool_mode = transaction\ndefault_pool_size = 2\n"
        # What a client of a shared pooler cannot set for itself.
        "ignore_startup_parameters = extra_float_digits\n"
    )
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    for each in (folder, *folder.iterdir()):
        os.chmod(each, 0o755)
    identity = ["-u", "postgres"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(
        program, "-q", *identity, str(folder / "pooler.ini"), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        while True:
            try:
                (await asyncpg.connect(f"postgresql://materiel@127.0.0.1:{port}/postgres")).terminate()
                break
            except OSError:
                assert process.returncode is None, "the pooler ended at once"
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def test_a_pooler_in_transaction_mode_serves_every_request(
    new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = await new_database()
    # Outside the folders of pytest, which another account may not enter.
    folder = Path("/tmp") / f"pooler-{os.getpid()}-{free_port()}"
    folder.mkdir()
    try:
        async with pooler(folder) as port:
            through = urlsplit(url)._replace(netloc=f"materiel@127.0.0.1:{port}").geturl()
            engine = engines.bind(build_engine(f"{through}?prepared_statements=non"))
            await engines.start(engine)
            try:
                await migrate.upgrade()
                assert await migrate.check() == []
                await fetch("CREATE TABLE purse (name TEXT PRIMARY KEY, coins INTEGER NOT NULL)")
                await fetch("INSERT INTO purse VALUES ('left', 50), ('right', 50)")
                await asyncio.gather(*(move_a_coin() for _ in range(30)), *(coins() for _ in range(60)))
                assert await coins() == (20, 80)
            finally:
                await engines.stop(engine)
    finally:
        shutil.rmtree(folder)


async def test_a_plain_role_that_owns_its_base_alone_installs_everything() -> None:
    """A managed server: no superuser, and no right on anything but the base it was given."""
    role = f"plain_{os.getpid()}_{free_port()}"
    await run_on_server(f"CREATE ROLE {role} LOGIN")
    await run_on_server(f"CREATE DATABASE {role} OWNER {role}")
    engine = engines.bind(build_engine(f"postgresql://{role}@{HOST}:{PORT}/{role}"))
    try:
        await engines.start(engine)
        assert await migrate.upgrade()
        assert await migrate.check() == []
    finally:
        await engines.stop(engine)
        await run_on_server(f"DROP DATABASE {role} WITH (FORCE)")
        await run_on_server(f"DROP ROLE {role}")
