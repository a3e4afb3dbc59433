"""Write a workbook (XLSX) of one worksheet, as it goes. Texts stay texts: no formula, no number made of a serial one.

Its cells hold what they are given, so a spreadsheet that opens it loses neither a leading zero nor a sixteenth digit,
which it does with a CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import BinaryIO

from xlsxwriter import Workbook

from materiel.domain.language.labelled import LabelledEnum
from materiel.exchange.writing import AsTyped, Cell, Euros, printed

LONGEST_TEXT = 32_767
"""Characters of one cell, for a spreadsheet."""

COLUMN_WIDTH = 22

# What XML cannot hold.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class WorkbookWriter:
    """A workbook being written to a binary stream. Give it rows, then close it."""

    def __init__(self, stream: BinaryIO, columns: Sequence[str]) -> None:
        """Write the headings; every column is in text format, for what people add."""
        # Rows go to a file as they come: a register of any length holds no more memory than its last row.
        self._book = Workbook(stream, {"constant_memory": True, "use_zip64": True})
        self._text = self._book.add_format({"num_format": "@"})
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy"})
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        heading = self._book.add_format({"num_format": "@", "bold": True})
        self._worksheet = self._book.add_worksheet("Feuille1")
        self._worksheet.freeze_panes(1, 0)
        self._worksheet.set_column(0, len(columns) - 1, COLUMN_WIDTH, self._text)
        for place, column in enumerate(columns):
            self._worksheet.write_string(0, place, _kept(column), heading)
        self._next = 1

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write some rows."""
        for row in rows:
            for place, cell in enumerate(row):
                self._put(self._next, place, cell)
            self._next += 1

    def close(self) -> None:
        """End the workbook."""
        self._book.close()

    def _put(self, row: int, place: int, cell: Cell) -> None:
        match cell:
            case None | "":
                self._worksheet.write_blank(row, place, None, self._text)
            case Euros():
                self._worksheet.write_number(row, place, cell.cents / 100, self._money)
            case date():
                self._worksheet.write_datetime(row, place, cell, self._day)
            case bool() | LabelledEnum():
                self._worksheet.write_string(row, place, _kept(printed(cell)), self._text)
            case int():
                self._worksheet.write_number(row, place, cell)
            case AsTyped():
                self._worksheet.write_string(row, place, _kept(cell), self._text)
            case _:
                self._worksheet.write_string(row, place, _kept(" ".join(cell.split())), self._text)


def _kept(text: str) -> str:
    return _FORBIDDEN.sub("?", text)[:LONGEST_TEXT]
