"""A bundle of scanned pages, whatever file it came in: its pages as grey images, and parts of it as PDF.

Images become a PDF first, JPEG data untouched, so that there is one way to read and one to split. Every size is
bounded before anything is decoded: a file of a few kilobytes may declare an image of gigabytes. Run this in the
process of `scans.process`, never in the server: PDF readers have died of less than a hostile file.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from types import TracebackType

import pi_heif
import pypdfium2 as pdfium
from PIL import Image, ImageSequence, UnidentifiedImageError

from materiel.scans.refusals import MOST_PAGES, refusal

MOST_PIXELS = 75_000_000
"""Of one page: an A3 sheet at 600 dots per inch."""

RENDER_DPI = 200
LARGEST_SIDE_PT = 14_400
A4_LONG_SIDE_PT = 842

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "HEIF")
_TURNED = {3: 180, 6: 90, 8: 270}
"""Degrees clockwise by the orientation that a telephone notes."""
_ORIENTATION = 0x0112

# Files of telephones; only in the process that opens files is this module imported.
pi_heif.register_heif_opener()

_PDF = b"%PDF-"
_JPEG = b"\xff\xd8\xff"
_TEXT_OBJECT = 1
_IMAGE_OBJECT = 3


class PageTooLarge(Exception):
    """A page that would take too much memory to read."""


class Bundle:
    """Pages numbered from 0. Close it, or use it as a context manager."""

    def __init__(self, data: bytes) -> None:
        """Open a PDF, JPEG, PNG, TIFF, WebP or HEIC.

        Raises:
            BadInput: `scan.unreadable`, `scan.locked`, `scan.too_many_pages`, `scan.image_too_large`.
        """
        try:
            self._document = pdfium.PdfDocument(data if data.startswith(_PDF) else _pdf_of_images(data))
        except pdfium.PdfiumError as error:
            raise refusal("scan.locked" if "assword" in str(error) else "scan.unreadable") from error
        self.pages = len(self._document)
        if not 1 <= self.pages <= MOST_PAGES:
            self.close()
            raise refusal("scan.too_many_pages" if self.pages else "scan.unreadable")

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the document."""
        self._document.close()

    def image(self, index: int) -> Image.Image:
        """A page in grey, as it is displayed: the scanner's own pixels when the page is one image, else drawn.

        Raises:
            PageTooLarge: more than `MOST_PIXELS`.
            pypdfium2.PdfiumError: the page is damaged.
        """
        page = self._document[index]
        scanned = _only_image(page)
        if scanned is not None:
            width, height = scanned.get_px_size()
            if width * height > MOST_PIXELS:
                raise PageTooLarge
            image: Image.Image = scanned.get_bitmap(render=False).to_pil().convert("L")
            turned = page.get_rotation()
            return image.rotate(-turned, expand=True) if turned else image
        width_pt, height_pt = page.get_size()
        if max(width_pt, height_pt) > LARGEST_SIDE_PT:
            raise PageTooLarge
        scale = min(RENDER_DPI / 72, math.sqrt(MOST_PIXELS / (width_pt * height_pt)))
        drawn: Image.Image = page.render(scale=scale, grayscale=True).to_pil().convert("L")
        return drawn

    def extract(self, pages: Sequence[tuple[int, int]]) -> bytes:
        """Some pages as a PDF of their own, their pixels untouched.

        Args:
            pages: index and clockwise rotation in degrees of each page, in the wanted order.
        """
        part = pdfium.PdfDocument.new()
        part.import_pages(self._document, [index for index, _ in pages])
        for position, (_, rotation) in enumerate(pages):
            page = part[position]
            page.set_rotation((page.get_rotation() + rotation) % 360)
        file = io.BytesIO()
        part.save(file)
        part.close()
        return file.getvalue()


def joined(parts: Sequence[bytes], rotations: Sequence[int]) -> bytes:
    """One-page files as one PDF, each page turned clockwise by so many degrees, its pixels untouched."""
    whole = pdfium.PdfDocument.new()
    for data, rotation in zip(parts, rotations, strict=True):
        part = pdfium.PdfDocument(data)
        whole.import_pages(part)
        part.close()
        page = whole[len(whole) - 1]
        page.set_rotation((page.get_rotation() + rotation) % 360)
    file = io.BytesIO()
    whole.save(file)
    whole.close()
    return file.getvalue()


def _only_image(page: pdfium.PdfPage) -> pdfium.PdfImage | None:
    """The image that is the whole page, upright and unflipped; text over it (an OCR layer) does not count."""
    others = [thing for thing in page.get_objects(max_depth=1) if thing.type != _TEXT_OBJECT]
    if len(others) != 1 or others[0].type != _IMAGE_OBJECT:
        return None
    a, b, c, d, _, _ = others[0].get_matrix().get()
    width, height = page.get_size() if page.get_rotation() % 180 == 0 else page.get_size()[::-1]
    upright = a > 0 and d > 0 and abs(b) < 0.01 * a and abs(c) < 0.01 * d
    return others[0] if upright and a > 0.8 * width and d > 0.8 * height else None


def _pdf_of_images(data: bytes) -> bytes:
    """The frames of an image file as the pages of a PDF."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if getattr(image, "n_frames", 1) > MOST_PAGES:
                raise refusal("scan.too_many_pages")
            frames = [_page_of_jpeg(data, image)] if data.startswith(_JPEG) else _pages_of_frames(image)
            return frames[0] if len(frames) == 1 else joined(frames, [0] * len(frames))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise refusal("scan.image_too_large") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise refusal("scan.unreadable") from error


def _page_of_jpeg(data: bytes, image: Image.Image) -> bytes:
    _check_pixels(image)
    width, height = _page_size(image)
    document = pdfium.PdfDocument.new()
    page = document.new_page(width, height)
    page.set_rotation(_TURNED.get(image.getexif().get(_ORIENTATION, 1), 0))
    picture = pdfium.PdfImage.new(document)
    picture.load_jpeg(io.BytesIO(data), inline=True)
    picture.set_matrix(pdfium.PdfMatrix().scale(width, height))
    page.insert_obj(picture)
    page.gen_content()
    file = io.BytesIO()
    document.save(file)
    document.close()
    return file.getvalue()


def _pages_of_frames(image: Image.Image) -> list[bytes]:
    pages = []
    # The other pictures of a telephone's file are those of a burst.
    for frame in [image] if image.format == "HEIF" else ImageSequence.Iterator(image):
        _check_pixels(frame)
        width, _ = _page_size(frame)
        file = io.BytesIO()
        resolution = frame.width * 72 / width
        if frame.mode == "1":
            # Bilevel pages keep their exact pixels; grey and colour ones are written as JPEG.
            frame.save(file, "PDF", resolution=resolution)
        else:
            colours = "RGB" if frame.mode in ("RGB", "RGBA", "P", "CMYK") else "L"
            frame.convert(colours).save(file, "PDF", resolution=resolution, quality=92)
        pages.append(file.getvalue())
    return pages


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise refusal("scan.image_too_large")


def _page_size(image: Image.Image) -> tuple[float, float]:
    """Width and height in points, by the image's own resolution if it is a scanner's, else fitted to A4."""
    dpi = float(image.info.get("dpi", (0, 0))[0])
    scale = 72 / dpi if 100 <= dpi <= 1200 else A4_LONG_SIDE_PT / max(image.size)
    return image.width * scale, image.height * scale
