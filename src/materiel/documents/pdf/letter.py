"""The French letter: sender on the left, recipient in the window of a DL envelope, then the text.

An A4 sheet folded in three has a first panel of 210 × 99 mm; a DL envelope is 220 × 110 mm, its window 100 × 35 mm, at
20 mm from the right and the bottom edges. The panel may slide by 10 mm sideways and by 11 mm up and down. The part of
the sheet seen wherever the panel lies is therefore 100–190 mm from the left and 55–79 mm from the top: the address is
set within it. The part that may be seen is 90–200 mm and 44–90 mm: nothing else is drawn there.
"""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.units import mm

from materiel.documents.content import Letter, Run
from materiel.documents.pdf.blocks import Block, TextBlock
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.pictures import HeadPicture, PictureBlock
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import (
    BODY,
    GEOMETRY,
    PAGE_HEIGHT,
    SENDER,
    SENDER_NAME,
    Style,
)
from materiel.errors import RuleBroken

ADDRESS_LEFT_MM, ADDRESS_RIGHT_MM = 100.0, 190.0
ADDRESS_TOP_MM, ADDRESS_BOTTOM_MM = 55.0, 79.0
WINDOW_LEFT_MM, WINDOW_RIGHT_MM = 90.0, 200.0
WINDOW_TOP_MM, WINDOW_BOTTOM_MM = 44.0, 90.0

TEXT_TOP = PAGE_HEIGHT - 94 * mm
"""Where the text begins on the first page, under the window and above the first fold at 99 mm."""

_ADDRESS_STYLES = tuple(
    Style(size=size, leading=leading, after=0)
    for size, leading in ((10.5, 13.2), (10.5, 11.3), (9.5, 10.4), (8.5, 9.6), (7.5, 8.4))
)
"""Tried in turn until the address fits."""

_INSET = 2 * mm
_SIGNING_HEIGHT = 20 * mm
_PLACE = Style(after=10, align_right=True, keep_with_next=True)
_REFERENCE = Style(size=9.5, leading=12.6, after=2, keep_with_next=True)
_SUBJECT = Style(size=10.5, leading=14.2, bold=True, after=12, keep_with_next=True)
_CLOSING = Style(before=4, after=10, keep_with_next=True)
_QUALITY = Style(after=0)
_NAME = Style(after=0, bold=True)
_SENDER_WIDTH = (WINDOW_LEFT_MM - 4) * mm - GEOMETRY.left


class LetterSignatory(Block):
    """Name and quality of who signs, in the right half, with blank for the signature between them."""

    before = 6.0

    def __init__(self, lines: tuple[str, ...], parent: Element) -> None:
        quality, *others = lines or ("",)
        self._above = TextBlock((Run(quality),), _QUALITY, parent.add("P"))
        self._below = [
            TextBlock((Run(line),), _QUALITY if rank else _NAME, parent.add("P")) for rank, line in enumerate(others)
        ]
        self._left = 0.0
        self._height = 0.0

    def measure(self, width: float) -> float:
        self._left = width * 0.5
        stack = [self._above, *self._below]
        self._height = sum(block.measure(width - self._left) for block in stack) + _SIGNING_HEIGHT
        return self._height

    def least(self) -> float:
        return self._height

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        self._above.draw(canvas, x + self._left, top)
        top -= len(self._above.lines) * self._above.style.leading + _SIGNING_HEIGHT
        for block in self._below:
            block.draw(canvas, x + self._left, top)
            top -= len(block.lines) * block.style.leading


@dataclass(frozen=True, slots=True)
class LetterHead:
    """Blocks of the first page that stand at fixed places: sender and recipient, each with its top."""

    sender: list[Block]
    recipient: list[TextBlock]

    def draw(self, canvas: TaggedCanvas) -> None:
        """Draw both on the current page."""
        top = PAGE_HEIGHT - GEOMETRY.top
        for block in self.sender:
            height = block.measure(_SENDER_WIDTH)
            block.draw(canvas, GEOMETRY.left, top)
            top -= height + block.after
        top = PAGE_HEIGHT - ADDRESS_TOP_MM * mm
        for block in self.recipient:
            height = block.measure(_address_width())
            block.draw(canvas, ADDRESS_LEFT_MM * mm + _INSET, top)
            top -= height


def letter_head(
    sender: tuple[str, ...], letter: Letter, parent: Element, picture: HeadPicture | None = None
) -> LetterHead:
    """Sender and recipient of a letter; the bloc-marque of the sender above its name.

    Raises:
        RuleBroken: `document.address_too_long`, the recipient's lines cannot be set in the window.
    """
    heading = parent.add("Div")
    styles = [SENDER_NAME, *[SENDER] * len(sender)]
    blocks: list[Block] = [] if picture is None else [PictureBlock(picture, heading)]
    blocks += [TextBlock((Run(line),), style, heading.add("P")) for line, style in zip(sender, styles, strict=False)]
    return LetterHead(blocks, _recipient(letter.recipient, parent.add("Div")))


def letter_opening(letter: Letter, parent: Element) -> list[Block]:
    """Place and date, reference, subject (the title of the letter for a screen reader), salutation."""
    blocks: list[Block] = [
        TextBlock((Run(letter.place_and_date),), _PLACE, parent.add("P")),
    ]
    if letter.reference:
        text = (Run("Réf.\u00a0: "), Run(letter.reference))
        blocks.append(TextBlock(text, _REFERENCE, parent.add("P")))
    blocks.append(TextBlock((Run(f"Objet\u00a0: {letter.subject}"),), _SUBJECT, parent.add("H1")))
    blocks.append(TextBlock((Run(letter.salutation),), BODY, parent.add("P")))
    return blocks


def letter_closing(letter: Letter, parent: Element) -> list[Block]:
    """Closing formula and signatory, kept together."""
    closing = TextBlock((Run(letter.closing),), _CLOSING, parent.add("P"))
    return [closing, LetterSignatory(letter.signatory, parent.add("Div"))]


def fits_window(lines: tuple[str, ...]) -> bool:
    """Whether the lines of a recipient can be set in the window of an envelope."""
    return _set_in_window(lines, Element("Div")) is not None


def _recipient(lines: tuple[str, ...], parent: Element) -> list[TextBlock]:
    blocks = _set_in_window(lines, parent)
    if blocks is None:
        raise RuleBroken(
            "document.address_too_long",
            "L’adresse du destinataire ne tient pas dans la fenêtre de l’enveloppe. Abrégez ses lignes\u00a0: "
            "six au plus, "
            "de quarante caractères environ.",
        )
    return blocks


def _set_in_window(lines: tuple[str, ...], parent: Element) -> list[TextBlock] | None:
    elements = [parent.add("P") for _ in lines]
    room = (ADDRESS_BOTTOM_MM - ADDRESS_TOP_MM) * mm
    for style in _ADDRESS_STYLES:
        blocks = [TextBlock((Run(line),), style, element) for line, element in zip(lines, elements, strict=True)]
        if sum(block.measure(_address_width()) for block in blocks) <= room:
            return blocks
    return None


def _address_width() -> float:
    return float((ADDRESS_RIGHT_MM - ADDRESS_LEFT_MM) * mm - _INSET)
