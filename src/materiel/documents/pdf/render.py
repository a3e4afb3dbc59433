"""From a content to PDF bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from materiel.documents.aids.aid import Aid
from materiel.documents.aids.large import draw_aid
from materiel.documents.content import Content
from materiel.documents.pdf.arrangement import zones_of
from materiel.documents.pdf.assembly import Assembly
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.compose import Composer, has_articles, is_signed
from materiel.documents.pdf.flow import Placed
from materiel.documents.pdf.furniture import Furniture
from materiel.documents.pdf.letter import TEXT_TOP, LetterHead, letter_closing, letter_head, letter_opening
from materiel.documents.pdf.pictures import HeadPicture, picture_of
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import GEOMETRY, PAGE_HEIGHT
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.pdf.zones import Zone, lay_zones
from materiel.documents.text import NAME_LIMIT, clean
from materiel.domain.papers.letterhead import Letterhead


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A PDF/UA-1 and PDF/A-2a file and its number of pages."""

    data: bytes
    pages: int


def render_pdf(content: Content | Aid, letterhead: Letterhead | None = None) -> RenderedPdf:
    """Draw a document, or what helps to read it.

    The same content under the same letterhead makes the same bytes, in any process, on any day.

    Raises:
        RuleBroken: `text.right_to_left` or `text.not_drawable`, a character cannot be printed;
            `document.address_too_long`, the recipient of a letter does not fit the window of an envelope.
        ValueError: a table whose rows have not as many cells as its header.
    """
    out = BytesIO()
    picture = picture_of(letterhead) if letterhead is not None else None
    assembly = Assembly(out, picture)
    root = Element("Document")
    assembly.add(_draw(content, root, picture), root)
    assembly.close(_metadata(_said_by(content)))
    return RenderedPdf(out.getvalue(), assembly.pages)


@lru_cache(maxsize=16)
def shared_bytes(letterhead: Letterhead | None = None) -> int:
    """How many of the first bytes are the same in every document under a letterhead: its fonts, then the picture."""
    out = BytesIO()
    Assembly(out, picture_of(letterhead) if letterhead is not None else None)
    return len(out.getvalue())


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The pages of a document before they are drawn; `head` is set for letters."""

    pages: list[list[Placed]]
    head: LetterHead | None


def lay_out(content: Content, root: Element, picture: HeadPicture | None = None) -> LaidOut:
    """Place the blocks of a content on pages, and hang its elements under `root` in reading order."""
    composer = Composer(root, content, picture)
    if content.letter is None:
        top = GEOMETRY.top if picture is None else GEOMETRY.top_of_picture
        is_receipt = is_signed(content) and not has_articles(content)
        return LaidOut(lay_zones(zones_of(content, composer), PAGE_HEIGHT - top, rows_give_way=is_receipt), None)
    head = letter_head(content.sender, content.letter, root, picture)
    blocks = letter_opening(content.letter, root) + composer.body_blocks(content)
    blocks += letter_closing(content.letter, root)
    return LaidOut(lay_zones([Zone(blocks)], TEXT_TOP), head)


def _said_by(drawn: Content | Aid) -> Content:
    """What is said, however it is drawn."""
    return drawn.content if isinstance(drawn, Aid) else drawn


def _draw(content: Content | Aid, root: Element, picture: HeadPicture | None = None) -> TaggedCanvas:
    if isinstance(content, Aid):
        return draw_aid(content, root, picture)
    layout = lay_out(content, root, picture)
    furniture = Furniture(content, root.add("Div"))
    canvas = TaggedCanvas()
    for page, placed in enumerate(layout.pages):
        if layout.head is not None and not page:
            layout.head.draw(canvas)
        for item in placed:
            item.block.draw(canvas, GEOMETRY.left + item.x, item.top)
        # A list of thousands of lines is held as bytes from here on, no more as blocks.
        placed.clear()
        furniture.draw(canvas, len(layout.pages))
        canvas.showPage()
    return canvas


def _metadata(content: Content) -> Metadata:
    author = clean(content.sender[0]) if content.sender else ""
    return Metadata(clean(content.title), author, clean(content.number, NAME_LIMIT), content.issued_on, content.lang)
