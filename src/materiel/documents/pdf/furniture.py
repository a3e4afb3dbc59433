"""What surrounds the text of each page: running title, foot with « page n sur m », return code.

Titles and foot are artifacts. The codes are figures with an alternative text, and come last in reading order,
so that no screen reader meets one in the middle of a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

from materiel.documents.content import Content, Run, Text
from materiel.documents.labels import qr
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.lines import set_lines
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import (
    FOOT,
    FOOT_NUMBER,
    FOOT_RIGHT,
    GEOMETRY,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    RUNNING,
    RUNNING_RIGHT,
    Style,
)
from materiel.documents.text import NAME_LIMIT, drawable

_NUMBER_WIDTH = 130.0
_GAP = 6.0


@dataclass(frozen=True, slots=True)
class Furniture:
    """Draws the surroundings of the pages of one document; `parent` is the element that holds the codes."""

    content: Content
    parent: Element

    def draw(self, canvas: TaggedCanvas, pages: int) -> None:
        """Draw those of the current page."""
        page = canvas.page + 1
        if page > 1:
            self._draw_running_title(canvas)
        self._draw_foot(canvas, page, pages)
        if self.content.verify_url:
            self._draw_code(canvas, page, pages)

    def _draw_running_title(self, canvas: TaggedCanvas) -> None:
        top = PAGE_HEIGHT - GEOMETRY.code_edge
        left, width = GEOMETRY.left, GEOMETRY.width
        title, number = drawable(self.content.title, NAME_LIMIT), drawable(self.content.number, NAME_LIMIT)
        _one_line(canvas, (Run(title),), RUNNING, left, top, width * 0.68)
        if number:
            _one_line(canvas, (Run(f"N°\u00a0{number}"),), RUNNING_RIGHT, left + width * 0.7, top, width * 0.3)
        canvas.draw_rules(left, width, [top - 14])

    def _draw_foot(self, canvas: TaggedCanvas, page: int, pages: int) -> None:
        side = self._code_side(page)
        code_left = PAGE_WIDTH - GEOMETRY.code_edge - side
        number_left = code_left - _GAP - _NUMBER_WIDTH
        width = number_left - GEOMETRY.left - _GAP
        top = GEOMETRY.foot_beside_code - 9
        canvas.draw_rules(GEOMETRY.left, code_left - _GAP - GEOMETRY.left, [top + 6])
        number = (Run(drawable(self.content.number, NAME_LIMIT)),)
        _one_line(canvas, number, FOOT_NUMBER, number_left, top, _NUMBER_WIDTH)
        count = (Run(f"Page\u00a0{page} sur\u00a0{pages}"),)
        _one_line(canvas, count, FOOT_RIGHT, number_left, top - 12.5, _NUMBER_WIDTH)
        words = self.content.footer or (self.content.sender[0] if self.content.sender else "")
        lines = set_lines((Run(drawable(words)),), FOOT, width).part(0, 2)
        if lines:
            canvas.draw_lines(lines, FOOT, GEOMETRY.left, top, width, None)
        if page > 1 or not self.content.verify_url:
            return
        # Once in the document the address of the code is also a link that can be followed and read aloud.
        invitation = (
            Run("Vérifier ce document\u00a0: "),
            Run(self.content.verify_url, url=self.content.verify_url),
        )
        paragraph = self.parent.add("P")
        lower = top - len(lines) * FOOT.leading - 1.5
        canvas.draw_lines(set_lines(invitation, FOOT, width), FOOT, GEOMETRY.left, lower, width, paragraph)

    def _draw_code(self, canvas: TaggedCanvas, page: int, pages: int) -> None:
        address = self._address(page)
        side = self._code_side(page)
        x, y = PAGE_WIDTH - GEOMETRY.code_edge - side, GEOMETRY.code_edge
        figure = self.parent.add(
            "Figure",
            alt=f"Code QR de la page {page} sur {pages}, pour vérifier ce document\u00a0: {address}",
            attributes=b"<</O /Layout /Placement /Block /BBox [%.2f %.2f %.2f %.2f]>>" % (x, y, x + side, y + side),
        )
        with canvas.tagged(figure):
            canvas.addLiteral(qr.path_operators(address, x, y, side))

    def _address(self, page: int) -> str:
        return f"{self.content.verify_url}/{page}"

    def _code_side(self, page: int) -> float:
        """Side in points, quiet zone included: larger for a long address, so that a module stays readable."""
        modules = qr.coder_for(self._address(page)).modules + 2 * qr.QUIET_ZONE
        return max(GEOMETRY.code_side, modules * GEOMETRY.code_module)


def _one_line(canvas: TaggedCanvas, text: Text, style: Style, x: float, top: float, width: float) -> None:
    """The first line of a text, as an artifact."""
    lines = set_lines(text, style, width).part(0, 1)
    if lines:
        canvas.draw_lines(lines, style, x, top, width, None)
