"""A table, whatever file it came in: what its columns are, its lines, good and bad, and what a layout reads of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Any, Generic, TypeVar

from materiel.domain.language.folding import fold
from materiel.exchange.encoding import Encoding

EXAMPLES = 3
MOST_OF_EXAMPLE = 40
MOST_OF_CELL = 100
"""Signs of a cell that are told again."""

ERROR_HEADING = "Erreur"
"""The column that `rejected` adds; it is read by nobody."""

_BETWEEN_WORDS = re.compile("[^0-9a-zA-Z]+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of the table: its number in the file (from 1), its cells by column name, and as they came.

    `cells`: of the columns that the line fills, trimmed and without what nobody sees; a layout reads dozens of columns
    that most files have not. `is_short`: its file left out the cells of the end, as some spreadsheets do; they are
    empty here.
    """

    number: int
    cells: Mapping[str, str]
    row: Sequence[str] = ()
    is_short: bool = False

    def get(self, column: str) -> str:
        """The cell, `""` when it is empty or the column is absent."""
        return self.cells.get(column, "")

    def fills_one_of(self, columns: Collection[str]) -> bool:
        """Whether something is in a cell of these columns."""
        return not self.cells.keys().isdisjoint(columns)

    def read(self, column: str, reader: Callable[[str], T]) -> T:
        """What a reader makes of the cell of a column.

        Raises:
            BadCell: the cell is not what the reader reads.
        """
        cell = self.cells.get(column, "")
        try:
            return reader(cell) if cell else _of_nothing(reader)
        except ValueError as fault:
            raise BadCell(str(fault), column, cell) from None


@lru_cache(maxsize=256)
def _of_nothing(reader: Callable[[str], Any]) -> Any:
    """What a reader makes of an empty cell, as most cells of a wide layout are: always the same."""
    return reader("")


class BadCell(ValueError):
    """A cell that is not what its column holds: a French sentence, the name of the column and what is in the cell."""

    def __init__(self, detail: str, column: str, cell: str) -> None:
        super().__init__(detail)
        self.column, self.cell = column, cell


@dataclass(frozen=True, slots=True)
class CellSetAside:
    """A cell whose value was not kept, though its line was; `column` is its name, `code` stable and `detail` French."""

    column: str
    cell: str
    code: str
    detail: str


class CellReader:
    """Reads the cells of one line that it may do without: what cannot be read is set aside, and told."""

    def __init__(self, line: TableLine) -> None:
        """Of a line."""
        self._line = line
        self.set_aside: list[CellSetAside] = []

    def read(self, column: str, read: Callable[[str], T], otherwise: T) -> T:
        """The value of a cell, or `otherwise` when its reader refuses it."""
        try:
            return self._line.read(column, read)
        except BadCell as fault:
            self.leave(fault.column, fault.cell, str(fault))
            return otherwise

    def leave(self, column: str, cell: str, detail: str) -> None:
        """Set a cell aside."""
        self.set_aside.append(CellSetAside(column, cell[:MOST_OF_CELL], "cell.unreadable", detail))


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that cannot be taken; `code` is stable and `detail` French.

    `key` is what the line is about (a UAI), when that could be read; `row` its cells, when they could. `column` is the
    heading of the cell at fault and `cell` what is in it, when one cell alone is.
    """

    number: int
    code: str
    detail: str
    key: str = ""
    row: Sequence[str] = ()
    column: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a kind of table, by normalised names.

    Args:
        required: those that must be there.
        either: of each of these groups, one must be there; it is called by the first.
        aliases: other names, to the name used here. Of two columns that would take one name, the one that bears it
            comes first, then the one whose alias is listed first; the other is left aside.
        headings: how to call a column to a person, when it is not by its name.
        read: those that are read; empty when nobody is told which are not.
        chosen: what somebody said that a column is, by its normalised heading; `""` leaves it aside.
        guess: given the normalised headings, the names of those that are known or said (`""` for the others) and some
            lines, what these tell of the others, by normalised heading; kept in `guessed`.
    """

    required: Sequence[str]
    either: Sequence[Sequence[str]] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    read: Collection[str] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    guess: Callable[[list[str], list[str], Sequence[Sequence[str]]], Mapping[str, str]] | None = None
    guessed: Mapping[str, str] = field(default_factory=dict)

    def with_guesses(self, header: Sequence[str], rows: Iterable[Sequence[str] | None]) -> Columns:
        """These columns, with what the cells of some lines tell of a header whose titles say nothing."""
        if self.guess is None:
            return self
        keys = [column_name(title) for title in header]
        known = zip(keys, self.names(header), strict=True)
        names = [name if name in self.read or key in self.chosen else "" for key, name in known]
        return replace(self, guessed=self.guess(keys, names, [cells for cells in rows if cells]))

    def names(self, header: Sequence[str]) -> list[str]:
        """The names of the columns of a header; that of a column which somebody left aside is empty."""
        written = [column_name(cell) for cell in header]
        if self.guessed:
            return [self.guessed.get(key, name) for key, name in zip(written, self._said(written), strict=True)]
        return self._said(written)

    def _said(self, written: list[str]) -> list[str]:
        if not self.chosen:
            return self._known_names(written)
        taken = {name for heading, name in self.chosen.items() if name and heading in written}
        rest = self._known_names(["" if name in self.chosen else name for name in written])
        return [
            self.chosen.get(name, "" if known in taken else known) for name, known in zip(written, rest, strict=True)
        ]

    def _known_names(self, names: list[str]) -> list[str]:
        ranks = {alias: rank for rank, alias in enumerate(self.aliases, 1)}
        best: dict[str, str] = {}
        for name in names:
            wanted = self.aliases.get(name, name)
            if wanted not in best or ranks.get(name, 0) < ranks.get(best[wanted], 0):
                best[wanted] = name
        return [wanted if best[wanted := self.aliases.get(name, name)] == name else name for name in names]

    def missing(self, header: Sequence[str]) -> list[str]:
        """The required names that a header lacks."""
        names = self.names(header)
        lacking = [group[0] for group in self.either if not any(name in names for name in group)]
        return [name for name in self.required if name not in names] + lacking

    def ignored(self, header: Sequence[str]) -> tuple[str, ...]:
        """The headings of a header that nothing reads, as they are written."""
        if not self.read:
            return ()
        unread = (
            heading.strip()
            for heading, name in zip(header, self.names(header), strict=True)
            if name and name not in self.read and name != column_name(ERROR_HEADING)
        )
        return tuple(dict.fromkeys(unread))


