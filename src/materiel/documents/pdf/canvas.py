"""ReportLab's canvas made to draw tagged content only: text has an element, or is declared an artifact.

Text can only be shown through `draw_lines`, which asks for its element: ReportLab's own text methods raise, so that
nothing is drawn that a screen reader would miss. Pages are kept as bytes with what the writer needs to know of them;
ReportLab's own file writer is not used (see `file.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import NoReturn

from msgspec import Struct
from reportlab.pdfgen.canvas import Canvas

from materiel.documents.pdf.embedding import ExtraSubsets
from materiel.documents.pdf.lines import Piece, SetLine, SetLines, line_width
from materiel.documents.pdf.structure import Annotated, Element, Marked
from materiel.documents.pdf.styles import FRAME_COLOUR, PAGE_HEIGHT, PAGE_WIDTH, RULE_COLOUR, Style


class UntaggedTextError(RuntimeError):
    """A text was drawn that belongs to no element: a fault of the program, never of the data."""


@dataclass(frozen=True, slots=True)
class LinkAnnotation:
    """A link on a page; `rectangle` is left, bottom, right, top in points."""

    page: int
    rectangle: tuple[float, float, float, float]
    url: str
    description: str
    element: Element


class OutlineEntry(Struct, frozen=True, gc=False):
    """A bookmark: `level` from 0, `top` in points from the bottom of the page."""

    title: str
    level: int
    page: int
    top: float


class TaggedCanvas(Canvas):  # type: ignore[misc]
    """Draws the pages of one document.

    Attributes:
        contents: the finished pages, as content streams.
        marked: for each page, the element of each marked-content id.
        links: the link annotations, in drawing order.
        outline: the bookmarks, in drawing order.
        extra: characters that needed a subset of their own.
        has_picture: the picture of the file is drawn on one of them.
        photos: the photographs drawn on them as PDF objects, in the order of their names.
    """

    def __init__(self) -> None:
        """An empty document; nothing is ever written to the canvas's own file."""
        super().__init__(BytesIO(), pagesize=(PAGE_WIDTH, PAGE_HEIGHT), pageCompression=0, invariant=1)
        self.contents: list[bytes] = []
        self.marked: list[list[Element]] = []
        self.links: list[LinkAnnotation] = []
        self.outline: list[OutlineEntry] = []
        self.extra = ExtraSubsets()
        self.has_picture = False
        self.photos: list[bytes] = []
        self._elements: list[Element] = []

    @property
    def page(self) -> int:
        """The page being drawn, from 0."""
        return len(self.contents)

    @contextmanager
    def tagged(self, element: Element | None) -> Iterator[None]:
        """What is drawn within belongs to `element`; None makes it an artifact of the page."""
        self.addLiteral(self._mark(element))
        yield
        self.addLiteral("EMC")

    @contextmanager
    def decoration(self) -> Iterator[None]:
        """Lines and grounds drawn within mean nothing to a reader who cannot see them."""
        self.addLiteral("/Artifact <</Type /Layout>> BDC q")
        yield
        self.addLiteral("Q EMC")

    def draw_lines(
        self, lines: SetLines, style: Style, x: float, top: float, width: float, owner: Element | None
    ) -> None:
        """Show lines of text from `top` down.

        Args:
            lines: as set by `lines.set_lines`.
            style: size, leading, colour, alignment.
            x: left of the column, indents included, in points.
            top: top of the first line, in points.
            width: of the column, for text set to the right.
            owner: the element it belongs to; None for an artifact.
        """
        baseline = top - style.leading / 2 - 0.32 * style.size
        if owner is not None and lines.is_linked:
            self._draw_linked(lines, style, x, baseline, owner)
            return
        if style.align_right:
            shown = [self._shown(line, style.size) for line in lines]
            lefts = [x + width - line_width(line, style) for line in lines]
            heights = [baseline - rank * style.leading for rank in range(len(lines))]
            moves = [f"1 0 0 1 {left:.2f} {y:.2f} Tm" for left, y in zip(lefts, heights, strict=True)]
            text = " ".join([f"{move} {line}" for move, line in zip(moves, shown, strict=True)])
        else:
            text = lines.operators or " T* ".join([self._shown(line, style.size) for line in lines])
            text = f"{style.leading} TL 1 0 0 1 {x:.2f} {baseline:.2f} Tm {text}"
        self._code.append(f"{self._mark(owner)} {style.colour} BT {text} ET EMC")

    def draw_ground(self, colour: str, x: float, bottom: float, width: float, height: float) -> None:
        """Fill a box that means nothing to a reader who cannot see it; `colour` is an operator."""
        box = f"{x:.2f} {bottom:.2f} {width:.2f} {height:.2f} re"
        self.addLiteral(f"/Artifact <</Type /Layout>> BDC q {colour} {box} f Q EMC")

    def draw_frame(self, x: float, bottom: float, width: float, height: float, *, dashed: bool = False) -> None:
        """The outline of a box to sign in, dashed if nobody is bound to."""
        dash = "[3 2.5] 0 d " if dashed else ""
        box = f"{x:.2f} {bottom:.2f} {width:.2f} {height:.2f} re"
        self.addLiteral(f"/Artifact <</Type /Layout>> BDC q 0.8 w {FRAME_COLOUR} {dash}{box} S Q EMC")

    def draw_rules(self, x: float, width: float, heights: Iterable[float]) -> None:
        """Thin lines across a column, as one path: it is drawn for every table and every page."""
        right = x + width
        path = " ".join([f"{x:.2f} {height:.2f} m {right:.2f} {height:.2f} l" for height in heights])
        self.addLiteral(f"/Artifact <</Type /Layout>> BDC q 0.5 w {RULE_COLOUR} {path} S Q EMC")

    def add_outline(self, title: str, level: int, top: float) -> None:
        """A bookmark to this height of this page."""
        self.outline.append(OutlineEntry(title, level, self.page, top))

    def drawText(self, *_: object, **__: object) -> NoReturn:
        """Refuse ReportLab's way of showing text, which knows no element."""
        raise UntaggedTextError("text is shown by draw_lines only")

    drawString = drawRightString = drawCentredString = drawAlignedString = drawText

    def showPage(self) -> None:
        """Finish the page."""
        self.contents.append("\n".join(self._code).encode("latin-1"))
        self.marked.append(self._elements)
        self._elements = []
        self._startPage()

    def _make_preamble(self) -> None:
        # ReportLab's preamble selects Helvetica, which is never embedded.
        self._preamble = ""

    def _mark(self, element: Element | None) -> str:
        """The operator that begins content of an element, or an artifact."""
        if element is None:
            return "/Artifact <</Type /Pagination>> BDC"
        elements = self._elements
        mcid = len(elements)
        elements.append(element)
        element.kids.append(Marked(len(self.contents), mcid))
        return f"/{element.kind} <</MCID {mcid}>> BDC"

    def _shown(self, line: SetLine, size: float) -> str:
        """The operators that show a line, ready made unless it needs a subset of its own."""
        return line.operators or " ".join([self._shown_piece(piece, size) for piece in line.pieces])

    def _shown_piece(self, piece: Piece, size: float) -> str:
        if piece.literal is not None:
            return f"/{piece.face.resource} {size} Tf {piece.literal} Tj"
        literals = self.extra.literals(piece.face, piece.text)
        return " ".join([f"/{name} {size} Tf {literal} Tj" for name, literal in literals])

    def _draw_linked(self, lines: SetLines, style: Style, x: float, baseline: float, owner: Element) -> None:
        """As `draw_lines`, with a `Link` element for each link, and an annotation for each of its lines."""
        placed: list[tuple[Piece, float, float, float]] = []
        for rank, line in enumerate(lines):
            left = x
            for piece in line.pieces:
                width = piece.face.width(piece.text) * style.size / 1000
                placed.append((piece, left, baseline - rank * style.leading, width))
                left += width
        for url, group in groupby(placed, key=lambda item: item[0].url):
            pieces = list(group)
            element = owner.add("Link") if url else owner
            with self.tagged(element):
                moves = [
                    f"1 0 0 1 {left:.2f} {height:.2f} Tm {self._shown_piece(piece, style.size)}"
                    for piece, left, height, _ in pieces
                ]
                self.addLiteral(f"{style.colour} BT {' '.join(moves)} ET")
            if url:
                self._annotate(url, pieces, style, element)

    def _annotate(
        self, url: str, pieces: list[tuple[Piece, float, float, float]], style: Style, element: Element
    ) -> None:
        text = "".join([piece.text for piece, *_ in pieces]).strip()
        description = text if text == url else f"{text} ({url})"
        for height, group in groupby(pieces, key=lambda item: item[2]):
            on_line = list(group)
            left, right = on_line[0][1], on_line[-1][1] + on_line[-1][3]
            with self.decoration():
                self.addLiteral(f"0.6 w 0 0 0.57 RG {left:.2f} {height - 1.6:.2f} m {right:.2f} {height - 1.6:.2f} l S")
            element.kids.append(Annotated(self.page, len(self.links)))
            box = (left, height - 0.25 * style.size, right, height + 0.8 * style.size)
            self.links.append(LinkAnnotation(self.page, box, url, description, element))
