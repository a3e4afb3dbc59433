"""The process that opens workbooks: no database, no secret, bounded; `process` is the other side.

It is given a file, shows the first rows of each worksheet until it is told to take one, then gives all the rows of it.
"""

from __future__ import annotations

import sys
from itertools import islice
from typing import BinaryIO

import msgspec

from materiel.exchange.workbook import WorkbookRefused, rows_of, worksheets
from materiel.isolated import bound, read_frame, write_frame

MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 120
"""Of CPU: the national annuaire as a workbook, several times over."""

ROWS_SHOWN = 100
ROWS_TOGETHER = 500
TAKE = b"take"


def answer(source: BinaryIO, sink: BinaryIO) -> None:
    """Serve one workbook from beginning to end."""
    data = read_frame(source)
    if data is None:
        return
    try:
        names, found = worksheets(data)
        for worksheet in found:
            shown = list(islice(rows_of(worksheet), ROWS_SHOWN))
            told = {"name": worksheet.name, "names": names, "rows": shown, "total": worksheet.total_height}
            write_frame(sink, msgspec.json.encode(told))
            if read_frame(source) == TAKE:
                rows = rows_of(worksheet)
                while together := list(islice(rows, ROWS_TOGETHER)):
                    write_frame(sink, msgspec.json.encode(together))
                write_frame(sink, b"")
                return
        write_frame(sink, msgspec.json.encode({}))
    except WorkbookRefused as refusal:
        write_frame(sink, msgspec.json.encode({"refused": str(refusal)}))


if __name__ == "__main__":
    bound(memory=MOST_MEMORY, seconds=MOST_SECONDS)
    answer(sys.stdin.buffer, sys.stdout.buffer)
