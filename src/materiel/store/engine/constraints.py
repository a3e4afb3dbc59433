"""A constraint that the database refused, told as a business error."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg

from materiel.errors import MaterielError

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")


@contextmanager
def refusing(refusals: Mapping[str, MaterielError]) -> Iterator[None]:
    """Raise the refusal of a unique constraint by its name, `<table>_<columns>_key`; others go through as they are."""
    try:
        yield
    except (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError) as error:
        refusal = refusals.get(violated_key(error))
        if refusal is None:
            raise
        raise refusal from error


def violated_key(error: Exception) -> str:
    """The name of the unique constraint behind an error, the same on both engines; empty when there is none.

    SQLite names the columns (`item.service, item.inventory_number`), PostgreSQL the constraint
    (`item_service_inventory_number_key`).
    """
    if isinstance(error, asyncpg.UniqueViolationError):
        return str(error.constraint_name)
    found = _SQLITE_UNIQUE.fullmatch(str(error))
    if found is None:
        return ""
    table, _, _ = found[1].partition(".")
    columns = [column.partition(".")[2] for column in found[1].split(", ")]
    return "_".join([table, *columns, "key"])
