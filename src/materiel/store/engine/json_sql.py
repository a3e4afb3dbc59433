"""SQL expressions that write JSON as `msgspec` writes it, to the byte, in the dialect of either engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JsonSql:
    """The expressions of one engine. Arguments are trusted SQL, never what somebody typed."""

    postgres: bool

    def object(self, fields: Mapping[str, str]) -> str:
        """An object of these names, in this order, to these expressions."""
        if self.postgres:
            # `json_build_object` would put spaces around its colons.
            columns = ", ".join(f"{value} AS {name}" for name, value in fields.items())
            return f"row_to_json((SELECT shown FROM (SELECT {columns}) AS shown))"
        pairs = ", ".join(f"'{name}', {value}" for name, value in fields.items())
        return f"json_object({pairs})"

    def array(self, element: str, source: str, order: str) -> str:
        """The list of `element` for each row of `source` (what follows FROM), in an order."""
        if self.postgres:
            joined = f"string_agg(({element})::text, ',' ORDER BY {order})"
            return f"(SELECT concat('[', {joined}, ']')::json FROM {source})"
        # SQLite forgets across a subquery that a text is JSON.
        rows = f"SELECT {element} AS element FROM {source} ORDER BY {order}"
        return f"json((SELECT json_group_array(json(element)) FROM ({rows})))"

    def unless_null(self, column: str, value: str) -> str:
        """The object `value`, or null when a column is."""
        chosen = f"CASE WHEN {column} IS NOT NULL THEN {value} END"
        return chosen if self.postgres else f"json({chosen})"

    def kept(self, column: str) -> str:
        """The JSON that a text column holds."""
        return f"{column}::json" if self.postgres else f"json({column})"

    def truth(self, column: str) -> str:
        """A yes, a no or null."""
        return column if self.postgres else f"json(CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"

    def words(self, column: str) -> str:
        """The list of the words of a column, parted by commas; no word holds a sign that JSON escapes."""
        listed = f"CASE {column} WHEN '' THEN '[]' ELSE '[\"' || replace({column}, ',', '\",\"') || '\"]' END"
        return f"({listed})::json" if self.postgres else f"json({listed})"

    def instant(self, column: str) -> str:
        """An instant in UTC; microseconds are written when there are some."""
        if self.postgres:
            written = f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            return f"replace({written}, '.000000Z', 'Z')"
        return f"replace(replace({column}, ' ', 'T'), '+00:00', 'Z')"


ON_SQLITE = JsonSql(postgres=False)
ON_POSTGRES = JsonSql(postgres=True)


def columns_of(table: str, *names: str) -> dict[str, str]:
    """Fields named as the columns that they show."""
    return {name: f"{table}.{name}" for name in names}
