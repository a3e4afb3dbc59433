"""Pages that look as if they came back from a scanner, for the demonstration: printed, inked in some boxes, stained."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFilter

from materiel.scans.issued import DPI, Issued, Rectangle, boxes_of

SCANNED_DPI = 150
PAPER, PRINT, PEN = 247, 30, 45
LEAN = 0.7
"""Degrees: nobody lays a sheet quite straight."""


class Specimen:
    """An issued document as somebody sends it back; close it."""

    def __init__(self, pdf: bytes, names: Sequence[str]) -> None:
        """Of the bytes of a document of ours, and the names of those who sign it, in order."""
        self._document = pdfium.PdfDocument(pdf)
        self._issued = Issued(pdf)
        self._boxes = boxes_of(self._issued.boxes, list(names)) or []

    def close(self) -> None:
        """Release the document."""
        self._issued.close()
        self._document.close()

    def page(self, number: int, *, signed: Sequence[int] = (), stained: bool = False) -> bytes:
        """A page as a JPEG file, the boxes of these ranks signed; `stained`, its code cannot be read."""
        drawn = self._document[number - 1].render(scale=SCANNED_DPI / 72, grayscale=True).to_pil().convert("L")
        for rank in signed:
            if rank < len(self._boxes) and self._boxes[rank].page == number:
                _sign(drawn, self._boxes[rank].place, seed=number * 100 + rank)
        if stained:
            width, height = drawn.size
            ImageDraw.Draw(drawn).rectangle((width * 0.75, height * 0.82, width, height), fill=255)
        levels = [PRINT + level * (PAPER - PRINT) // 255 for level in range(256)]
        laid = drawn.point(levels).rotate(LEAN, Image.Resampling.BILINEAR, expand=True, fillcolor=PAPER)
        file = io.BytesIO()
        laid.filter(ImageFilter.GaussianBlur(0.5)).save(file, "JPEG", quality=70, dpi=(SCANNED_DPI, SCANNED_DPI))
        return file.getvalue()


def _sign(page: Image.Image, place: Rectangle, *, seed: int) -> None:
    dice = random.Random(seed)
    left, _, right, bottom = (side * SCANNED_DPI / DPI for side in place)
    x, y = left + 40, bottom - 70
    points = []
    for _ in range(26):
        x, y = min(x + dice.uniform(-5, 13), right - 10), min(max(y + dice.uniform(-20, 20), bottom - 150), bottom - 12)
        points.append((x, y))
    ImageDraw.Draw(page).line(points, fill=PEN, width=3, joint="curve")
