"""One PostgreSQL base for all the tests of a process, given back as it was between two of them.

A base made and dropped for each test costs three times the test: dropping one waits for a checkpoint of the whole
server. Commits, constraints, triggers and simultaneous writers are the real ones all the same: only what a test left is
deleted, with the triggers off. A test that changed the schema, or left much, costs a new base.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

LARGEST_BYTES = 200 * 1024 * 1024

SCHEMA = """
SELECT md5(string_agg(told, '|' ORDER BY told)) FROM (
 SELECT concat_ws(' ', relname, relkind, relhastriggers) AS told FROM pg_class
  WHERE relnamespace = 'public'::regnamespace
 UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, atttypmod, attnotnull, atthasdef)
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
 UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
 UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
 UNION ALL SELECT concat_ws(' ', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
 UNION ALL SELECT concat_ws(' ', nspname, nspowner) FROM pg_namespace WHERE nspname !~ '^pg_'
 UNION ALL SELECT extname::text FROM pg_extension
 UNION ALL SELECT concat_ws(' ', setdatabase, setrole, array_to_string(setconfig, ',')) FROM pg_db_role_setting
) AS all_of_it
"""

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
SET_SEQUENCE = "SELECT setval(format('public.%I', $1::text)::regclass, coalesce($2, 1), $2 IS NOT NULL)"

CLEAN = """
DO $$ DECLARE name text; found boolean;
BEGIN
 SET LOCAL session_replication_role = replica;
 FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO found;
  IF found THEN EXECUTE format('DELETE FROM public.%I', name); END IF;
 END LOOP;
END $$
"""

LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"


@dataclass(frozen=True)
class Rows:
    """What the tables of a base hold, in the server's own form, and where its sequences stand."""

    tables: dict[str, bytes]
    sequences: dict[str, int | None]


async def read_rows(connection: asyncpg.Connection) -> Rows:
    """The rows of every table that has some."""
    tables = {}
    for (table,) in await connection.fetch(TABLES):
        if await connection.fetchval(f'SELECT EXISTS (SELECT 1 FROM "{table}")'):
            copied = BytesIO()
            await connection.copy_from_table(table, output=copied)
            tables[table] = copied.getvalue()
    return Rows(tables, dict(await connection.fetch(SEQUENCES)))


async def write_rows(connection: asyncpg.Connection, rows: Rows) -> None:
    """Put these rows in the place of those of the same tables. Call it inside a transaction."""
    await connection.execute(
        "SET LOCAL session_replication_role = replica; " + "; ".join(f'DELETE FROM "{table}"' for table in rows.tables)
    )
    for table, copied in rows.tables.items():
        await connection.copy_to_table(table, source=BytesIO(copied))
    for sequence, last in rows.sequences.items():
        await connection.execute(SET_SEQUENCE, sequence, last)
    await connection.execute("SET LOCAL session_replication_role = DEFAULT")


OPEN: dict[tuple[str, asyncio.AbstractEventLoop], asyncpg.Connection] = {}
"""By the name of a base and a loop, the connection that is kept to it: one that has read the catalogue is quick."""


class ReusedDatabase:
    """The base of one process, copied from a migrated template at its first use and whenever it cannot be cleaned."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._name = ""
        self._schema = ""
        self._rows = Rows({}, {})
        """What the migrations themselves wrote."""

    @property
    def url(self) -> str:
        return urlsplit(self._server)._replace(path=f"/{self._name}").geturl()

    @property
    def _key(self) -> tuple[str, asyncio.AbstractEventLoop]:
        return self._name, asyncio.get_running_loop()

    async def ready(self) -> str:
        """The URL of a base as the migrations leave it."""
        if self._name and not await self._cleaned():
            await self.drop()
        if not self._name:
            await self._make()
        return self.url

    async def drop(self) -> None:
        if self._name:
            OPEN.pop(self._key).terminate()
            async with connected(self._server) as connection:
                await connection.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
            self._name = ""

    async def _make(self) -> None:
        name = f"test_{uuid4().hex}"
        async with connected(self._server) as connection:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        self._name = name
        connection = OPEN[self._key] = await asyncpg.connect(self.url)
        self._schema = await connection.fetchval(SCHEMA)
        self._rows = await read_rows(connection)

    async def _cleaned(self) -> bool:
        connection = OPEN[self._key]
        try:
            await connection.fetch(LEAVE, self._name)
            size = await connection.fetchval("SELECT pg_database_size($1)", self._name)
            if size > LARGEST_BYTES or await connection.fetchval(SCHEMA) != self._schema:
                return False
            async with connection.transaction():
                await connection.execute(CLEAN)
                await write_rows(connection, self._rows)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            # A test dropped it, or shut its door.
            return False
        return True


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
