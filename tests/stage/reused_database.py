"""One PostgreSQL base for all the tests of a process, given back as it was between two of them.

A base made and dropped for each test costs three times the test: dropping one waits for a checkpoint of the whole
server. Commits, constraints, triggers and simultaneous writers are the real ones all the same: only what a test left is
deleted, with the triggers off. A test that changed the schema, or left much, costs a new base.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


class ReusedDatabase:
    """The base of one process, copied from a migrated template at its first use and whenever it cannot be cleaned."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._name = ""
        self._schema = ""
        self._rows: dict[str, bytes] = {}
        """What the migrations themselves wrote, by table."""
        self._sequences: dict[str, int | None] = {}

    @property
    def url(self) -> str:
        return urlsplit(self._server)._replace(path=f"/{self._name}").geturl()

    async def ready(self) -> str:
        """The URL of a base as the migrations leave it."""
        if self._name and not await self._cleaned():
            await self.drop()
        if not self._name:
            await self._make()
        return self.url

    async def drop(self) -> None:
        if self._name:
            async with connected(self._server) as connection:
                await connection.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
            self._name = ""

    async def _make(self) -> None:
        name = f"test_{uuid4().hex}"
        async with connected(self._server) as connection:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        self._name = name
        async with connected(self.url) as connection:
            self._schema = await connection.fetchval(SCHEMA)
            self._sequences = dict(await connection.fetch(SEQUENCES))
            for (table,) in await connection.fetch(TABLES):
                if await connection.fetchval(f'SELECT EXISTS (SELECT 1 FROM "{table}")'):
                    held = BytesIO()
                    await connection.copy_from_table(table, output=held)
                    self._rows[table] = held.getvalue()

    async def _cleaned(self) -> bool:
        try:
            async with connected(self.url) as connection:
                await connection.fetch(LEAVE, self._name)
                size = await connection.fetchval("SELECT pg_database_size($1)", self._name)
                if size > LARGEST_BYTES or await connection.fetchval(SCHEMA) != self._schema:
                    return False
                async with connection.transaction():
                    await connection.execute(CLEAN)
                    for table, rows in self._rows.items():
                        await connection.copy_to_table(table, source=BytesIO(rows))
                    for sequence, last in self._sequences.items():
                        await connection.execute(SET_SEQUENCE, sequence, last)
        except asyncpg.PostgresError:
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
