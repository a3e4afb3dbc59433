"""One mapper for every record: from the columns of a row to a frozen value and back, by the types of its fields.

A field is kept in the column of its name, or of its name less `_id`: `service_id` in `service`. Text, numbers, dates,
instants, bytes and identifiers are kept as they are, a member of an enumeration by its value, and anything else (a
tuple, an address) as the JSON that `msgspec` writes, without the fields of a dataclass that are as by default.

What belongs to a record (the lines of a loan, the boxes of a document) is read in the record's own row, where a column
of the SELECT holds it as a list in JSON: one statement reads a record whole, however many parts it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_type_hints
from uuid import UUID

import msgspec
from piccolo.table import Table

from materiel.store.engine.database import Row
from materiel.store.engine.json_sql import ON_POSTGRES, ON_SQLITE, JsonSql
from materiel.store.engine.rows import column_names
from materiel.store.engine.statement import Statement

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")
Convert = Callable[[Any], Any]

AS_THEY_ARE = (str, int, float, bool, bytes, UUID, date, datetime)
"""What both engines take and give back."""


class Mapper(Generic[Value]):
    """Reads and writes the values of one dataclass. Made once, with its module: what can be wrong is wrong at once.

    Args:
        kind: the dataclass.
        table: where its values are kept; without one, as for what a join reads, a column is named as its field.
        given: the fields that no column keeps as it is: whoever reads gives them, and whoever writes their columns.
        prefix: what the names of the columns begin with, for some of the columns of a record.
        parts: the fields kept in other tables, read in the same row and written apart.

    Raises:
        LookupError: a field without a column, or a given field that the class has not.
    """

    __slots__ = ("_construct", "_of_value", "_parts", "_writers", "columns", "kind", "names", "table")

    def __init__(
        self,
        kind: type[Value],
        table: type[Table] | None = None,
        *,
        given: Iterable[str] = (),
        prefix: str = "",
        parts: Mapping[str, Part[Any]] | None = None,
    ) -> None:
        self.kind, self.table, self._parts = kind, table, parts or {}
        hints, left_out = get_type_hints(kind), frozenset(given) | self._parts.keys()
        if unknown := left_out - hints.keys():
            raise LookupError(f"{kind.__name__} has no field {sorted(unknown)}")
        known = None if table is None else frozenset(column_names(table))
        self.names = names = tuple(each.name for each in fields(kind) if each.name not in left_out)
        self.columns = tuple(_column_of(prefix + name, known) for name in names)
        conversions = [_conversion(hints[name]) for name in names]
        readers = [both and both[0] for both in conversions]
        in_row = [(name, name, part.read) for name, part in self._parts.items()]
        self._construct = _constructor(kind, (*zip(names, self.columns, readers, strict=True), *in_row))
        self._writers = tuple((column, both[1]) for column, both in zip(self.columns, conversions, strict=True) if both)
        # One attribute alone would not come as a tuple.
        self._of_value: Convert = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)

    def value(self, row: Row, **given: Any) -> Value:
        """The value of a row that holds every column of one; a `KeyError` names the column that it has not."""
        return self._construct(row, **given)

    def row(self, value: Value, **columns: Any) -> dict[str, Any]:
        """The columns of a value, and those given: what is computed, or what the value does not say."""
        row = dict(zip(self.columns, self._of_value(value), strict=True))
        for column, write in self._writers:
            row[column] = write(row[column])
        row.update(columns)
        return row

    def selected(self, source: str) -> str:
        """The columns as a SELECT lists them, of a table or of its alias; a part is named for `statement` to write."""
        return ", ".join((*(f"{source}.{column}" for column in self.columns), *(f"<{name}>" for name in self._parts)))

    def statement(self, text: str) -> Statement:
        """The statement of a text where `<name>` stands for the column of a part."""
        sqlite, postgres = text, text
        for name, part in self._parts.items():
            sqlite = sqlite.replace(f"<{name}>", f"{part.sqlite} AS {name}")
            postgres = postgres.replace(f"<{name}>", f"{part.postgres} AS {name}")
        return Statement(sqlite, postgres=postgres)


class Part(Generic[Value]):
    """The rows of another table that belong to a record, as values.

    Args:
        mapper: of a value, which its columns keep whole.
        of: the table of the record, which theirs refers to by a column of that name.
        order: the column that orders them.
    """

    __slots__ = ("postgres", "read", "sqlite")

    def __init__(self, mapper: Mapper[Value], *, of: str, order: str) -> None:
        if mapper.table is None:
            raise LookupError(f"no table keeps {mapper.kind.__name__}")
        source, hints = mapper.table._meta.tablename, get_type_hints(mapper.kind)
        kept = [
            (name, f"{source}.{column}", hints[name]) for name, column in zip(mapper.names, mapper.columns, strict=True)
        ]

        def listed(sql: JsonSql) -> str:
            element = sql.object({name: _shown(sql, column, hint) for name, column, hint in kept})
            return sql.array(element, f"{source} WHERE {source}.{of} = {of}.id", f"{source}.{order}")

        self.sqlite, self.postgres = listed(ON_SQLITE), listed(ON_POSTGRES)
        self.read: Convert = msgspec.json.Decoder(tuple[mapper.kind, ...]).decode  # type: ignore[name-defined]


def _column_of(name: str, known: frozenset[str] | None) -> str:
    if known is None or name in known:
        return name
    if (shorter := name.removesuffix("_id")) in known:
        return shorter
    raise LookupError(f"no column keeps {name}: {sorted(known)}")


def _constructor(kind: type[Value], kept: Iterable[tuple[str, str, Convert | None]]) -> Callable[..., Value]:
    """`kind(id=row["id"], family=read_family(row["family"]), …)`, written out once: a loop takes half as long again."""
    scope: dict[str, Any] = {"kind": kind}
    each = []
    for name, column, read in kept:
        scope[f"read_{name}"] = read
        each.append(f"{name}=read_{name}(row[{column!r}])" if read else f"{name}=row[{column!r}]")
    made: Callable[..., Value] = eval(f"lambda row, **given: kind({', '.join(each)}, **given)", scope)
    return made


def _conversion(hint: Any) -> tuple[Convert, Convert] | None:
    """How a field of a type is read and written; None for what is kept as it is."""
    hint, optional = _unless_optional(hint)
    if hint in AS_THEY_ARE:
        return None
    if isinstance(hint, type) and issubclass(hint, Enum):
        # A look-up by value in the class costs several times more than in a dictionary.
        members: dict[Any, Any] = {member.value: member for member in hint}
        write: Convert = attrgetter("_value_")
        return ((members | {None: None}).__getitem__, _unless_none(write)) if optional else (members.__getitem__, write)
    read: Convert = msgspec.json.Decoder(hint).decode
    return (_unless_none(read), _unless_none(_as_json)) if optional else (read, _as_json)


def _shown(sql: JsonSql, column: str, hint: Any) -> str:
    """A column as JSON, for `msgspec` to read a field of a type."""
    hint, _ = _unless_optional(hint)
    if hint is bool:
        return sql.truth(column)
    if hint is datetime:
        return sql.instant(column)
    if hint is bytes:
        raise LookupError(f"JSON does not hold {column}")
    if hint in AS_THEY_ARE or (isinstance(hint, type) and issubclass(hint, Enum)):
        return column
    return sql.kept(column)


def _unless_optional(hint: Any) -> tuple[Any, bool]:
    """The type of a field less None, and whether it may be None."""
    kinds = get_args(hint)
    if NoneType not in kinds:
        return hint, False
    (only,) = (each for each in kinds if each is not NoneType)
    return only, True


def _as_json(value: Any) -> str:
    if is_dataclass(value):
        value = {each.name: part for each in fields(value) if (part := getattr(value, each.name)) != each.default}
    return msgspec.json.encode(value).decode()


def _unless_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)
