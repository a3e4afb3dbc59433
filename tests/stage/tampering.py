"""What somebody with the database in hand could do: change a row behind the triggers' back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import asyncpg


def alter_document(database_url: str) -> str:
    """Change the text of one document; answers its number."""
    number = "DEMO35-2026-00001"
    _run(database_url, "document", f"UPDATE document SET content = '{{}}' WHERE number = '{number}'")
    return number


def alter_journal(database_url: str) -> str:
    """Change the author of one entry; answers its place as it is told."""
    _run(database_url, "journal", "UPDATE journal SET actor = 'nobody' WHERE sequence = 7")
    return "n° 7"


def _run(database_url: str, table: str, statement: str) -> None:
    if urlsplit(database_url).scheme == "sqlite":
        with closing(sqlite3.connect(urlsplit(database_url).path.removeprefix("/"))) as connection:
            names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
            for (name,) in connection.execute(names, [table]).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute(statement)
            connection.commit()
    else:
        asyncio.run(_run_on_postgres(database_url, table, statement))


async def _run_on_postgres(database_url: str, table: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await connection.execute(statement)
    finally:
        await connection.close()
