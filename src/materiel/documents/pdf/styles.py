"""Sizes, colours and page geometry of documents. Lengths are in points unless a name says `_mm`."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

PAGE_WIDTH, PAGE_HEIGHT = A4

INK = "0.09 0.09 0.11 rg"
BLUE = "0 0 0.57 rg"
GREY = "0.33 0.34 0.37 rg"
"""Fill colours as PDF operators. On white: contrast of 17, 15 and 7.6 to 1 (WCAG AAA asks 7)."""

FRAME_COLOUR = "0.56 0.57 0.6 RG"
RULE_COLOUR = "0.72 0.73 0.76 RG"
SHADE = "0.945 0.95 0.97 rg"
"""Colours of frames, of thin lines, of the ground of headers; `BLUE` is that of the line under a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """The page. Its foot holds the return code, 12 mm from the edges: nearer, skewed scans cut its corner."""

    left: float = 15.5 * mm
    right: float = 15.5 * mm
    top: float = 12 * mm
    top_of_picture: float = 10 * mm
    running_top: float = 19 * mm
    foot: float = 35.5 * mm
    foot_beside_code: float = 25 * mm
    gutter: float = 6.5 * mm
    code_edge: float = 12 * mm
    code_side: float = 22 * mm
    code_module: float = 0.52 * mm

    @property
    def width(self) -> float:
        """Width of the column of text."""
        return float(PAGE_WIDTH - self.left - self.right)


GEOMETRY = Geometry()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Style:
    """How a block of text is set. `indent` is from the left of its column; `hang` that of a bullet.

    Styles are compared by identity: they are constants, and keys of the cache of set paragraphs.
    """

    size: float = 10.5
    leading: float = 14.2
    bold: bool = False
    before: float = 0.0
    after: float = 6.0
    indent: float = 0.0
    hang: float = 0.0
    colour: str = INK
    keep_with_next: bool = False
    align_right: bool = False


BODY = Style()
LEAD = Style(size=10.5, leading=13.4, after=5)
LEAD_BESIDE = Style(size=10, leading=12.2, after=0)
SMALL = Style(size=9.5, leading=11.8, after=4, colour=GREY)
TEXT = Style(size=9.5, leading=11.2, after=2.4)
NOTE = Style(size=9.5, leading=11.5, after=3)
BULLET = Style(size=9.5, leading=11.2, indent=9, hang=1, after=0.6)
"""Text of agreements and receipts; `BODY` is that of letters."""
LETTER_BULLET = Style(indent=14, hang=4, after=3)

TITLE = Style(size=14, leading=17, bold=True, after=1, colour=BLUE, keep_with_next=True)
SUBTITLE = Style(size=10, leading=12.6, after=3, colour=GREY, keep_with_next=True)
PART = Style(size=11.5, leading=14, bold=True, before=5, after=2, colour=BLUE, keep_with_next=True)
ARTICLE = Style(size=9.8, leading=12, bold=True, before=4.5, after=1, colour=BLUE, keep_with_next=True)

SENDER_NAME = Style(size=11, leading=14, bold=True, after=1, keep_with_next=True)
SENDER = Style(size=9, leading=11.6, after=0, colour=GREY, keep_with_next=True)

CAPTION = Style(size=9.5, leading=12, bold=True, before=3, after=2, keep_with_next=True)
CELL = Style(size=9.5, leading=11.4, after=0)
CELL_HEADER = Style(size=9.5, leading=11.4, bold=True, after=0)
LABEL = Style(size=9.5, leading=11.4, after=0, colour=GREY)
VALUE = Style(size=9.5, leading=11.4, after=0)
BESIDE = Style(size=9.5, leading=11.4, after=1)
BESIDE_CAPTION = Style(size=9.5, leading=12, bold=True, after=2, colour=BLUE)

MADE_AT = Style(size=9.5, leading=11.6, before=3, after=4, keep_with_next=True)
BOX_PARTY = Style(size=9.5, leading=11.4, bold=True, after=0)
BOX_LINE = Style(size=9, leading=10.8, after=0)
BOX_MENTION = Style(size=8.4, leading=10, after=0, colour=GREY)

FOOT_NUMBER = Style(size=9, leading=11.5, bold=True, after=0, align_right=True)
FOOT = Style(size=8, leading=10, after=0, colour=GREY)
FOOT_RIGHT = Style(size=8.6, leading=11, after=0, align_right=True)
RUNNING = Style(size=8.4, leading=10.4, after=0, colour=GREY)
RUNNING_RIGHT = Style(size=8.4, leading=10.4, after=0, colour=GREY, align_right=True)
