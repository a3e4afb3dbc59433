"""The picture of a letterhead as a figure: the compressed samples of its PNG file go into the PDF as they are.

The file was made by us (`scans.letterhead`): opaque, eight bits a sample, not interlaced. PDF reads the samples of such
a PNG by itself (ISO 32000-1, 7.4.4.4), so that nothing is decoded when a paper is issued.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from reportlab.lib.units import mm

from materiel.documents.pdf.blocks import Block
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.writing.syntax import stream
from materiel.domain.papers.letterhead import Letterhead, printed_size_mm

PICTURE = b"L"
"""Its name among the resources of a page."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SPACES = {0: (b"/DeviceGray", 1), 2: (b"/DeviceRGB", 3)}
"""Space and samples a pixel, by the colour type of a PNG file."""


@dataclass(frozen=True, slots=True)
class HeadPicture:
    """A picture ready to be written: `width` and `height` on paper in points, `pixels` across and down."""

    alt: str
    width: float
    height: float
    pixels: tuple[int, int]
    colour_type: int
    samples: bytes = field(repr=False)


@lru_cache(maxsize=16)
def picture_of(letterhead: Letterhead) -> HeadPicture:
    """The picture of a letterhead.

    Raises:
        ValueError: its file is not one of ours.
    """
    header, samples = b"", []
    for kind, data in _chunks(letterhead.png):
        if kind == b"IHDR":
            header = data
        elif kind == b"IDAT":
            samples.append(data)
    wide, high, depth, colour_type, *ways = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour_type not in _SPACES or any(ways):
        raise ValueError("a letterhead that was not made by scans.letterhead")
    width_mm, height_mm = printed_size_mm(wide, high)
    return HeadPicture(letterhead.alt, width_mm * mm, height_mm * mm, (wide, high), colour_type, b"".join(samples))


def image_object(picture: HeadPicture) -> bytes:
    """The image as a PDF object."""
    space, colours = _SPACES[picture.colour_type]
    wide, high = picture.pixels
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8 /Filter /FlateDecode"
        b" /DecodeParms <</Predictor 15 /Colors %d /Columns %d>> " % (wide, high, space, colours, wide)
    )
    return stream(picture.samples, entries, compress=False)


class PictureBlock(Block):
    """The picture at its own size, a figure whose alternative text is its words."""

    def __init__(self, picture: HeadPicture, parent: Element) -> None:
        self.picture = picture
        self.element = parent.add("Figure", alt=picture.alt)

    def measure(self, width: float) -> float:
        return self.picture.height

    def least(self) -> float:
        return self.picture.height

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        width, height = self.picture.width, self.picture.height
        bottom = top - height
        box = (x, bottom, x + width, top)
        self.element.attributes = b"<</O /Layout /Placement /Block /BBox [%.2f %.2f %.2f %.2f]>>" % box
        canvas.has_picture = True
        with canvas.tagged(self.element):
            canvas.addLiteral(f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {bottom:.2f} cm /{PICTURE.decode()} Do Q")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG file, each by its kind."""
    if not png.startswith(_SIGNATURE):
        raise ValueError("a letterhead is a PNG file")
    place = len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length