@dataclass(slots=True)
class ColumnSeen:
    """A column as it is read: its title, the name it is taken for (empty for none), how many of its cells are filled.

    `examples` are the first of its cells, each once; `is_guessed`: they alone tell what it is taken for.
    """

    title: str
    name: str
    filled: int = 0
    examples: list[str] = field(default_factory=list)
    is_guessed: bool = False

    def see(self, cell: str) -> None:
        """Count a cell."""
        if text := cell.strip():
            self.filled += 1
            if len(self.examples) < EXAMPLES and text[:MOST_OF_EXAMPLE] not in self.examples:
                self.examples.append(text[:MOST_OF_EXAMPLE])


@dataclass(frozen=True, slots=True)
class Sheets:
    """The visible worksheets of a workbook, by their names, and the one that is read."""

    names: tuple[str, ...] = ()
    read: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTable:
    """An open table: its header as written, and the stream of its lines. Blank lines are skipped.

    `total` counts the rows of the file, blank ones included: enough to tell how far the reading is. `columns`
    are counted as the lines are read. `encoding` tells how accents read, when they may be read otherwise.
    """

    header: tuple[str, ...]
    ignored: tuple[str, ...]
    total: int
    lines: Iterator[TableLine | BadLine]
    encoding: Encoding
    columns: tuple[ColumnSeen, ...] = ()
    sheets: Sheets = field(default_factory=Sheets)


@dataclass(frozen=True, slots=True)
class TableLayout(Generic[T]):
    """A kind of table: its columns, and what one of its lines says."""

    columns: Columns
    read: Callable[[TableLine], T | BadLine]


class Lines(Generic[T]):
    """The lines of an open table as its layout reads them, once; `ignored` and `total` are those of the table.

    `short_lines` counts those read so far whose file left out the cells of the end, from `first_short_line` on.
    """

    def __init__(self, table: OpenTable, layout: TableLayout[T]) -> None:
        """Use `reading.open_lines` to make one."""
        self.ignored, self.total, self.encoding = table.ignored, table.total, table.encoding
        self.columns, self.sheets = table.columns, table.sheets
        self.short_lines, self.first_short_line = 0, 0
        self._lines = (each if isinstance(each, BadLine) else self._read(each, layout) for each in table.lines)

    def _read(self, line: TableLine, layout: TableLayout[T]) -> T | BadLine:
        if line.is_short:
            self.short_lines += 1
            self.first_short_line = self.first_short_line or line.number
        return layout.read(line)

    def __iter__(self) -> Iterator[T | BadLine]:
        return self._lines

    def take(self, count: int) -> list[T | BadLine]:
        """The next lines, at most so many; none at the end."""
        return list(islice(self._lines, count))


def column_name(text: str) -> str:
    """Lower case, no accent, words joined by `_`: « Code postal » and `code_postal` are one column."""
    plain = fold(text.replace("°", " ")).encode("ascii", "ignore").decode()
    return _BETWEEN_WORDS.sub("_", plain).strip("_")
