"""A made-up bloc-marque, drawn here: that of the State is for its services, and is never shipped."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

from materiel.domain.papers.letterhead import Letterhead
from materiel.scans.letterhead import printable_picture

WORDS = "Ministère fictif. Direction des services départementaux d’Exemple"


def drawn_picture(width: int = 900, height: int = 480, *, mode: str = "RGBA") -> Image.Image:
    """Three bands and lines for words; transparent where nothing is drawn, if the mode knows it."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    side = width // 9
    for rank, colour in enumerate(("#2f6f4f", "#f2e8c9", "#8a3b6b")):
        pen.rectangle((rank * side, 0, (rank + 1) * side, height // 5), fill=colour)
    for rank in range(5):
        top = height // 4 + rank * height // 7
        pen.rectangle((0, top, width - 1 - rank * side, top + height // 20), fill="black")
    return image.convert(mode)


def picture_file(image: Image.Image, kind: str = "PNG") -> bytes:
    """The picture as somebody sends it."""
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


@cache
def a_letterhead() -> Letterhead:
    """A bloc-marque as high as one may be, checked as an uploaded one is."""
    return Letterhead.of(printable_picture(picture_file(drawn_picture())), WORDS)
