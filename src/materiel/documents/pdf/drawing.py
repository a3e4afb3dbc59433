"""A drawn signature, scaled to a box of its own and never cut."""

from __future__ import annotations

from reportlab.lib.units import mm

from materiel.documents.content import DrawnSignature
from materiel.documents.pdf.blocks import Block
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.structure import Element

WIDEST = 70 * mm
HIGHEST = 24 * mm
PEN = 1.1


class DrawnStrokes(Block):
    """The strokes as they were drawn, in their proportions."""

    before = 2.0
    after = 8.0

    def __init__(self, drawing: DrawnSignature, element: Element) -> None:
        self.drawing = drawing
        self.element = element
        left, top, right, bottom = drawing.bounds
        self.scale: float = min(WIDEST / (right - left), HIGHEST / (bottom - top))
        self.origin = (left, top)
        self.width: float
        self.height: float
        self.width, self.height = (right - left) * self.scale, (bottom - top) * self.scale

    def measure(self, width: float) -> float:
        return self.height

    def least(self) -> float:
        return self.height

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        self.element.attributes = b"<</O /Layout /Placement /Block /BBox [%.2f %.2f %.2f %.2f]>>" % (
            x - PEN,
            top - self.height - PEN,
            x + self.width + PEN,
            top + PEN,
        )
        with canvas.tagged(self.element):
            canvas.addLiteral(f"q {PEN} w 1 J 1 j 0 0 0.3 RG {self._path(x, top)} S Q")

    def _path(self, x: float, top: float) -> str:
        left, above = self.origin
        placed = [
            [(x + (h - left) * self.scale, top - (v - above) * self.scale) for h, v in stroke]
            for stroke in self.drawing.strokes
        ]
        # A dot is a line of no length, which a round pen shows.
        return " ".join(
            f"{stroke[0][0]:.2f} {stroke[0][1]:.2f} m "
            + " ".join(f"{h:.2f} {v:.2f} l" for h, v in (stroke[1:] or stroke))
            for stroke in placed
        )
