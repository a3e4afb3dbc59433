"""What an issued document looks like on paper: where its code and its signature boxes lie, read in its own bytes.

Nothing is laid out anew: the frames are found among the marks of the PDF that was issued, and the words inside each say
whose box it is. Places are in pixels of a page drawn at `DPI`, from its top left corner.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

import pypdfium2 as pdfium
from PIL import Image, ImageFilter

from materiel.scans.marks import thin_marks

DPI = 100
MM = DPI / 25.4

_PATH = 2
_LEAST_WIDTH_MM, _MOST_WIDTH_MM = 55.0, 110.0
_LEAST_HEIGHT_MM = 34.0
_MOST_HEIGHT_MM = 130.0
_LEAST_CODE_MM, _MOST_CODE_MM = 12.0, 45.0

_UNDER = 2.0
"""Points under the words that are theirs too: what a comma hangs, and a scanner spreads."""

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class IssuedBox:
    """The frame of a signature box, on a page counted from 1, and what is printed inside.

    `printed`: the part of the frame that the words take, whatever the layout left blank under them to sign in.
    """

    page: int
    place: Rectangle
    words: str
    printed: Rectangle


@dataclass(frozen=True)
class IssuedPage:
    """One page as it was printed: drawn, its marks, and the square of its code, if it is found."""

    drawn: Image.Image
    code: Rectangle | None
    _parts: dict[tuple[int, int, int, int], Image.Image] = field(default_factory=dict)

    @cached_property
    def marks(self) -> Image.Image:
        """How dark each thin mark is, slightly blurred as a scanner does."""
        return thin_marks(self.drawn).filter(ImageFilter.GaussianBlur(0.7))

    def large(self, place: Rectangle) -> Image.Image:
        """The marks of a part of the page; asked for again for each page that comes back."""
        key = (round(place[0]), round(place[1]), round(place[2]), round(place[3]))
        if key not in self._parts:
            self._parts[key] = self.marks.crop(key)
        return self._parts[key]

    def small(self, place: Rectangle) -> Image.Image:
        """The same at half the size."""
        return self.large(place).reduce(2)


class Issued:
    """The bytes of an issued PDF, opened; close it."""

    def __init__(self, pdf: bytes) -> None:
        """Open a document of ours."""
        self._document = pdfium.PdfDocument(pdf)
        self._pages: dict[int, IssuedPage] = {}
        self.boxes = tuple(box for number in range(1, len(self._document) + 1) for box in self._boxes(number))

    def close(self) -> None:
        """Release the document."""
        self._document.close()

    def page(self, number: int) -> IssuedPage:
        """A page, drawn once."""
        if number not in self._pages:
            page = self._document[number - 1]
            drawn = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
            self._pages[number] = IssuedPage(drawn, _code_of(page))
        return self._pages[number]

    def _boxes(self, number: int) -> list[IssuedBox]:
        page = self._document[number - 1]
        text = None
        found = []
        for thing in page.get_objects(filter=[_PATH], max_depth=2):
            left, bottom, right, top = thing.get_bounds()
            width, height = (right - left) * 25.4 / 72, (top - bottom) * 25.4 / 72
            if not _LEAST_WIDTH_MM < width < _MOST_WIDTH_MM or not _LEAST_HEIGHT_MM < height < _MOST_HEIGHT_MM:
                continue
            text = text or page.get_textpage()
            words = str(text.get_text_bounded(left, bottom, right, top))
            lowest = _lowest(text, (left, bottom, right, top))
            place, printed = (_pixels(page, left, low, right, top) for low in (bottom, lowest))
            found.append(IssuedBox(number, place, words, printed))
        return found


def boxes_of(boxes: tuple[IssuedBox, ...], names: list[str]) -> list[IssuedBox] | None:
    """The box of each name, in the order of the names; None when the places of this document are not known.

    A frame must bear the name of whoever signs there, and no other frame: what is not sure is left to a person.
    """
    if len(boxes) != len(names):
        return None
    left = list(boxes)
    placed = []
    for name in names:
        wanted = _letters(name)
        box = next((each for each in left if wanted in _letters(each.words)), None)
        if box is None or not wanted:
            return None
        left.remove(box)
        placed.append(box)
    return placed


def _lowest(text: pdfium.PdfTextPage, frame: Rectangle) -> float:
    """The foot of the words in a frame, in points from the bottom of the page; its top where there are none."""
    left, bottom, right, top = frame
    feet = [top]
    for rank in range(text.count_rects()):
        one, foot, other, head = text.get_rect(rank)
        if one >= left and other <= right and foot >= bottom and head <= top:
            feet.append(foot)
    return min(feet) - _UNDER


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^0-9a-z]", "", plain)


def _pixels(page: pdfium.PdfPage, left: float, bottom: float, right: float, top: float) -> Rectangle:
    height, scale = page.get_height(), DPI / 72
    return left * scale, (height - top) * scale, right * scale, (height - bottom) * scale


def _code_of(page: pdfium.PdfPage) -> Rectangle | None:
    """The square that the modules of the return code fill, which is the lowest of the page."""
    squares = []
    for thing in page.get_objects(filter=[_PATH], max_depth=2):
        left, bottom, right, top = thing.get_bounds()
        width, height = (right - left) * 25.4 / 72, (top - bottom) * 25.4 / 72
        if abs(width - height) < 0.3 and _LEAST_CODE_MM < width < _MOST_CODE_MM:
            squares.append((bottom, (left, bottom, right, top)))
    return _pixels(page, *min(squares)[1]) if squares else None
