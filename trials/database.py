"""The two kinds of databases of a trial, read from outside the product: a file, or a private PostgreSQL server."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg

SCRIPT = Path(__file__).parents[1] / "scripts" / "postgres"
RESTART_SECONDS = 240.0

OF_THE_PRODUCT = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
"""Connections of the database that are not the one that asks."""

Rows = list[dict[str, Any]]


class Database(Protocol):
    """What a trial asks of a database."""

    url: str

    async def start(self) -> None:
        """Make it answer."""

    async def stop(self) -> None:
        """End what it runs."""

    async def another(self, name: str) -> str:
        """The address of one more empty database of the same kind."""

    async def read(self, queries: Mapping[str, str], *, url: str = "") -> dict[str, Rows]:
        """The rows of several queries as of one instant; identifiers are texts."""

    async def write(self, statements: Sequence[str]) -> None:
        """Run statements as an administrator would, beside the product."""


class SQLiteDatabase:
    """A file in a folder."""

    def __init__(self, folder: Path) -> None:
        """Of a folder that is there."""
        self.folder = folder
        self.url = f"sqlite:///{folder / 'data' / 'materiel.sqlite3'}"

    async def start(self) -> None:
        """A file needs nobody."""

    async def stop(self) -> None:
        """A file needs nobody."""

    async def another(self, name: str) -> str:
        """A file that does not exist yet."""
        home = self.folder / name
        home.mkdir(mode=0o700)
        return f"sqlite:///{home / 'materiel.sqlite3'}"

    async def read(self, queries: Mapping[str, str], *, url: str = "") -> dict[str, Rows]:
        """In one transaction, that writers do not disturb."""
        return await asyncio.to_thread(self._read, queries, url or self.url)

    def _read(self, queries: Mapping[str, str], url: str) -> dict[str, Rows]:
        with closing(sqlite3.connect(f"file:{_path(url)}?mode=ro", uri=True, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            return {name: [dict(row) for row in connection.execute(sql)] for name, sql in queries.items()}

    async def write(self, statements: Sequence[str]) -> None:
        """In one transaction."""
        with closing(sqlite3.connect(_path(self.url), timeout=30)) as connection, connection:
            for statement in statements:
                connection.execute(statement)


class PostgresDatabase:
    """A server of our own, that `scripts/postgres` starts and stops."""

    def __init__(self, folder: Path) -> None:
        """Of a folder that is there."""
        self.home = folder / "postgres"
        self.url = ""

    async def start(self) -> None:
        """Start the server, also after it was killed: its last processes must have ended, which takes a moment."""
        # The server's own account must be able to reach its files.
        self.home.parent.chmod(0o755)
        until = monotonic() + RESTART_SECONDS
        while True:
            started = await asyncio.create_subprocess_exec(
                *(SCRIPT, "start", self.home), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            out, err = await started.communicate()
            if started.returncode == 0:
                self.url = out.decode().split()[-1]
                # A parent that was killed looks alive until somebody has buried it.
                with suppress(OSError, asyncpg.PostgresError):
                    await self.read({})
                    return
            if monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start: {err.decode()[-500:]}")
            await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Stop the server."""
        stopping = await asyncio.create_subprocess_exec(SCRIPT, "stop", self.home)
        await stopping.wait()

    async def another(self, name: str) -> str:
        """One more database of the server."""
        await self.write([f'CREATE DATABASE "{name}"'])
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    async def read(self, queries: Mapping[str, str], *, url: str = "") -> dict[str, Rows]:
        """In one transaction that sees one instant."""
        connection = await asyncpg.connect(url or self.url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return {name: [dict(row) for row in await connection.fetch(sql)] for name, sql in queries.items()}
        finally:
            await connection.close()

    async def write(self, statements: Sequence[str]) -> None:
        """One after another."""
        connection = await asyncpg.connect(self.url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def back_ends(self) -> list[int]:
        """The processes that serve the product's connections, those at work first."""
        found = await self.read(
            {
                "pids": f"SELECT pid FROM pg_stat_activity WHERE {OF_THE_PRODUCT}"
                " ORDER BY state = 'idle', xact_start NULLS LAST, pid"
            }
        )
        return [row["pid"] for row in found["pids"]]

    def kill(self, pid: int) -> None:
        """Kill one process of the server."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def kill_postmaster(self) -> None:
        """Kill the process that holds all the others: they end when they notice."""
        self.kill(int((self.home / "data" / "postmaster.pid").read_text().splitlines()[0]))


def _path(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
