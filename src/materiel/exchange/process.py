"""Any table, from any file: a CSV as it is, a workbook through a process of its own that gives its cells.

The format is that of the first bytes, whatever the name of the file says.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import IO, BinaryIO, TypeVar, cast

import msgspec

from materiel.errors import BadInput
from materiel.exchange.opening import HEADER_ROWS, check_header, header_of, with_titles
from materiel.exchange.reading import Cells, Source, open_lines, open_table, seekable
from materiel.exchange.table import Columns, Lines, OpenTable, Sheets, TableLayout
from materiel.isolated import Child, Died, child, framed

LARGEST_WORKBOOK = 50_000_000
LONGEST_WAIT = 100.0
"""Seconds given to open a workbook or to give some of its rows; under the lease of a job."""

IN_MEMORY = 8_000_000
"""Bytes of cells kept out of the disk; beyond, they wait in a file without a name."""

TAKE, NEXT = b"take", b"next"
WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""A zipped workbook (XLSX, ODS), and an XLS or whatever is protected by a password."""

T = TypeVar("T")


class _Worksheet(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    names: list[str] = []
    rows: list[list[str]] | None = None
    total: int = 0
    refused: str = ""


@asynccontextmanager
async def reading(
    source: Source, layout: TableLayout[T], *, sheet: str = "", encoding: str = ""
) -> AsyncIterator[Lines[T]]:
    """The lines of a CSV, in the encoding that somebody chose, or of the worksheet named; as a layout reads them.

    Raises:
        BadInput: see `reading.open_table` and `readable`.
    """
    async with readable(source, layout.columns, sheet=sheet) as cells:
        with ExitStack() as stack:
            yield await asyncio.to_thread(stack.enter_context, open_lines(cells, layout, encoding=encoding))


@asynccontextmanager
async def opened(source: Source, columns: Columns, *, sheet: str = "", encoding: str = "") -> AsyncIterator[OpenTable]:
    """The same table with its cells as they came.

    Raises:
        BadInput: see `reading.open_table` and `readable`.
    """
    async with readable(source, columns, sheet=sheet) as cells:
        with ExitStack() as stack:
            yield await asyncio.to_thread(stack.enter_context, open_table(cells, columns, encoding=encoding))


@asynccontextmanager
async def readable(source: Source, columns: Columns, *, sheet: str = "") -> AsyncIterator[Source | Cells]:
    """A source that `open_table` reads: a CSV as it is; of a workbook, the worksheet named, or the first one that has
    the columns wanted.

    Raises:
        BadInput: `import.workbook_locked`, `import.workbook_unreadable`, `import.workbook_too_large`; `import.empty`
            and `import.missing_column` when no worksheet will do.
    """
    with ExitStack() as stack:
        stream = await asyncio.to_thread(stack.enter_context, seekable(source))
        is_workbook = stream.read(4).startswith(WORKBOOK_STARTS)
        stream.seek(0)
        if not is_workbook:
            yield stream
            return
        data = await asyncio.to_thread(stream.read, LARGEST_WORKBOOK + 1)
        if len(data) > LARGEST_WORKBOOK:
            raise refusal("import.workbook_too_large")
        spool = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        try:
            async with child("materiel.exchange") as opener:
                total, sheets = await _extract(opener, data, columns, sheet, spool)
        except Died as error:
            raise refusal("import.workbook_unreadable") from error
        yield Cells(cast("BinaryIO", spool), total, sheets)


async def _extract(opener: Child, data: bytes, columns: Columns, sheet: str, spool: IO[bytes]) -> tuple[int, Sheets]:
    """Write the rows of the worksheet wanted, and tell how many there are, and of which worksheets it is."""
    await opener.send(data)
    total, sheets = await _choose(opener, columns, sheet)
    while rows := await opener.receive(within=LONGEST_WAIT):
        await asyncio.to_thread(spool.write, framed(rows))
    return total, sheets


async def _choose(opener: Child, columns: Columns, sheet: str) -> tuple[int, Sheets]:
    """Take the worksheet named, or the first that has the columns wanted; and tell how many rows it has."""
    nearest: tuple[Sequence[str], Columns] = ((), columns)
    fewest = 0
    while True:
        worksheet = msgspec.json.decode(await opener.receive(within=LONGEST_WAIT), type=_Worksheet)
        if worksheet.refused:
            raise refusal(worksheet.refused)
        if worksheet.rows is None:
            check_header(*nearest)
            raise refusal("import.workbook_unreadable")
        shown = [row for row in worksheet.rows if any(cell.strip() for cell in row)]
        place = header_of(shown[:HEADER_ROWS], columns)
        header: Sequence[str] = with_titles(shown[place], shown[place + 1 :]) if shown else ()
        read = columns.with_guesses(header, shown[place + 1 :])
        if sheet == worksheet.name or (not sheet and header and not read.missing(header)):
            await opener.send(TAKE)
            return worksheet.total, Sheets(tuple(worksheet.names), worksheet.name)
        if not sheet and (not nearest[0] or (header and len(read.missing(header)) < fewest)):
            nearest, fewest = (header, read), len(read.missing(header))
        await opener.send(NEXT)


def refusal(code: str) -> BadInput:
    """The refusal of a code of `workbook.WorkbookRefused`; an unknown one is that of a file that cannot be read."""
    match code:
        case "import.workbook_locked":
            return BadInput(
                "import.workbook_locked",
                "Ce classeur est protégé par un mot de passe. Ouvrez-le, enregistrez-le sans mot de passe, "
                "puis recommencez.",
            )
        case "import.workbook_too_large":
            return BadInput(
                "import.workbook_too_large",
                "Ce classeur est trop grand : 50 Mo, 200 000 lignes et 1 000 colonnes au plus. Supprimez les lignes "
                "et les colonnes vides qui suivent le tableau, ou enregistrez-le au format « CSV UTF-8 ».",
            )
        case _:
            return BadInput(
                "import.workbook_unreadable",
                "Ce classeur ne peut pas être lu : il est abîmé, ou ce n’est pas un classeur. Ouvrez-le dans le "
                "tableur, enregistrez-le de nouveau au format .xlsx ou .ods, puis recommencez.",
            )
