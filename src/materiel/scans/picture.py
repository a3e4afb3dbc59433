"""Photographs as a browser shows them: upright, of a bearable size, without the place that a telephone notes.

Run this in the process of `scans.process`: what people send may be hostile.
"""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from materiel.scans.bundle import FORMATS, MOST_PIXELS

LARGE_SIDE = 2_000
SMALL_SIDE = 320


class Unshowable(Exception):
    """The photograph is refused; its argument is the code."""


def shown(data: bytes) -> tuple[bytes, bytes]:
    """A photograph and a thumbnail of it, as JPEG files that say nothing of where or by whom.

    Raises:
        Unshowable: `photo.unreadable`, `photo.too_large`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unshowable("photo.too_large")
            if image.format == "JPEG":
                # The decoder itself leaves out the detail that is not wanted.
                image.draft("RGB", (LARGE_SIDE, LARGE_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unshowable("photo.too_large") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unshowable("photo.unreadable") from error
    upright.thumbnail((LARGE_SIDE, LARGE_SIDE), Image.Resampling.LANCZOS)
    small = upright.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    return _jpeg(upright, 85), _jpeg(small, 75)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # Made anew: nothing of what the file said beside its pixels is kept.
    plain = Image.new("RGB", image.size)
    plain.paste(image)
    file = io.BytesIO()
    plain.save(file, "JPEG", quality=quality)
    return file.getvalue()
