"""Put the content of an archive in the place of a PostgreSQL base's own, inside the transaction of the caller."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import asyncpg

from materiel.errors import Conflict, Unavailable
from materiel.store.backup.postgres_tool import COPY, END_OF_COPY, list_of_ours, script
from materiel.store.engine.database import current_engine, fetch

EXTENSION = "pg_trgm"
LOCK_SECONDS = 30
BLOCK_BYTES = 1 << 22
LEFT_OUT = re.compile(rb"\\|SET (transaction_timeout|default_table_access_method) ")
"""What only psql, or another version of the server, understands."""

_OURS = "NOT EXISTS (SELECT 1 FROM pg_depend WHERE pg_depend.objid = {}.oid AND deptype = 'e')"
_TABLES = (
    "SELECT c.oid::regclass::text AS name, pg_has_role(c.relowner, 'USAGE') AS owned FROM pg_class AS c"
    f" WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND {_OURS.format('c')} ORDER BY 1"
)
_FUNCTIONS = (
    "SELECT p.oid::regprocedure::text AS name FROM pg_proc AS p"
    f" WHERE p.pronamespace = 'public'::regnamespace AND {_OURS.format('p')} AND pg_has_role(p.proowner, 'USAGE')"
)


async def replace_content(file: Path) -> None:
    """Remove every table and function of the base, then load those of the archive; an extension is left as it is.

    Raises:
        BadInput: `backup.damaged`.
        Conflict: `backup.foreign_base`, `backup.not_owner`, `backup.extension_missing`.
        Unavailable: `backup.failed`, `database.busy`, somebody works in the base for too long.
    """
    # Whoever works in the base ends before it is removed.
    await fetch(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
    await _remove_content()
    await _check_extension()
    connection = _connection()
    try:
        with list_of_ours(file) as ours:
            for section in ("pre-data", "data", "post-data"):
                with script(file, f"--section={section}", f"--use-list={ours}") as lines:
                    await _run(connection, lines)
        # The script empties the search path, among others.
        await connection.execute("RESET ALL")
    except asyncpg.PostgresError as error:
        raise Unavailable(
            "backup.failed", f"PostgreSQL a refusé la sauvegarde : {error.args[0]}. Rien n'a été changé."
        ) from error


def _connection() -> asyncpg.Connection:
    """The one of the transaction under way: its errors are told here, and the copy protocol is its own."""
    transaction = current_engine().current_transaction.get()
    assert transaction is not None
    return transaction.connection


async def _remove_content() -> None:
    tables = await fetch(_TABLES)
    if tables and "migration" not in {row["name"] for row in tables}:
        raise Conflict(
            "backup.foreign_base",
            "Cette base contient autre chose que materiel : rien n'y est remplacé. Donnez une base vide, ou celle de "
            "materiel.",
        )
    if others := [row["name"] for row in tables if not row["owned"]]:
        raise Conflict(
            "backup.not_owner",
            f"Ce compte PostgreSQL n'est pas propriétaire de {len(others)} table(s), dont {others[0]} : il ne peut pas "
            "les remplacer. Restaurez avec le compte qui a créé la base.",
        )
    if tables:
        await fetch(f"DROP TABLE {', '.join(row['name'] for row in tables)} CASCADE")
    for row in await fetch(_FUNCTIONS):
        await fetch(f"DROP FUNCTION {row['name']} CASCADE")


async def _check_extension() -> None:
    if await fetch("SELECT 1 AS found FROM pg_extension WHERE extname = $1", [EXTENSION]):
        return
    connection = _connection()
    try:
        async with connection.transaction():
            await connection.execute(f"CREATE EXTENSION {EXTENSION}")
    except asyncpg.PostgresError as error:
        raise Conflict(
            "backup.extension_missing",
            f"L'extension {EXTENSION} manque à cette base, et ce compte ne peut pas l'ajouter. Demandez à "
            f"l'administrateur du serveur d'y exécuter « CREATE EXTENSION {EXTENSION} », puis recommencez.",
        ) from error


async def _run(connection: asyncpg.Connection, lines: IO[bytes]) -> None:
    """Run a script of `pg_restore`: statements as they are, rows through the copy protocol."""
    statements: list[bytes] = []
    while line := await asyncio.to_thread(lines.readline):
        if found := COPY.fullmatch(line):
            await _execute(connection, statements)
            columns = found[2].decode().replace('"', "").split(", ")
            table = found[1].decode().strip('"')
            await connection.copy_to_table(table, schema_name="public", source=_rows(lines), columns=columns)
        elif not LEFT_OUT.match(line):
            statements.append(line)
    await _execute(connection, statements)


async def _execute(connection: asyncpg.Connection, statements: list[bytes]) -> None:
    if any(line.strip() and not line.startswith(b"--") for line in statements):
        await connection.execute(b"".join(statements).decode())
    statements.clear()


async def _rows(lines: IO[bytes]) -> AsyncIterator[bytes]:
    """The rows of one table, until the line that ends them."""
    more = True
    while more:
        block, more = await asyncio.to_thread(_block, lines)
        if block:
            yield block


def _block(lines: IO[bytes]) -> tuple[bytes, bool]:
    """Several rows, to save a hop of thread for each, and whether there are more."""
    read = bytearray()
    while len(read) < BLOCK_BYTES:
        line = lines.readline()
        if line in (b"", END_OF_COPY):
            return bytes(read), False
        read += line
    return bytes(read), True
