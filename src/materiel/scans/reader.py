"""Reads the return code of one scanned page: which document, which page, which way up, or why not.

A code is tried at once, then after a light blur that mends noise, then in the four corners enlarged twice. Nothing
is guessed: a page with the codes of two pages, or with none, is left to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter

from materiel.scans.bundle import Bundle, PageTooLarge
from materiel.scans.geometry import Point
from materiel.scans.reading import PageProblem, PageReading

_ADDRESS = re.compile(r"https?://[^/]+(?:/[^/]+)*/v/(?P<code>[0-9A-Z]{10,20})/(?P<page>[1-9][0-9]{0,2})", re.I)

LIGHT_BLUR = 0.9
CORNER_HEIGHT = 0.20
CORNER_WIDTH = 0.32
"""Of the page: the code stands 12 mm from two edges, and a skewed page brings it no further."""

INKED_SHARE = 0.0004
"""Dark part of a page below which it is blank: dust and the shadow of a staple, not a line of writing."""


def read_page(bundle: Bundle, index: int) -> PageReading:
    """Read one page of a bundle; a page that cannot be decoded is a problem of that page alone."""
    return open_page(bundle, index).reading


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a page says, its picture in grey, and the corners of its code as it is printed, from its top left."""

    reading: PageReading
    image: Image.Image | None = None
    corners: tuple[Point, ...] = ()


def open_page(bundle: Bundle, index: int) -> ReadPage:
    """One page of a bundle, read, with what its boxes are looked for in."""
    try:
        image = bundle.image(index)
    except PageTooLarge:
        return ReadPage(PageReading(problem=PageProblem.TOO_LARGE))
    except (pypdfium2.PdfiumError, OSError, ValueError):
        return ReadPage(PageReading(problem=PageProblem.DAMAGED))
    reading, corners = _read(image)
    return ReadPage(reading, image, corners)


def read_image(image: Image.Image) -> PageReading:
    """Read the return code of a page in grey."""
    return _read(image)[0]


def _read(image: Image.Image) -> tuple[PageReading, tuple[Point, ...]]:
    for attempt, origin, larger in _attempts(image):
        found = _page_codes(attempt)
        if len(found) > 1:
            return PageReading(problem=PageProblem.SEVERAL_CODES), ()
        for (code, number), (rotation, corners) in found.items():
            placed = tuple((origin[0] + x / larger, origin[1] + y / larger) for x, y in corners)
            return PageReading(code=code, number=number, rotation=rotation), placed
    return PageReading(problem=PageProblem.BLANK if _is_blank(image) else PageProblem.NO_CODE), ()


_Attempt = tuple[Image.Image, Point, int]
"""A picture, where its top left corner is in the page, and how many times it is enlarged."""


def _attempts(image: Image.Image) -> Iterator[_Attempt]:
    """The page, then what gives a damaged code another chance, from the cheapest."""
    yield image, (0, 0), 1
    yield image.filter(ImageFilter.GaussianBlur(LIGHT_BLUR)), (0, 0), 1
    for corner, origin in _corners(image):
        double = corner.resize((2 * corner.width, 2 * corner.height), Image.Resampling.BICUBIC)
        yield double.filter(ImageFilter.GaussianBlur(2.2)), origin, 2
        yield double, origin, 2
        yield double.filter(ImageFilter.UnsharpMask(radius=4, percent=80, threshold=0)), origin, 2


def _corners(image: Image.Image) -> Iterator[tuple[Image.Image, Point]]:
    width, height = image.size
    # On a page scanned sideways the long side of a corner is the other one.
    across, down = (CORNER_WIDTH, CORNER_HEIGHT) if width < height else (CORNER_HEIGHT, CORNER_WIDTH)
    part, slice_ = round(width * across), round(height * down)
    for left in (width - part, 0):
        for top in (height - slice_, 0):
            yield image.crop((left, top, left + part, top + slice_)), (left, top)


def _page_codes(image: Image.Image) -> dict[tuple[str, int], tuple[int, list[Point]]]:
    """The pages named by the return codes of an image, each with the rotation that sets it upright, and its corners."""
    codes = {}
    # A code printed white on black is not ours, and looking for one takes a third of the time.
    for found in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode, try_invert=False):
        if address := _ADDRESS.fullmatch(found.text):
            turned = round(found.orientation / 90) * 90 % 360
            at = found.position
            corners = [(each.x, each.y) for each in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
            codes[address["code"].upper(), int(address["page"])] = (-turned % 360, corners)
    return codes


def _is_blank(image: Image.Image) -> bool:
    small = image.reduce(4) if min(image.size) > 400 else image
    # The border of a scan is often the dark lid of the scanner.
    width, height = small.size
    inside = small.crop((width // 20, height // 20, width - width // 20, height - height // 20))
    histogram = inside.histogram()
    pixels = sum(histogram)
    paper = next(level for level in range(255, -1, -1) if sum(histogram[level:]) > pixels // 2)
    dark = sum(histogram[: max(paper - 60, 0)])
    return dark < INKED_SHARE * pixels
