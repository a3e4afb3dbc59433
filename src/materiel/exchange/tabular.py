"""A table on its way out, in the format that was asked."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import BinaryIO, cast

from materiel.exchange.workbook_writer import WorkbookWriter
from materiel.exchange.writing import Cell, csv_lines, csv_start

IN_MEMORY = 8_000_000
PIECE = 65_536

Rows = Sequence[Sequence[Cell]]


class TableFormat(StrEnum):
    """What a table is written as; the value ends the name of the file."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """What the answer says it is."""
        if self is TableFormat.CSV:
            return "text/csv"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def written(form: TableFormat, columns: Sequence[str], pages: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    """The file, piece by piece; a workbook is whole before its first piece is given."""
    if form is TableFormat.CSV:
        yield csv_start(columns)
        async for rows in pages:
            yield csv_lines(rows)
        return
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        workbook = WorkbookWriter(cast("BinaryIO", spool), columns)
        async for rows in pages:
            await asyncio.to_thread(workbook.add, rows)
        await asyncio.to_thread(workbook.close)
        spool.seek(0)
        while piece := spool.read(PIECE):
            yield piece


async def nothing() -> AsyncIterator[Rows]:
    """The pages of a table to be filled."""
    empty: tuple[Rows, ...] = ()
    for rows in empty:
        yield rows
