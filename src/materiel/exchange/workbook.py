"""A workbook (XLSX, XLS, ODS) as the texts that people read in its cells. Run this in the process of `process` only.

Its reader is native code on a file that anybody may have made: a worksheet of a few kilobytes may declare a cell at the
far end of the grid and ask for a terabyte.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

COMPOUND = b"\xd0\xcf\x11\xe0"
"""What an XLS begins with, and whatever is protected by a password since."""

LARGEST_UNPACKED = 1_000_000_000
MOST_PARTS = 5_000
MOST_ROWS = 200_000
MOST_COLUMNS = 1_000

EXACT_BELOW = 10**15
"""A spreadsheet keeps fifteen digits of a number: of a longer one the end is lost."""


class WorkbookRefused(Exception):
    """The workbook cannot be taken; its argument is a code of `process.REFUSALS`."""


def worksheets(data: bytes) -> tuple[list[str], Iterator[CalamineSheet]]:
    """The names of the visible worksheets, and those that hold something, each read when it is asked for.

    Raises:
        WorkbookRefused: `import.workbook_locked`, `import.workbook_unreadable` or `import.workbook_too_large`; the last
            two also while they are read.
    """
    _check_parts(data)
    with _told_as_refused():
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [each.name for each in workbook.sheets_metadata if each.visible is SheetVisibleEnum.Visible]
    return names, _read(workbook, names)


def _read(workbook: CalamineWorkbook, names: Sequence[str]) -> Iterator[CalamineSheet]:
    with _told_as_refused():
        for name in names:
            found = workbook.get_sheet_by_name(name)
            if found.total_height > MOST_ROWS or found.total_width > MOST_COLUMNS:
                raise WorkbookRefused("import.workbook_too_large")
            if found.height:
                yield found


@contextmanager
def _told_as_refused() -> Iterator[None]:
    try:
        yield
    except PasswordError:
        raise WorkbookRefused("import.workbook_locked") from None
    except (CalamineError, OSError, ValueError):
        raise WorkbookRefused("import.workbook_unreadable") from None


def rows_of(worksheet: CalamineSheet) -> Iterator[list[str]]:
    """The rows of a worksheet from the first one of the grid, as texts; none is longer than what it holds.

    What cells merged downwards show stands in each of their rows.
    """
    begins: dict[int, list[tuple[int, int]]] = {}
    for (first, column), (last, _) in worksheet.merged_cell_ranges or ():
        if first < last:
            begins.setdefault(first, []).append((column, last))
    merged: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(worksheet.iter_rows()):
        cells = [cell_text(cell) for cell in row]
        for column, (last, shown) in list(merged.items()):
            if number > last:
                del merged[column]
            elif column < len(cells):
                cells[column] = cells[column] or shown
        merged |= {column: (last, cells[column]) for column, last in begins.get(number, ()) if column < len(cells)}
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def cell_text(value: str | float | bool | time | date | datetime | timedelta) -> str:
    """What the path of a CSV expects of a cell: `35` for 35.0, `12/01/2024` for a date.

    A number too long for a spreadsheet is given in powers of ten, as the CSV of the same worksheet would hold it, so
    that it is refused with the same explanation.
    """
    match value:
        case str():
            return value
        case bool():
            return "oui" if value else "non"
        case int() | float():
            return _number(value)
        case datetime() if (value.hour, value.minute, value.second) != (0, 0, 0):
            return f"{value:%d/%m/%Y %H:%M}"
        case date():
            return f"{value:%d/%m/%Y}"
        case _:
            return str(value)


def _number(value: float) -> str:
    if abs(value) >= EXACT_BELOW:
        return f"{value:.5E}".replace(".", ",")
    if value == int(value):
        return str(int(value))
    return f"{value:.10f}".rstrip("0").replace(".", ",")


def _check_parts(data: bytes) -> None:
    """Refuse what is protected, and what would unpack beyond measure, before its reader meets it."""
    if data.startswith(COMPOUND):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise WorkbookRefused("import.workbook_locked")
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise WorkbookRefused("import.workbook_too_large")
            manifest = next((part for part in parts if part.filename == "META-INF/manifest.xml"), None)
            if manifest and b"encryption-data" in archive.read(manifest):
                raise WorkbookRefused("import.workbook_locked")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        raise WorkbookRefused("import.workbook_unreadable") from None
