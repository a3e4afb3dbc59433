"""Signature boxes: named, two to a row, with at least 34 mm of blank to sign in."""

from __future__ import annotations

from reportlab.lib.units import mm

from materiel.documents.content import Run, SignatureBox, Signatures
from materiel.documents.pdf.blocks import Block, TextBlock
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import BOX_LINE, BOX_MENTION, BOX_PARTY, MADE_AT, RULE

SIGNING_HEIGHT = 34 * mm
"""Blank height under the words of a box: a signature, a stamp and a handwritten mention."""

PER_ROW = 2
GAP = 6 * mm
PADDING = 2.6 * mm
OPTIONAL_MENTION = "Signature facultative"


class SignatureBoxes(Block):
    """Up to two boxes side by side, as high as the fuller one needs; an optional one has a dashed frame."""

    before = 4.0
    after = 6 * mm

    def __init__(self, boxes: list[tuple[SignatureBox, Element]], *, keep_with_next: bool) -> None:
        self.boxes = [(box, _words(box, element)) for box, element in boxes]
        self.keep_with_next = keep_with_next
        self.box_width = 0.0
        self.box_height = 0.0

    def measure(self, width: float) -> float:
        self.box_width = (width - GAP * (PER_ROW - 1)) / PER_ROW
        words = max(
            sum(block.measure(self.box_width - 2 * PADDING) + block.after for block in blocks)
            for _, blocks in self.boxes
        )
        self.box_height = words + SIGNING_HEIGHT + 2 * PADDING
        return self.box_height

    def least(self) -> float:
        return self.box_height

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        for box, blocks in self.boxes:
            with canvas.decoration():
                canvas.setStrokeColorRGB(*RULE)
                canvas.setLineWidth(0.8)
                if box.optional:
                    canvas.setDash(3, 2.5)
                canvas.rect(x, top - self.box_height, self.box_width, self.box_height)
            height = top - PADDING
            for block in blocks:
                block.draw(canvas, x + PADDING, height)
                height -= block.measure(self.box_width - 2 * PADDING) + block.after
            x += self.box_width + GAP


def signature_blocks(signatures: Signatures, parent: Element) -> list[Block]:
    """The sentence of place and date, then the rows of boxes, all kept on one page if it holds them."""
    blocks: list[Block] = [TextBlock((Run(signatures.made_at),), MADE_AT, parent.add("P"))]
    boxes = [(box, parent.add("Div")) for box in signatures.boxes]
    rows = [boxes[start : start + PER_ROW] for start in range(0, len(boxes), PER_ROW)]
    blocks += [SignatureBoxes(row, keep_with_next=row is not rows[-1]) for row in rows]
    return blocks


def _words(box: SignatureBox, element: Element) -> list[TextBlock]:
    lines = [(box.party, BOX_PARTY), (box.name, BOX_LINE), (box.capacity, BOX_LINE)]
    if box.optional:
        lines.append((OPTIONAL_MENTION, BOX_MENTION))
    lines.append((box.mention, BOX_MENTION))
    return [TextBlock((Run(text),), style, element.add("P")) for text, style in lines if text]
