"""The table that rows make: its header found among the first ones, then its lines.

Here a row is a number and texts; `reading` gives those of a CSV, `process` those of a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from materiel.domain.language.folding import visible
from materiel.errors import BadInput
from materiel.exchange.encoding import Encoding
from materiel.exchange.table import BadLine, Columns, ColumnSeen, OpenTable, Sheets, TableLine, column_name

HEADER_ROWS = 15
"""Rows among which the header is looked for: people write a title, a date and a service above it."""

ROWS_LOOKED_AT = 100
"""Rows by whose cells a column may be told; a worksheet shows no more before it is chosen."""

Row = tuple[int, list[str] | None]
"""The number of a row in its file, from 1, and its cells; None when they cannot be told apart."""


_UNDECODED = re.compile("[\udc80-\udcff]")
"""Bytes that were none of the encoding, as Python keeps them."""

NO_SHEETS = Sheets()
IN_UNICODE = Encoding("utf-8-sig")


def with_titles(header: Sequence[str], rows: Iterable[Sequence[str] | None]) -> list[str]:
    """The titles, « Colonne C » for one that is missing above cells: it can then be told, and chosen."""
    filled = {place for cells in rows for place, cell in enumerate(cells or ()) if cell.strip()}
    return [
        f"Colonne {chr(ord('A') + place)}" if place in filled and place < 26 and not title.strip() else title
        for place, title in enumerate(header)
    ]


def table_of(
    rows: Iterable[Row],
    columns: Columns,
    *,
    total: int,
    is_square: bool,
    encoding: Encoding = IN_UNICODE,
    sheets: Sheets = NO_SHEETS,
) -> OpenTable:
    """The table that these rows make.

    Args:
        is_square: the rows come from a worksheet, whose cells beyond the header belong to nobody; in a CSV they mean
            that a separator is wrong, unless they are empty.
        encoding, sheets: see `OpenTable`.

    Raises:
        BadInput: `import.empty` or `import.missing_column`.
    """
    rows = iter(rows)
    first = list(_first_rows(rows))
    place = header_of([cells for _, cells in first], columns)
    first += islice(rows, ROWS_LOOKED_AT - len(first))
    shown = [cells for _, cells in first[place + 1 :]]
    header = with_titles((first[place][1] or []) if first else [], shown)
    columns = columns.with_guesses(header, shown)
    check_header(header, columns)
    places: dict[str, int] = {}
    names = columns.names(header)
    for position, name in enumerate(names):
        if name:
            # Of two columns of one name the first counts.
            places.setdefault(name, position)
    seen = tuple(
        ColumnSeen(title, name, is_guessed=column_name(title) in columns.guessed)
        for title, name in zip(header, names, strict=True)
    )
    lines = _lines(chain(first[place + 1 :], rows), places, seen, is_square=is_square)
    return OpenTable(
        header=tuple(header),
        ignored=columns.ignored(header),
        total=total,
        lines=lines,
        columns=seen,
        encoding=encoding,
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
            guessed=dict(columns.guessed),
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
    if _UNDECODED.search(joined):
        return BadLine(
            number,
            "line.encoding",
            "La ligne contient des caractères illisibles : enregistrez le fichier en « CSV UTF-8 ».",
            row=row,
        )
    filled = ((name, row[position]) for name, position in places.items())
    cells = {name: seen for name, cell in filled if cell and (seen := visible(cell).strip())}
    return TableLine(number, cells, row, is_short)
