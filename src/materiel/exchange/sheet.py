"""Write a workbook (XLSX) of one sheet, as it goes. Texts stay texts: no formula, no number made of a serial number.

Its cells hold what they are given, so a spreadsheet that opens it loses neither a leading zero nor a sixteenth digit,
which it does with a CSV.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from typing import BinaryIO
from xml.sax.saxutils import escape

from materiel.domain.language.labelled import LabelledEnum
from materiel.exchange.cells import EXCEL_EPOCH
from materiel.exchange.writing import AsTyped, Cell, Euros, printed

LONGEST_TEXT = 32_767
"""Characters of one cell, for a spreadsheet."""

TEXT, DAY, MONEY, HEADING = 0, 1, 2, 3
"""The places of the styles in `_STYLES`."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SHEETS}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETS}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Feuille1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/>'
    "</cellXfs></styleSheet>",
}
# What XML cannot hold, and what a spreadsheet would take for the code of a character.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_A_CODE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class SheetWriter:
    """A workbook being written to a binary stream. Give it rows, then close it."""

    def __init__(self, stream: BinaryIO, columns: Sequence[str]) -> None:
        """Write the headings; every column is in text format, for what people add."""
        self._archive = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._sheet = self._archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._put(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols><col min="1" max="{len(columns)}" width="22" style="{TEXT}" customWidth="1"/></cols><sheetData>'
        )
        self._put(f"<row>{''.join(_text(column, HEADING) for column in columns)}</row>")

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write some rows."""
        self._put("".join(f"<row>{''.join(_cell(cell) for cell in row)}</row>" for row in rows))

    def close(self) -> None:
        """End the workbook."""
        self._put("</sheetData></worksheet>")
        self._sheet.close()
        for name, content in _PARTS.items():
            self._archive.writestr(name, _XML + content)
        self._archive.close()

    def _put(self, text: str) -> None:
        self._sheet.write(text.encode())


def _cell(cell: Cell) -> str:
    match cell:
        case None | "":
            return f'<c s="{TEXT}"/>'
        case Euros():
            return f'<c s="{MONEY}"><v>{cell.cents / 100:.2f}</v></c>'
        case date():
            return f'<c s="{DAY}"><v>{(cell - EXCEL_EPOCH).days}</v></c>'
        case bool() | LabelledEnum():
            return _text(printed(cell))
        case int():
            return f"<c><v>{cell}</v></c>"
        case AsTyped():
            return _text(cell)
        case _:
            return _text(" ".join(cell.split()))


def _text(text: str, style: int = TEXT) -> str:
    kept = _LIKE_A_CODE.sub("_x005F_", _FORBIDDEN.sub("?", text)[:LONGEST_TEXT])
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(kept)}</t></is></c>'
