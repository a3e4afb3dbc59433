"""Read a CSV as it comes out of a spreadsheet: encoding, separator and header found, lines streamed.

Memory is bounded: the file is scanned once for its encoding, then read line by line. A file that is no CSV is
refused with one sentence (`BadInput`, codes `import.…`); a bad line is given as a `BadLine` and reading
goes on.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from materiel.errors import BadInput

Source = bytes | Path | BinaryIO
"""What can be read: the bytes, a file's path, or an open binary stream, seekable or not."""

SEPARATORS = ";,\t"
LINE_MAX = 200_000
"""Characters of one line; a longer one is no line of a table."""

SAMPLE_LINES = 30

_NOT_CSV = {
    b"PK\x03\x04": "un classeur Excel ou LibreOffice, ou une archive",
    b"\xd0\xcf\x11\xe0": "un ancien classeur Excel",
    b"%PDF": "un PDF",
    b"\x1f\x8b": "une archive compressée",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une image",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: its number in the file (header included, from 1) and its cells by column
    name."""

    number: int
    cells: Mapping[str, str]

    def get(self, column: str) -> str:
        """The trimmed cell, `""` when the column is absent."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that cannot be taken; `code` is stable and `detail` French.

    `key` is what the line is about (a UAI), when that could be read.
    """

    number: int
    code: str
    detail: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An open table: normalised column names, and the stream of its lines. Blank lines are skipped."""

    columns: tuple[str, ...]
    lines: Iterator[Line | BadLine]


def column_name(text: str) -> str:
    """Lower case, no accent, words joined by `_`: « Code postal » and `code_postal` are one column."""
    plain = unicodedata.normalize("NFKD", text.replace("°", " ")).encode("ascii", "ignore").decode().lower()
    return "_".join("".join(each if each.isalnum() else " " for each in plain).split())


@contextmanager
def open_table(
    source: Source,
    *,
    required: Sequence[str],
    aliases: Mapping[str, str] | None = None,
    headings: Mapping[str, str] | None = None,
) -> Iterator[Table]:
    """Open a CSV and check that its header has the columns wanted.

    Args:
        required: normalised names of columns that must be there.
        aliases: other normalised names, to the name used here.
        headings: how to call a missing column to a person, when it is not by its name.

    Raises:
        BadInput: `import.empty`, `import.not_csv`, `import.encoding` or `import.missing_column`.
    """
    with _seekable(source) as stream:
        _refuse_other_formats(stream)
        encoding, errors = _encoding(stream)
        stream.seek(0)
        text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
        try:
            separator = _separator(text)
            text.seek(0)
            reader = csv.reader(_bounded_lines(text), delimiter=separator)
            columns = _header(reader, required, aliases or {}, headings or {})
            yield Table(columns, _lines(reader, columns))
        finally:
            text.detach()


@contextmanager
def _seekable(source: Source) -> Iterator[BinaryIO]:
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
        raise BadInput("import.empty", "Le fichier est vide. Choisissez le fichier CSV à importer.")
    for magic, name in _NOT_CSV.items():
        if head.startswith(magic):
            raise BadInput(
                "import.not_csv",
                f"Ce fichier est {name}, pas un CSV. Dans le tableur, enregistrez-le au format "
                "« CSV UTF-8 », puis recommencez.",
            )


def _encoding(stream: BinaryIO) -> tuple[str, str]:
    """The encoding and the error handling; one stray byte does not turn a whole UTF-8 file into mojibake."""
    head = stream.read(4)
    stream.seek(0)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "replace"
    good = bad = 0
    for line in iter(lambda: stream.readline(LINE_MAX), b""):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    if bad > good:
        return "cp1252", "surrogateescape"
    return "utf-8-sig", "surrogateescape"


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
            "Aucune colonne n'a été reconnue : la première ligne doit porter les noms des colonnes, "
            "séparés par des points-virgules, des virgules ou des tabulations.",
        )
    return best


def _bounded_lines(text: TextIO) -> Iterator[str]:
    """Lines of at most `LINE_MAX` characters; binary rubbish without an end of line must not fill the
    memory."""
    while line := text.readline(LINE_MAX):
        if len(line) == LINE_MAX and not line.endswith("\n"):
            raise BadInput(
                "import.not_csv",
                f"Une ligne du fichier dépasse {LINE_MAX} caractères : ce n'est pas un tableau CSV.",
            )
        yield line


def _header(
    reader: Iterator[list[str]],
    required: Sequence[str],
    aliases: Mapping[str, str],
    headings: Mapping[str, str],
) -> tuple[str, ...]:
    try:
        cells = next(row for row in reader if any(cell.strip() for cell in row))
    except (StopIteration, csv.Error):
        raise BadInput("import.empty", "Le fichier ne contient aucune ligne lisible.") from None
    names = [column_name(cell) for cell in cells]
    columns = tuple(aliases.get(name, name) for name in names)
    missing = [headings.get(name, name) for name in required if name not in columns]
    if missing:
        raise BadInput(
            "import.missing_column",
            f"Il manque dans la première ligne du fichier : « {' », « '.join(missing)} ». "
            "Ajoutez ce qui manque, ou reprenez le fichier d'origine.",
            columns=missing,
        )
    return columns


def _lines(reader: Iterator[list[str]], columns: tuple[str, ...]) -> Iterator[Line | BadLine]:
    """Every line after the header. A record quoted over several lines has the number of its first line."""
    while True:
        number = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield BadLine(
                number,
                "line.malformed",
                "Ligne illisible : un guillemet ouvert n'est sans doute pas refermé.",
            )
            continue
        if not any(row):
            continue
        yield _checked(number, row, columns)


def _checked(number: int, row: list[str], columns: tuple[str, ...]) -> Line | BadLine:
    if len(row) != len(columns):
        return BadLine(
            number,
            "line.columns",
            f"La ligne a {len(row)} colonnes au lieu de {len(columns)} : "
            "un séparateur ou un guillemet est de trop ou manque.",
        )
    joined = "".join(row)
    if "\x00" in joined:
        return BadLine(number, "line.nul", "La ligne contient un caractère nul : elle a été abîmée.")
    if any("\udc80" <= each <= "\udcff" for each in joined if each > "\ud7ff"):
        return BadLine(
            number,
            "line.encoding",
            "La ligne contient des caractères illisibles : enregistrez le fichier en « CSV UTF-8 ».",
        )
    return Line(number, dict(zip(columns, row, strict=True)))
