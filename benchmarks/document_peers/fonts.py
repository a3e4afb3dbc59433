"""The font files that every engine is given, and the QR code as SVG, made by our own coder: only engines are timed."""

from __future__ import annotations

import re
from pathlib import Path

from materiel.documents import fonts
from materiel.documents.labels import qr

FOLDER = Path(fonts.__file__).parent
REGULAR_FILE = FOLDER / "AtkinsonHyperlegible-Regular.ttf"
BOLD_FILE = FOLDER / "AtkinsonHyperlegible-Bold.ttf"


def qr_svg(text: str) -> str:
    """The QR code of a text as an SVG image of 22 mm."""
    coder = qr.coder_for(text)
    digits = f"{coder.bits(text):0{coder.modules * coder.row_bits}b}"
    side = coder.modules + 2 * qr.QUIET_ZONE
    path = ""
    for y in range(coder.modules):
        line = digits[y * coder.row_bits :][: coder.modules]
        y += qr.QUIET_ZONE
        for run in re.finditer("1+", line):
            path += f"M{run.start() + qr.QUIET_ZONE} {y}h{run.end() - run.start()}v1h{run.start() - run.end()}z"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="22mm" height="22mm">'
        f'<path d="{path}"/></svg>'
    )
