"""The picture of a bloc-marque made again: opaque, of the size that paper needs, nothing kept but its pixels.

Run this in the process of `scans.process`: what people send may be hostile. The size is judged in the header, before a
pixel is decoded.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, UnidentifiedImageError

from materiel.domain.papers.letterhead import LEAST_DPI, MOST_DPI, MOST_PIXELS, points_wanted

FORMATS = ("PNG", "JPEG")
_TOLERANCE = 0.99
"""A picture made for this very size may lack a point by rounding."""


class UnprintablePicture(Exception):
    """The picture is refused; its argument is the code."""

    def __init__(self, code: str, width: int = 0, height: int = 0) -> None:
        super().__init__(code)
        self.width, self.height = width, height


def printable_picture(data: bytes) -> bytes:
    """A PNG file of the same picture, on white where it was transparent, grey where it has no colour.

    Raises:
        UnprintablePicture: `letterhead.unreadable`, `letterhead.too_large`, `letterhead.too_small`.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of a large image; the size is judged here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(*image.size)
                seen = image.convert("RGBA")
    except Image.DecompressionBombError as error:
        raise UnprintablePicture("letterhead.too_large") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnprintablePicture("letterhead.unreadable") from error
    opaque = Image.new("RGB", seen.size, "white")
    opaque.paste(seen, mask=seen.getchannel("A"))
    most = points_wanted(*opaque.size, MOST_DPI)
    if opaque.width > most[0]:
        opaque = opaque.resize(most, Image.Resampling.LANCZOS)
    red, green, blue = opaque.split()
    grey = red.tobytes() == green.tobytes() == blue.tobytes()
    file = io.BytesIO()
    (red if grey else opaque).save(file, "PNG", optimize=True)
    return file.getvalue()


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise UnprintablePicture("letterhead.too_large")
    least = points_wanted(width, height, LEAST_DPI)
    if width < least[0] * _TOLERANCE or height < least[1] * _TOLERANCE:
        raise UnprintablePicture("letterhead.too_small", width, height)
