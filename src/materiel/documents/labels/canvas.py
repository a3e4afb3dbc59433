"""The page on which labels are laid: a deterministic PDF with embedded faces, measured from its top left.

A thin skin over a ReportLab canvas. Operators are written as text, a whole page at a time: a print run is ten
thousand small labels, and the general drawing calls would cost more than the labels themselves.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from threading import Lock

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from materiel.documents import fonts
from materiel.documents.codes import slashed
from materiel.documents.labels.formats import PT_PER_MM

_FONT_FOLDER = Path(fonts.__file__).parent
_saving = Lock()


class LabelCanvas:
    """Pages of one size, filled with PDF operators."""

    def __init__(self, title: str, width_mm: float, height_mm: float) -> None:
        """Open a document whose viewer shows its title and prints it at its true size."""
        self._height = _page_length(height_mm)
        self._canvas = Canvas(
            None,
            pagesize=(_page_length(width_mm), self._height),
            pageCompression=1,
            invariant=1,
            lang="fr-FR",
            initialFontName=_font(fonts.REGULAR.name).fontName,
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("materiel")
        self._canvas.setSubject("Étiquettes d'inventaire")
        self._canvas.setCreator("materiel")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        # A printer driver that « fits to page » moves every label off its cell.
        self._canvas.setViewerPreference("PrintScaling", "None")
        self._operators: list[str] = []
        self._shows: dict[tuple[str, bool, float], str] = {}

    def add(self, operators: str) -> None:
        """Append PDF operators to the page; lengths are points from the bottom left."""
        self._operators.append(operators)

    def point(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """The PDF point of a place given in mm from the top left corner."""
        return x_mm * PT_PER_MM, self._height - y_mm * PT_PER_MM

    def text(self, text: str, x: float, y: float, size: float, *, bold: bool = False) -> str:
        """Operators that draw one line from a point. The text is drawable: see `documents.text`."""
        key = (text, bold, size)
        show = self._shows.get(key)
        if show is None:
            if len(self._shows) > 1000:
                self._shows.clear()
            show = self._shows[key] = self._show(text, size, bold)
        return f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm {show} ET"

    def next_page(self) -> None:
        """Close the page and open another."""
        self._canvas.addLiteral("\n".join(self._operators))
        self._operators.clear()
        self._canvas.showPage()

    def to_bytes(self) -> bytes:
        """Close the last page and return the PDF; the same calls give the same bytes."""
        self.next_page()
        # The readers of the font files are shared, and keep their position in the file.
        with _saving:
            data: bytes = self._canvas.getpdfdata()
        return data

    def _show(self, text: str, size: float, bold: bool) -> str:
        document = self._canvas._doc
        pieces = []
        is_code = fonts.SLASHED_ZERO in slashed(text)
        for face, run in fonts.split_by_face(text, bold=bold):
            font = _font(face.name, of_codes=is_code and face is not fonts.FALLBACK)
            for subset, codes in font.splitString(run, document):
                name = font.getSubsetInternalName(subset, document)
                pieces.append(f"{name} {size:g} Tf <{codes.hex()}> Tj")
        return " ".join(pieces)


def _page_length(length_mm: float) -> float:
    """Points, a thousandth short: a page too long by a millionth would be given one more row of dots."""
    return (math.floor(length_mm * PT_PER_MM * 1000) - 1) / 1000


@cache
def _font(name: str, *, of_codes: bool = False) -> TTFont:
    """The face of that name as ReportLab embeds it; `of_codes`, its zero is drawn slashed, and still read as « 0 »."""
    rl_config.useA85 = 0
    font = TTFont(f"{'code' if of_codes else 'label'}-{name}", str(_FONT_FOLDER / f"{name}.ttf"))
    if of_codes:
        font.face.name += b"-OfCodes"
        font.face.charToGlyph[ord("0")] = font.face.charToGlyph[ord(fonts.SLASHED_ZERO)]
    pdfmetrics.registerFont(font)
    return font
