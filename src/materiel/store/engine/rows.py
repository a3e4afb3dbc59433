"""Writing rows: every column named at insert, the version checked at update."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any
from uuid import UUID

from piccolo.table import Table

from materiel.store.engine.statement import Statement

MOST_PARAMETERS = 32_000
"""PostgreSQL's protocol allows 32 767 values in a statement."""

ROWS_AT_ONCE = 500
"""Rows read at once of a long list: turned into values, they hold the event loop some milliseconds."""


async def insert(table: type[Table], *rows: Mapping[str, Any], unless_there: bool = False) -> None:
    """Insert rows given as column → value.

    A missing or unknown column is a `LookupError`: a default of Piccolo's would hide the omission.

    Args:
        unless_there: leave a row alone whose id is there already, instead of refusing.
    """
    columns = column_names(table)
    wanted, values_of = set(columns), _values_of(columns)
    for row in rows:
        if row.keys() != wanted:
            raise LookupError(f"{table._meta.tablename}: {sorted(wanted ^ row.keys())}")
    chunk = MOST_PARAMETERS // len(columns)
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        statement = _insert_statement(table._meta.tablename, columns, len(part), unless_there)
        await statement.fetch(*chain.from_iterable(map(values_of, part)))


async def update_version(table: type[Table], row: Mapping[str, Any]) -> int | None:
    """Write a row if its version is still the one it gives, and return the new version; None when it has changed.

    A record stays in its service for ever: `id` and `service` are left alone.
    """
    written = tuple(column for column in row if column not in {"id", "service", "version"})
    saved = await _update_statement(table._meta.tablename, written).fetch_one(
        *(row[column] for column in written), row["id"], row["version"]
    )
    return saved["version"] if saved is not None else None


async def upsert_known(
    table: str, keys: Mapping[str, Any], given: Mapping[str, Any], values: Mapping[str, Any], version: int
) -> tuple[UUID, int] | None:
    """Write what a service knows of a shared thing: its row, or the first one, whose id then never changes.

    Args:
        keys: the columns that are unique together.
        given: every column of a first row but its version and its keys.
        values: the columns to write over.
        version: the one read; whoever read a thing without a row read version 1.

    Returns:
        The id of the row and its new version; None when somebody wrote it since it was read.
    """
    if version == 1:
        row = {**keys, **given, "version": 2}
        marks, updates = ", ".join(["{}"] * len(row)), ", ".join(f"{name} = excluded.{name}" for name in values)
        statement = Statement(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}) ON CONFLICT ({', '.join(keys)})"
            f" DO UPDATE SET {updates}, version = {table}.version + 1 WHERE {table}.version = 1 RETURNING id, version"
        )
        written = await statement.fetch_one(*row.values())
    else:
        updates, matched = (", ".join(f"{name} = {{}}" for name in values), [f"{name} = {{}}" for name in keys])
        statement = Statement(
            f"UPDATE {table} SET {updates}, version = version + 1 WHERE {' AND '.join(matched)} AND version = {{}}"
            " RETURNING id, version"
        )
        written = await statement.fetch_one(*values.values(), *keys.values(), version)
    return (written["id"], written["version"]) if written is not None else None


def column_names(table: type[Table]) -> tuple[str, ...]:
    """The columns of a table, in the order of `tables.py`."""
    return tuple(column._meta.db_column_name for column in table._meta.columns)


def _values_of(columns: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    # One column alone would not come as a tuple.
    return itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)


@lru_cache
def _update_statement(table: str, columns: tuple[str, ...]) -> Statement:
    values = "".join(f"{column} = {{}}, " for column in columns)
    return Statement(
        f"UPDATE {table} SET {values}version = version + 1 WHERE id = {{}} AND version = {{}} RETURNING version"
    )


@lru_cache
def _insert_statement(table: str, columns: tuple[str, ...], rows: int, unless_there: bool) -> Statement:
    line = f"({', '.join(['{}'] * len(columns))})"
    end = " ON CONFLICT (id) DO NOTHING" if unless_there else ""
    return Statement(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([line] * rows)}{end}")


def placeholders(values: Sequence[Any]) -> str:
    """`{}, {}, {}`, for an IN of that many values."""
    return ", ".join(["{}"] * len(values))


def as_date(value: object) -> date:
    """A computed date: SQLite gives it as the text that it keeps."""
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
