"""Writing rows: every column named at insert, the version checked at update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from piccolo.table import Table

from materiel.store.statement import Statement

MOST_PARAMETERS = 32_000
"""PostgreSQL's protocol allows 32 767 values in a statement."""


async def insert(table: type[Table], *rows: Mapping[str, Any]) -> None:
    """Insert rows given as column → value.

    A missing or unknown column is a `LookupError`: a default of Piccolo's would hide the omission.
    """
    columns = column_names(table)
    for row in rows:
        if row.keys() != set(columns):
            raise LookupError(f"{table._meta.tablename}: {sorted(set(columns) ^ row.keys())}")
    chunk = MOST_PARAMETERS // len(columns)
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        statement = _insert_statement(table._meta.tablename, columns, len(part))
        await statement.fetch(*(row[column] for row in part for column in columns))


async def update_version(table: type[Table], row_id: UUID, version: int, values: Mapping[str, Any]) -> int | None:
    """Update the row if its version is still this one, and return the new version; None when it has changed."""
    rows = (
        await table.update({**values, "version": version + 1})
        .where((table.id == row_id) & (table.version == version))
        .returning(table.version)
    )
    return rows[0]["version"] if rows else None


def column_names(table: type[Table]) -> tuple[str, ...]:
    """The columns of a table, in the order of `tables.py`."""
    return tuple(column._meta.db_column_name for column in table._meta.columns)


@lru_cache
def _insert_statement(table: str, columns: tuple[str, ...], rows: int) -> Statement:
    line = f"({', '.join(['{}'] * len(columns))})"
    return Statement(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([line] * rows)}")


def placeholders(values: Sequence[Any]) -> str:
    """`{}, {}, {}`, for an IN of that many values."""
    return ", ".join(["{}"] * len(values))
