"""Pictures as figures: the compressed samples of a letterhead's PNG file go into the PDF as they are, and so does a
photograph's JPEG file.

The PNG file was made by us (`scans.letterhead`): opaque, eight bits a sample, not interlaced. PDF reads the samples of
such a PNG by itself (ISO 32000-1, 7.4.4.4), so that nothing is decoded when a paper is issued.
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

HIGHEST_PHOTO = 75 * mm
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""The marks of a JPEG file after which its size stands."""

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


@dataclass(frozen=True, slots=True)
class JpegPicture:
    """A photograph that we made (`scans.picture`): upright, in colours, without anything beside its pixels."""

    alt: str
    pixels: tuple[int, int]
    data: bytes = field(repr=False)


def jpeg_picture(alt: str, data: bytes) -> JpegPicture:
    """A photograph ready to be written; its size is read in its header.

    Raises:
        ValueError: its file is not one of ours.
    """
    place = 2
    while data[place : place + 1] == b"\xff":
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if marker in _FRAMES:
            high, wide = struct.unpack_from(">HH", data, place + 5)
            return JpegPicture(alt, (wide, high), data)
        place += 2 + length
    raise ValueError("a photograph that was not made by scans.picture")


def jpeg_object(picture: JpegPicture) -> bytes:
    """The photograph as a PDF object: PDF reads JPEG by itself (ISO 32000-1, 7.4.8)."""
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8"
        b" /Filter /DCTDecode " % picture.pixels
    )
    return stream(picture.data, entries, compress=False)


class JpegBlock(Block):
    """A photograph as wide as its column, or as high as it may be, in its proportions."""

    after = 2.0

    def __init__(self, picture: JpegPicture, parent: Element) -> None:
        self.picture = picture
        self.element = parent.add("Figure", alt=picture.alt)
        self._size = (0.0, 0.0)

    def measure(self, width: float) -> float:
        wide, high = self.picture.pixels
        scale = min(width / wide, HIGHEST_PHOTO / high)
        self._size = (wide * scale, high * scale)
        return self._size[1]

    def least(self) -> float:
        return self._size[1]

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        width, height = self._size
        bottom = top - height
        box = (x, bottom, x + width, top)
        self.element.attributes = b"<</O /Layout /Placement /Block /BBox [%.2f %.2f %.2f %.2f]>>" % box
        canvas.photos.append(jpeg_object(self.picture))
        name = photo_name(len(canvas.photos) - 1).decode()
        with canvas.tagged(self.element):
            canvas.addLiteral(f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {bottom:.2f} cm /{name} Do Q")


def photo_name(rank: int) -> bytes:
    """The name of a photograph among the resources of a page."""
    return b"P%d" % rank


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG file, each by its kind."""
    if not png.startswith(_SIGNATURE):
        raise ValueError("a letterhead is a PNG file")
    place = len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length
