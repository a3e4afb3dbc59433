"""A table, whatever file it came in: its header found among the first rows, then its lines, good and bad.

Here a row is a number and texts; `reading` gives those of a CSV, `process` those of a workbook.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Generic, TypeVar

from materiel.domain.language.folding import fold, visible
from materiel.errors import BadInput

EXAMPLES = 3
MOST_OF_EXAMPLE = 40
MOST_OF_CELL = 100
"""Signs of a cell that are told again."""

HEADER_ROWS = 15
"""Rows among which the header is looked for: people write a title, a date and a service above it."""

ERROR_HEADING = "Erreur"
"""The column that `rejected` adds; it is read by nobody."""

Row = tuple[int, list[str] | None]
"""The number of a row in its file, from 1, and its cells; None when they cannot be told apart."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of the table: its number in the file (from 1), its cells by column name, and as they came.

    `is_short`: its file left out the cells of the end, as some spreadsheets do; they are empty here.
    """

    number: int
    cells: Mapping[str, str]
    row: Sequence[str] = ()
    is_short: bool = False

    def get(self, column: str) -> str:
        """The trimmed cell without what nobody sees in it, `""` when the column is absent."""
        return visible(self.cells.get(column, "")).strip()

    def read(self, column: str, reader: Callable[[str], T]) -> T:
        """What a reader makes of the cell of a column.

        Raises:
            BadCell: the cell is not what the reader reads.
        """
        cell = self.get(column)
        try:
            return reader(cell)
        except ValueError as fault:
            raise BadCell(str(fault), column, cell) from None


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
    """

    required: Sequence[str]
    either: Sequence[Sequence[str]] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    read: Collection[str] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    def names(self, header: Sequence[str]) -> list[str]:
        """The names of the columns of a header; that of a column which somebody left aside is empty."""
        written = [column_name(cell) for cell in header]
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

    `examples` are the first of its cells, each once.
    """

    title: str
    name: str
    filled: int = 0
    examples: list[str] = field(default_factory=list)

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
    are counted as the lines are read. `words` show how accents read, when they may be read otherwise.
    """

    header: tuple[str, ...]
    ignored: tuple[str, ...]
    total: int
    lines: Iterator[TableLine | BadLine]
    columns: tuple[ColumnSeen, ...] = ()
    words: tuple[str, ...] = ()
    sheets: Sheets = field(default_factory=Sheets)


@dataclass(frozen=True, slots=True)
class TableLayout(Generic[T]):
    """A kind of table: its columns, and what one of its lines says."""

    columns: Columns
    read: Callable[[TableLine], T | BadLine]


class Lines(Generic[T]):
    """The lines of an open table as its layout reads them, once; `ignored` and `total` are those of the table."""

    def __init__(self, table: OpenTable, layout: TableLayout[T]) -> None:
        """Use `reading.open_lines` to make one."""
        self.ignored, self.total, self.words = table.ignored, table.total, table.words
        self.columns, self.sheets = table.columns, table.sheets
        self._lines = (each if isinstance(each, BadLine) else layout.read(each) for each in table.lines)

    def __iter__(self) -> Iterator[T | BadLine]:
        return self._lines

    def take(self, count: int) -> list[T | BadLine]:
        """The next lines, at most so many; none at the end."""
        return list(islice(self._lines, count))


def column_name(text: str) -> str:
    """Lower case, no accent, words joined by `_`: « Code postal » and `code_postal` are one column."""
    plain = fold(text.replace("°", " ")).encode("ascii", "ignore").decode()
    return "_".join("".join(each if each.isalnum() else " " for each in plain).split())


