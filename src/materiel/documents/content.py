"""What a document says, independent of how it is drawn: the one value that becomes PDF, HTML and stored JSON.

A `Content` is composed once, at issue, from facts and dated wording; it is stored with the document and never
changes. Text is plain (never markup): a user's string is a run like any other, so there is nothing to inject.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec


class Run(msgspec.Struct, frozen=True, gc=False):
    """A piece of plain text; `bold` is the only emphasis, `url` makes it a link.

    A struct, for a document has hundreds and each is part of a key of the cache of set paragraphs: made, compared and
    hashed in C.
    """

    text: str
    bold: bool = False
    url: str | None = None


Text = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; level 2 for parts, one below its part for an article (level 1 is the document's title).

    `numbered` tells an article, which is set smaller than a part whatever its level.
    """

    level: int
    text: str
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph. `role` is `body`, `lead` (larger opening), `small` or `note` (framed)."""

    text: Text
    role: str = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletList:
    """An unordered list."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Pairs of a label and its value (parties, terms), drawn as a two-column table with row headers."""

    caption: str
    rows: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with column headers; the first cell of each row is its row header. `widths` are relative weights."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureBox:
    """One named box: for whom, who signs, in what capacity, and the mention to write by hand."""

    party: str
    name: str
    capacity: str
    mention: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """The signature boxes, kept together with the sentence of place and date and the number of copies."""

    made_at: str
    boxes: tuple[SignatureBox, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingSpace:
    """Ruled lines to write on by hand, under a label (remarks of a receipt)."""

    label: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSignature:
    """What somebody drew to sign: strokes of points, the ordinates going down, and the words that stand for it."""

    alt: str
    strokes: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of what is drawn; at least one wide and one high."""
        points = [point for stroke in self.strokes for point in stroke]
        left, top = min(x for x, _ in points), min(y for _, y in points)
        return left, top, max(left + 1, *(x for x, _ in points)), max(top + 1, *(y for _, y in points))


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A photograph that we made, as a JPEG file, and the words that stand for it, which are printed under it too."""

    alt: str
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Photographs:
    """Photographs side by side, two at most; None leaves a place empty, so that a pair is seen as one."""

    shown: tuple[Photograph | None, ...]


Block = DrawnSignature | Heading | Paragraph | BulletList | Details | Table | WritingSpace | Signatures | Photographs


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """French letter layout: the recipient's lines go into the window of a DL envelope, whole and alone."""

    recipient: tuple[str, ...]
    place_and_date: str
    reference: str
    subject: str
    salutation: str
    closing: str
    signatory: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A whole document. `verify_url` is the address on the QR of each page, to which `/<page>` is added; none, no code.

    `sender` holds the managing service's lines, first its name. `letter` is set for notices only.
    """

    kind: str
    number: str
    title: str
    subtitle: str
    issued_on: date
    wording: date
    sender: tuple[str, ...]
    verify_url: str
    blocks: tuple[Block, ...]
    letter: Letter | None = None
    footer: str = ""
    lang: str = "fr-FR"
