"""Tables: rows kept whole, header drawn again (as an artifact) on each page, cells set as paragraphs."""

from __future__ import annotations

from materiel.documents.content import Details, Run, Table
from materiel.documents.pdf.blocks import Block, TextBlock
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.structure import SCOPE_COLUMN, SCOPE_ROW, Element
from materiel.documents.pdf.styles import CELL, CELL_HEADER, LABEL, SHADE, VALUE, Style
from materiel.documents.pdf.widths import table_widths

Row = list[TextBlock]

PADDING_X = 4.5
PADDING_Y = 2.6
CLOSE_PADDING_Y = 1.2
"""The same where the rows of a receipt give way, so that it keeps to a page."""

LABEL_SHARE = 0.34
"""Share of the width that the labels of `Details` take."""

FEWEST_ROWS = 2

_LONG = 200
"""Rows beyond which a table gives its lines up once it is measured."""


class TableBlock(Block):
    """Rows under an optional header; `shares` are relative widths, `widths` those of the table this one continues."""

    before = 2.0
    after = 4.0

    def __init__(self, header: Row, rows: list[Row], shares: tuple[float, ...], widths: tuple[float, ...] = ()) -> None:
        self.header = header
        self.rows = rows
        self.shares = shares
        self.widths = widths
        self.padding = PADDING_Y
        self._widths: list[float] = []
        self._heights: list[float] = []
        self._header_height = 0.0
        self._width = 0.0

    def measure(self, width: float) -> float:
        if width == self._width:
            return self._header_height + sum(self._heights)
        self._width = width
        self._widths = self._fitted(width) or [width * share / sum(self.shares) for share in self.shares]
        self._header_height = self._row_height(self.header) if self.header else 0.0
        self._heights = []
        for row in self.rows:
            self._heights.append(self._row_height(row))
            self._release(row)
        return self._header_height + sum(self._heights)

    def _fitted(self, width: float) -> list[float]:
        """Widths by what the columns hold; empty for labels and values, or where the longest words are too wide."""
        if not self.header or self.widths:
            return list(self.widths)
        return table_widths(list(zip(self.header, *self.rows, strict=True)), PADDING_X, width)

    def least(self) -> float:
        return self._header_height + sum(self._heights[:FEWEST_ROWS])

    def split(self, room: float) -> tuple[Block, Block] | None:
        left = room - self._header_height
        fitting = 0
        while fitting < len(self._heights) and self._heights[fitting] <= left:
            left -= self._heights[fitting]
            fitting += 1
        # No row alone after the cut, nor before it when the next page would take it too.
        if fitting == len(self.rows) - 1 and fitting > FEWEST_ROWS:
            fitting -= 1
        if not fitting:
            return None
        return self._part(self.header, self.rows[:fitting]), self._continued(self.rows[fitting:])

    def split_row(self, room: float) -> tuple[Block, Block] | None:
        """Cut the first row, which is taller than a page, between two lines."""
        left = room - self._header_height - 2 * self.padding
        upper, lower = [], []
        for cell, width in zip(self.rows[0], self._widths, strict=True):
            cell.measure(width - 2 * PADDING_X)
            fitting = int(left / cell.style.leading)
            if fitting < 1:
                return None
            first, rest = cell.split_at(fitting)
            upper.append(first)
            lower.append(rest)
        return self._part(self.header, [upper]), self._continued([lower, *self.rows[1:]])

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        self._draw_rules(canvas, x, top)
        if self.header:
            for cell, left in self._placed(self.header, x):
                cell.draw(canvas, left, top - self.padding)
            top -= self._header_height
        for row, height in zip(self.rows, self._heights, strict=True):
            for (cell, left), width in zip(self._placed(row, x), self._widths, strict=True):
                cell.measure(width - 2 * PADDING_X)
                cell.draw(canvas, left, top - self.padding)
            self._release(row)
            top -= height

    def _draw_rules(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        width = sum(self._widths)
        heights = [top]
        if self.header:
            heights.append(top - self._header_height)
            canvas.draw_ground(SHADE, x, heights[-1], width, self._header_height)
        for height in self._heights:
            heights.append(heights[-1] - height)
        canvas.draw_rules(x, width, heights)

    def _placed(self, row: Row, x: float) -> list[tuple[TextBlock, float]]:
        placed = []
        for cell, width in zip(row, self._widths, strict=True):
            placed.append((cell, x + PADDING_X))
            x += width
        return placed

    def _row_height(self, row: Row) -> float:
        widths = self._widths
        heights = [cell.measure(width - 2 * PADDING_X) for cell, width in zip(row, widths, strict=True)]
        return max(heights) + 2 * self.padding

    def closed_up(self) -> TableBlock:
        """The same with less blank in its rows; to be measured again."""
        closer = TableBlock(self.header, self.rows, self.shares, self.widths)
        closer.padding = CLOSE_PADDING_Y
        return closer

    def _release(self, row: Row) -> None:
        """A long table keeps no lines but those being drawn: thousands of rows weigh more than the pages they make."""
        if len(self.rows) > _LONG:
            for cell in row:
                cell.release()

    def _part(self, header: Row, rows: list[Row]) -> TableBlock:
        part = TableBlock(header, rows, self.shares, tuple(self._widths) if self.header else ())
        part.padding = self.padding
        return part

    def _continued(self, rows: list[Row]) -> TableBlock:
        """The rest of the table, under a header that is drawn for the eye only: it was read once."""
        return self._part([TextBlock(cell.text, cell.style, None) for cell in self.header], rows)


def table_block(table: Table, parent: Element) -> TableBlock:
    """A table with column headers; the first cell of a row is its header.

    Raises:
        ValueError: a row has not as many cells as the header.
    """
    shares = table.widths or (1.0,) * len(table.header)
    if any(len(row) != len(table.header) for row in (*table.rows, shares)):
        raise ValueError(f"table « {table.caption} »: each row needs {len(table.header)} cells")
    header_row = parent.add("TR")
    header = [_cell(title, CELL_HEADER, header_row.add("TH", attributes=SCOPE_COLUMN)) for title in table.header]
    rows = []
    for values in table.rows:
        line = parent.add("TR")
        first, *others = values
        cells = [_cell(first, CELL, line.add("TH", attributes=SCOPE_ROW))]
        rows.append(cells + [_cell(value, CELL, line.add("TD")) for value in others])
    return TableBlock(header, rows, shares)


def details_block(details: Details, parent: Element) -> TableBlock:
    """Labels and values in two columns; each label is the header of its row."""
    rows = []
    for label, value in details.rows:
        line = parent.add("TR")
        header = _cell(label, LABEL, line.add("TH", attributes=SCOPE_ROW))
        rows.append([header, TextBlock(value, VALUE, line.add("TD"))])
    return TableBlock([], rows, (LABEL_SHARE, 1 - LABEL_SHARE))


def _cell(text: str, style: Style, element: Element) -> TextBlock:
    return TextBlock((Run(text),), style, element)