def table_of(
    rows: Iterable[Row],
    columns: Columns,
    *,
    total: int,
    is_square: bool,
    words: tuple[str, ...] = (),
    sheets: Sheets = Sheets(),
) -> OpenTable:
    """The table that these rows make.

    Args:
        is_square: the rows come from a worksheet, whose cells beyond the header belong to nobody; in a CSV they mean
            that a separator is wrong, unless they are empty.
        words, sheets: see `OpenTable`.

    Raises:
        BadInput: `import.empty` or `import.missing_column`.
    """
    rows = iter(rows)
    first = list(_first_rows(rows))
    place = header_of([cells for _, cells in first], columns)
    header = (first[place][1] or []) if first else []
    check_header(header, columns)
    places: dict[str, int] = {}
    names = columns.names(header)
    for position, name in enumerate(names):
        # Of two columns of one name the first counts.
        places.setdefault(name, position)
    seen = tuple(ColumnSeen(title, name) for title, name in zip(header, names, strict=True))
    lines = _lines(chain(first[place + 1 :], rows), places, seen, is_square=is_square)
    return OpenTable(
        header=tuple(header),
        ignored=columns.ignored(header),
        total=total,
        lines=lines,
        columns=seen,
        words=words,
        sheets=sheets,
    )


def header_of(rows: Sequence[Sequence[str] | None], columns: Columns) -> int:
    """The place of the header: the first row with every required column, else the one that is most like a header.

    That is the one whose titles are known best, and then the fullest: a row of groups (« MATÉRIEL », « ÉLÈVE ») is not.
    """
    found, most = 0, (-1, 0, 0)
    wanted = len(columns.required) + len(columns.either)
    for place, cells in enumerate(rows):
        if cells is None:
            continue
        has = wanted - len(columns.missing(cells))
        if has == wanted:
            return place
        known = sum(name in columns.read for name in set(columns.names(cells)))
        rank = (known, has, len({cell.strip() for cell in cells if cell.strip()}) if known else 0)
        if rank > most:
            found, most = place, rank
    return found


def check_header(header: Sequence[str], columns: Columns) -> None:
    """Refuse a header without the columns wanted.

    Raises:
        BadInput: `import.empty`, it holds nothing; `import.missing_column`.
    """
    if not header:
        raise BadInput("import.empty", "Le fichier ne contient aucune ligne lisible. Choisissez un autre tableau.")
    if missing := [columns.headings.get(name, name) for name in columns.missing(header)]:
        raise BadInput(
            "import.missing_column",
            f"Il manque dans la ligne des titres : « {' », « '.join(missing)} ». "
            "Ajoutez ce qui manque, ou reprenez le fichier d'origine.",
            columns=missing,
            titles=[title.strip() for title in header],
        )


def _first_rows(rows: Iterator[Row]) -> Iterator[Row]:
    """Those among which the header is: the first ones that are not blank."""
    full = ((number, cells) for number, cells in rows if cells is None or any(cell.strip() for cell in cells))
    return islice(full, HEADER_ROWS)


def _lines(
    rows: Iterable[Row], places: Mapping[str, int], columns: Sequence[ColumnSeen], *, is_square: bool
) -> Iterator[TableLine | BadLine]:
    width = len(columns)
    for number, cells in rows:
        if cells is None:
            yield BadLine(
                number, "line.malformed", "Ligne illisible : un guillemet ouvert n'est sans doute pas refermé."
            )
        elif any(cell.strip() for cell in cells):
            is_short = not is_square and len(cells) < width
            if is_square or not any(cell.strip() for cell in cells[width:]):
                cells = cells[:width] + [""] * (width - len(cells))
            for column, cell in zip(columns, cells, strict=False):
                if cell:
                    column.see(cell)
            yield _checked(number, cells, places, width, is_short=is_short)


def _checked(
    number: int, row: list[str], places: Mapping[str, int], width: int, *, is_short: bool
) -> TableLine | BadLine:
    if len(row) != width:
        return BadLine(
            number,
            "line.columns",
            f"La ligne a {len(row)} colonnes au lieu de {width} : un séparateur ou un guillemet est de trop ou manque.",
            row=row,
        )
    joined = "".join(row)
    if "\x00" in joined:
        return BadLine(number, "line.nul", "La ligne contient un caractère nul : elle a été abîmée.", row=row)
    if any("\udc80" <= each <= "\udcff" for each in joined if each > "\ud7ff"):
        return BadLine(
            number,
            "line.encoding",
            "La ligne contient des caractères illisibles : enregistrez le fichier en « CSV UTF-8 ».",
            row=row,
        )
    cells = {name: row[position] for name, position in places.items() if name}
    return TableLine(number, cells, row, is_short)
