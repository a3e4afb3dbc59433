"""Read a CSV as it comes out of a spreadsheet: encoding, separator and header found, lines streamed.

Memory is bounded: the file is scanned once for its encoding, then read line by line. A file that is no CSV is
refused with one sentence (`BadInput`, codes `import.…`); a bad line is given as a `BadLine` and reading goes on.
A workbook is read by `process` first, then takes the same way from its cells on.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, TypeVar

import msgspec

from materiel.errors import BadInput
from materiel.exchange.encoding import MOST_WORDS, Encoding, accented_words, encoding_of
from materiel.exchange.opening import Row, table_of
from materiel.exchange.table import Columns, Lines, OpenTable, Sheets, TableLayout
from materiel.isolated import read_frame

T = TypeVar("T")

Source = bytes | Path | BinaryIO
"""What can be read: the bytes, a file's path, or an open binary stream, seekable or not."""

SEPARATORS = ";,\t"
LINE_MAX = 200_000
"""Characters of one line; a longer one is no line of a table."""

SAMPLE_LINES = 30

_MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|table|head|body|meta|\?xml|workbook|ss:)", re.I | re.S)
_SEPARATOR_LINE = re.compile(r"sep=([;,\t|])\s*", re.IGNORECASE)

_NEITHER = {
    b"%PDF": "un PDF",
    b"\x1f\x8b": "une archive compressée",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une image",
}


class Cells:
    """The cells of a worksheet, already read and kept in a file; see `process.readable`."""

    def __init__(self, stream: BinaryIO, total: int, sheets: Sheets) -> None:
        """Of a stream of frames, each a JSON list of rows, each a list of texts."""
        self._stream = stream
        self.total, self.sheets = total, sheets

    def rows(self) -> Iterator[Row]:
        """The rows of the worksheet from its first one, which is number 1."""
        self._stream.seek(0)
        number = 0
        while frame := read_frame(self._stream):
            for cells in msgspec.json.decode(frame, type=list[list[str]]):
                number += 1
                yield number, cells


@contextmanager
def open_table(source: Source | Cells, columns: Columns, *, encoding: str = "") -> Iterator[OpenTable]:
    """Open a CSV, or the cells of a worksheet, and check that its header has the columns wanted.

    Args:
        encoding: that of a CSV which is not in UTF-8, as somebody chose it among `encoding.CANDIDATES`.

    Raises:
        BadInput: `import.empty`, `import.not_csv` or `import.missing_column`.
    """
    if isinstance(source, Cells):
        yield table_of(source.rows(), columns, total=source.total, is_square=True, sheets=source.sheets)
        return
    with seekable(source) as stream:
        _refuse_other_formats(stream)
        found, total = _scan(stream, encoding)
        stream.seek(0)
        errors = "replace" if found.name == "utf-16" else "surrogateescape"
        text = io.TextIOWrapper(stream, encoding=found.name, errors=errors, newline="")
        try:
            told = _SEPARATOR_LINE.fullmatch(next(_bounded_lines(text), ""))
            if told is None:
                text.seek(0)
            separator = told.group(1) if told else _separator(text)
            if told is None:
                text.seek(0)
            rows = _rows(csv.reader(_bounded_lines(text), delimiter=separator), before=1 if told else 0)
            try:
                table = table_of(rows, columns, total=total, is_square=False, encoding=found)
            except BadInput as refusal:
                # A title may be missing because its accents were read wrongly.
                if found.readings:
                    refusal.facts |= {"encoding": found.name, "readings": dict(found.readings)}
                raise
            yield table
        finally:
            text.detach()


@contextmanager
def open_lines(source: Source | Cells, layout: TableLayout[T], *, encoding: str = "") -> Iterator[Lines[T]]:
    """The lines of `open_table` as a layout reads them."""
    with open_table(source, layout.columns, encoding=encoding) as table:
        yield Lines(table, layout)


@contextmanager
def seekable(source: Source) -> Iterator[BinaryIO]:
    """The source as a stream at its beginning, that can go back."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    elif source.seekable():
        source.seek(0)
        yield source
    else:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(source, copy)
            copy.seek(0)
            yield copy


def _refuse_other_formats(stream: BinaryIO) -> None:
    head = stream.read(4096)
    stream.seek(0)
    if not head.strip(b"\xef\xbb\xbf\r\n\t "):
        raise BadInput("import.empty", "Le fichier est vide. Choisissez le tableau à importer.")
    for magic, name in _NEITHER.items():
        if head.startswith(magic):
            raise BadInput(
                "import.not_csv",
                f"Ce fichier est {name}, pas un tableau. Choisissez un classeur (.xlsx, .ods, .xls) ou un CSV.",
            )
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise BadInput(
            "import.not_csv",
            "Ce fichier est une page web (HTML ou XML) dont le nom finit comme celui d'un classeur. Ouvrez-le dans le "
            "tableur, enregistrez-le au format .xlsx ou .ods, puis recommencez.",
        )


def _scan(stream: BinaryIO, chosen: str) -> tuple[Encoding, int]:
    """The encoding and the number of lines; one stray byte does not turn a whole UTF-8 file into mojibake.

    The whole file is gone through, so that what is no table is refused before a line of it is taken.
    """
    head = stream.read(4)
    stream.seek(0)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace", newline="")
        try:
            return Encoding("utf-16"), sum(1 for _ in _bounded_lines(text))
        finally:
            text.detach()
    total = good = bad = 0
    words: dict[bytes, None] = {}
    for line in iter(lambda: stream.readline(LINE_MAX), b""):
        if len(line) == LINE_MAX and not line.endswith(b"\n"):
            raise _too_long()
        total += 1
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
            if len(words) < MOST_WORDS:
                words.update(dict.fromkeys(accented_words(line)))
    return (encoding_of(words, chosen=chosen) if bad > good else Encoding("utf-8-sig")), total


def _separator(text: TextIO) -> str:
    """The separator that gives the same number of columns, more than one, on the most lines of the
    beginning."""
    sample = list(islice(_bounded_lines(text), SAMPLE_LINES))
    scores = {}
    for separator in SEPARATORS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=separator) if any(row)]
        except csv.Error:
            continue
        width, lines = Counter(widths).most_common(1)[0] if widths else (0, 0)
        scores[separator] = (lines if width > 1 else 0, width)
    best = max(scores, key=lambda each: scores[each], default=";")
    if not scores or scores[best][1] < 2:
        raise BadInput(
            "import.not_csv",
            "Aucune colonne n'a été reconnue : une ligne doit porter les noms des colonnes, "
            "séparés par des points-virgules, des virgules ou des tabulations.",
        )
    return best


def _bounded_lines(text: TextIO) -> Iterator[str]:
    """Lines of at most `LINE_MAX` characters; binary rubbish without an end of line must not fill the
    memory."""
    while line := text.readline(LINE_MAX):
        if len(line) == LINE_MAX and not line.endswith("\n"):
            raise _too_long()
        yield line


def _too_long() -> BadInput:
    return BadInput(
        "import.not_csv", f"Une ligne du fichier dépasse {LINE_MAX} caractères : ce n'est pas un tableau CSV."
    )


def _rows(reader: Iterator[list[str]], *, before: int = 0) -> Iterator[Row]:
    """Every row. A record quoted over several lines has the number of its first line, `before` lines being read."""
    while True:
        number = before + reader.line_num + 1  # type: ignore[attr-defined]
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, None
