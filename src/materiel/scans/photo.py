"""Reads the codes of a photograph: one label held before a camera, or a whole shelf of them.

A photograph is reduced before it is read: a code that a phone takes at arm's length keeps enough of its modules, and
twelve million pixels cost ten times more. One that is not found is tried once more in full.
"""

from __future__ import annotations

import io
import warnings

import zxingcpp
from PIL import Image, ImageOps

from materiel.errors import BadInput

LARGEST_BYTES = 12_000_000
LARGEST_PIXELS = 60_000_000
"""Above what telephones make; the size is read in the header, before a pixel is decoded."""

REDUCED_SIDE = 1_600
MOST_CODES = 100
FORMATS = ("JPEG", "PNG", "WEBP")


def read_codes(data: bytes) -> list[str]:
    """The texts of the codes of a photograph, from top to bottom, each once.

    Raises:
        BadInput: `photo.too_large`, `photo.unreadable`.
    """
    if len(data) > LARGEST_BYTES:
        raise _too_large()
    try:
        with warnings.catch_warnings():
            # Pillow warns of a large image; the size is judged here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > LARGEST_PIXELS:
                    raise _too_large()
                return _read(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise BadInput(
            "photo.unreadable",
            "Cette image ne se lit pas : envoyez une photo JPEG, PNG ou WebP, ou saisissez le numéro. "
            "Sur un iPhone : Réglages, Appareil photo, Formats, Le plus compatible.",
        ) from fault


def _read(image: Image.Image) -> list[str]:
    size = image.size
    if image.format == "JPEG":
        # The decoder itself leaves out the detail that is not wanted.
        image.draft("L", (REDUCED_SIDE, REDUCED_SIDE))
    grey = ImageOps.exif_transpose(image).convert("L")
    small = grey.copy()
    small.thumbnail((REDUCED_SIDE, REDUCED_SIDE), Image.Resampling.BILINEAR)
    found = _codes(small)
    if not found and max(grey.size) > REDUCED_SIDE and grey.size == size:
        found = _codes(grey)
    return found


def _codes(image: Image.Image) -> list[str]:
    formats = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix]
    found = zxingcpp.read_barcodes(image, formats=formats)
    in_order = sorted(found, key=lambda code: (code.position.top_left.y // 40, code.position.top_left.x))
    return list(dict.fromkeys(code.text for code in in_order))[:MOST_CODES]


def _too_large() -> BadInput:
    return BadInput(
        "photo.too_large",
        f"Cette photo est trop grande : {LARGEST_BYTES // 10**6} Mo et {LARGEST_PIXELS // 10**6} millions de points "
        "au plus. Réduisez la résolution de l'appareil, ou saisissez le numéro.",
    )
