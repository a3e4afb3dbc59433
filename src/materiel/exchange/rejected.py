"""The refused lines of a table, given back as they came with what is wrong with each, to be corrected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import islice

from materiel.exchange.process import opened
from materiel.exchange.reading import Source
from materiel.exchange.table import ERROR_HEADING, Columns, OpenTable, column_name
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.exchange.writing import AsTyped

LINES_TOGETHER = 1_000


async def rejected_lines(
    source: Source,
    columns: Columns,
    faults: Mapping[int, str],
    form: TableFormat,
    *,
    sheet: str = "",
    encoding: str = "",
) -> AsyncIterator[bytes]:
    """A file with the columns of the table and « Erreur ».

    Args:
        source: the table that was read.
        faults: the sentence of each refused line, by its number.
        sheet, encoding: the worksheet that was read, by its name; the encoding of a CSV, when it was chosen.

    Raises:
        BadInput: see `process.opened`.
    """
    async with opened(source, columns, sheet=sheet, encoding=encoding) as table:
        # A table given back once already has the column, whose sentences are of the time before.
        kept = [place for place, name in enumerate(table.header) if column_name(name) != column_name(ERROR_HEADING)]
        headings = [*(table.header[place] for place in kept), ERROR_HEADING]
        async for piece in written(form, headings, _pages(table, kept, faults)):
            yield piece


async def _pages(table: OpenTable, kept: Sequence[int], faults: Mapping[int, str]) -> AsyncIterator[Rows]:
    refused = (line for line in table.lines if line.number in faults)
    while lines := await asyncio.to_thread(lambda: list(islice(refused, LINES_TOGETHER))):
        yield [
            [*_cells(line.row, kept, len(table.header)), AsTyped(f"Ligne {line.number} : {faults[line.number]}")]
            for line in lines
        ]


def _cells(row: Sequence[str], kept: Sequence[int], width: int) -> list[AsTyped]:
    """The cells under their headings; those of a line too long follow them."""
    cells = [row[place] if place < len(row) else "" for place in kept]
    return [AsTyped(cell) for cell in (*cells, *row[width:])]
