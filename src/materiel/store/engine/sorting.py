"""A list sorted by one of its columns, page after page by key: what has no value comes last, both ways.

A key whose index is (service, key, id) is walked from where the page before ended, up to the end of the page. Any other
is for a list that is known to be short: it is sorted anew for each page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from materiel.domain.language.order import LinePlace
from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.statement import Statement

_FLOORS: dict[type, Any] = {str: "", int: -1, date: date.min}
"""What every value that is there comes after."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """What a list is sorted by, in SQL.

    `kind`: the type of its values; a text is missing when it is empty, anything else when it is null. `indexed`: an
    index serves it whatever the length of the list. `unique`: each line has its own, and none misses it.
    """

    text: str
    kind: type = str
    indexed: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRows:
    """What is listed, in SQL: the columns, the tables, the conditions with their values, and the column of the id."""

    columns: str
    source: str
    conditions: Sequence[str]
    values: Sequence[Any]
    id: str


async def sorted_page(
    listed: ListedRows,
    key: SortKey,
    *,
    descending: bool,
    limit: int,
    after: LinePlace | None = None,
    by_index: bool = True,
    planned: bool = False,
) -> list[tuple[Row, LinePlace]]:
    """At most `limit` lines after a place, each with its own.

    Args:
        by_index: False has SQLite read what the conditions leave, and sort it.
        planned: PostgreSQL makes a plan for these very values.
    """
    sign, direction = ("<", "DESC") if descending else (">", "ASC")
    # A sign before the column keeps SQLite from walking its index.
    text = key.text if by_index or is_postgres() or not key.indexed else f"+{key.text}"
    found: list[tuple[Row, LinePlace]] = []
    if after is None or after.value is not None:
        conditions, values = list(listed.conditions), list(listed.values)
        # Two bounds on the same side, and SQLite would begin at the wrong one.
        if not key.unique and (after is None or descending):
            conditions.append(f"{text} > {{}}")
            values.append(_FLOORS[key.kind])
        if after is not None:
            conditions.append(f"{text} {sign} {{}}" if key.unique else f"({text}, {listed.id}) {sign} ({{}}, {{}})")
            values += [after.value] if key.unique else [after.value, after.id]
        order = f"{text} {direction}" if key.unique else f"{text} {direction}, {listed.id} {direction}"
        found += await _fetch(listed, key, text, conditions, values, order, limit, planned)
    if not key.unique and len(found) < limit:
        conditions, values = list(listed.conditions), list(listed.values)
        conditions.append(f"{text} = ''" if key.kind is str else f"{text} IS NULL")
        if after is not None and after.value is None:
            conditions.append(f"{listed.id} > {{}}")
            values.append(after.id)
        rest = await _fetch(listed, key, text, conditions, values, listed.id, limit - len(found), planned)
        found += [(row, LinePlace(None, place.id)) for row, place in rest]
    return found


async def _fetch(
    listed: ListedRows,
    key: SortKey,
    text: str,
    conditions: Sequence[str],
    values: Sequence[Any],
    order: str,
    limit: int,
    planned: bool,
) -> list[tuple[Row, LinePlace]]:
    statement = Statement(
        f"SELECT {listed.columns}, {text} AS sort_value, {listed.id} AS sort_id FROM {listed.source}"
        f" WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT {{}}"
    )
    rows = await (statement.fetch_planned if planned else statement.fetch)(*values, limit)
    return [(row, LinePlace(_read(row["sort_value"], key.kind), row["sort_id"])) for row in rows]


def _read(value: Any, kind: type) -> Any:
    """SQLite gives the value of an expression as it keeps it."""
    if not isinstance(value, str) or kind is str:
        return value
    return date.fromisoformat(value) if kind is date else kind(value)
