"""Signature boxes: named, two or three to a row, with at least 28 mm of blank to sign in (23 on a receipt)."""

from __future__ import annotations

from reportlab.lib.units import mm

from materiel.documents.content import Run, SignatureBox, Signatures
from materiel.documents.pdf.blocks import Block, TextBlock
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import BOX_LINE, BOX_MENTION, BOX_PARTY, MADE_AT

SIGNING_HEIGHT = 28 * mm
"""Blank height under the words of a box: a signature, a stamp and a handwritten mention."""

RECEIPT_HEIGHT = 23 * mm
"""The same on a receipt, which is signed without a stamp."""

BY_THREE = frozenset({3, 5, 6})
"""Numbers of boxes that are set three to a row."""

GAP = 4 * mm
PADDING = 2 * mm
OPTIONAL_MENTION = "Signature facultative"


class SignatureBoxes(Block):
    """Boxes side by side, as high as the fullest one needs; an optional one has a dashed frame.

    Args:
        boxes: up to `per_row`, each with its element.
        per_row: how many share the width.
        height: blank to sign in, in points.
        keep_with_next: another row follows.
    """

    before = 4.0
    after = 3 * mm

    def __init__(
        self, boxes: list[tuple[SignatureBox, Element]], per_row: int, height: float, *, keep_with_next: bool
    ) -> None:
        self.per_row = per_row
        self.height = height
        self.boxes = [(box, _words(box, element)) for box, element in boxes]
        self.keep_with_next = keep_with_next
        self.box_width = 0.0
        self.box_height = 0.0

    def measure(self, width: float) -> float:
        self.box_width = (width - GAP * (self.per_row - 1)) / self.per_row
        words = max(
            sum(block.measure(self.box_width - 2 * PADDING) + block.after for block in blocks)
            for _, blocks in self.boxes
        )
        self.box_height = words + self.height + 2 * PADDING
        return self.box_height

    def least(self) -> float:
        return self.box_height

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        for box, blocks in self.boxes:
            canvas.draw_frame(x, top - self.box_height, self.box_width, self.box_height, dashed=box.optional)
            height = top - PADDING
            for block in blocks:
                block.draw(canvas, x + PADDING, height)
                height -= block.measure(self.box_width - 2 * PADDING) + block.after
            x += self.box_width + GAP


def signature_blocks(signatures: Signatures, parent: Element, height: float, *, per_row: int = 0) -> list[Block]:
    """The sentence of place and date, then the rows of boxes, all kept on one page if it holds them.

    Args:
        per_row: how many boxes share the width; 0 for what their number asks.
    """
    blocks: list[Block] = [TextBlock((Run(signatures.made_at),), MADE_AT, parent.add("P"))]
    boxes = [(box, parent.add("Div")) for box in signatures.boxes]
    per_row = per_row or (3 if len(boxes) in BY_THREE else 2)
    rows = [boxes[start : start + per_row] for start in range(0, len(boxes), per_row)]
    blocks += [SignatureBoxes(row, per_row, height, keep_with_next=row is not rows[-1]) for row in rows]
    return blocks


def _words(box: SignatureBox, element: Element) -> list[TextBlock]:
    lines = [(box.party, BOX_PARTY), (box.name, BOX_LINE), (box.capacity, BOX_LINE)]
    if box.optional:
        lines.append((OPTIONAL_MENTION, BOX_MENTION))
    lines.append((box.mention, BOX_MENTION))
    return [TextBlock((Run(text),), style, element.add("P")) for text, style in lines if text]
