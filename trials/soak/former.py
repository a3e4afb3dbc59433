"""`python -m trials.soak.former URL MIGRATION ROWS`: a base as an older release left it, with rows.

The rows are written at the very first schema, and brought by the product's own migrations to the one named.
"""

from __future__ import annotations

import asyncio
import sys

from piccolo.apps.migrations.commands.forwards import run_forwards

from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch, is_postgres, write_transaction
from materiel.store.engine.ids import new_id

PLAIN = {"BOOLEAN": "FALSE", "INTEGER": "1", "BIGINT": "1", "TIMESTAMP": "'2026-09-10T08:30:00+00:00'"}
"""What fills a column that must hold something, by the beginning of its type; a text stays empty."""


async def make(url: str, migration: str, rows: int) -> None:
    """Fill the oldest schema, then run the migrations up to one of them."""
    engine = engines.bind(engines.build_engine(url))
    await engines.start(engine)
    try:
        oldest = (await migrate.check())[1]
        await run_forwards("materiel", migration_id=oldest)
        service = new_id()
        texts = {"code": "ANCIEN35", "name": "Ancien service", "kind": "dsden", "renewal_policy": "yearly"}
        async with write_transaction():
            await _insert("managing_service", id=str(service), address="{}", **texts)
            for number in range(rows):
                more = {"inventory_number": f"A-{number}", "public_code": f"A{number}", "accessories": "[]"}
                kept = {
                    "designation": "Clavier",
                    "ownership": "state",
                    "status": "in_stock",
                    "search": f"  a{number}  ",
                }
                await _insert("item", id=str(new_id()), service=str(service), **more, **kept)
        if migration != oldest:
            await run_forwards("materiel", migration_id=migration)
    finally:
        await engines.stop(engine)


async def _insert(table: str, **values: str) -> None:
    """A raw row: every other column that must hold something gets something plausible."""
    wanted = _wanted.get(table)
    if wanted is None:
        wanted = _wanted[table] = await _columns(table)
    filled = {
        name: next((value for kind, value in PLAIN.items() if type_.startswith(kind)), "''")
        for name, type_ in wanted.items()
    }
    filled |= {name: f"'{value}'" for name, value in values.items()}
    await fetch(f"INSERT INTO {table} ({', '.join(filled)}) VALUES ({', '.join(filled.values())})")


_wanted: dict[str, dict[str, str]] = {}


async def _columns(table: str) -> dict[str, str]:
    if is_postgres():
        columns = await fetch(
            "SELECT column_name AS name, data_type AS kind, is_nullable AS empty, column_default AS ready"
            f" FROM information_schema.columns WHERE table_name = '{table}'"
        )
        return {row["name"]: row["kind"].upper() for row in columns if row["empty"] == "NO" and row["ready"] is None}
    columns = await fetch(f"PRAGMA table_info({table})")
    return {row["name"]: row["type"].upper() for row in columns if row["notnull"] and row["dflt_value"] is None}


if __name__ == "__main__":
    asyncio.run(make(sys.argv[1], sys.argv[2], int(sys.argv[3])))
