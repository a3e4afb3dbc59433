"""The « bloc-marque » that a service puts at the head of its papers: how large it is printed, what it must be.

Charte graphique de l'État: the bloc-marque stands in the upper left corner, the title beside it. None is shipped:
Marianne may be used by the services of the State only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from materiel.errors import BadInput

WIDEST_MM, HIGHEST_MM = 45.0, 20.0
LEAST_DPI = 300
MOST_DPI = 600
MOST_PIXELS = 40_000_000
LARGEST_UPLOAD = 10_000_000
LONGEST_ALT = 300
MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A bloc-marque that was checked: `png` is our own file, opaque, grey or of three colours, not interlaced.

    `alt` holds its words, for whoever does not see it; `sha256` names both, for ever.
    """

    sha256: str
    alt: str = field(compare=False)
    png: bytes = field(compare=False, repr=False)

    @classmethod
    def of(cls, png: bytes, alt: str) -> Letterhead:
        """The bloc-marque of a file and of its words."""
        return cls(hashlib.sha256(alt.encode() + b"\0" + png).hexdigest(), alt, png)


def printed_size_mm(width: int, height: int) -> tuple[float, float]:
    """Width and height on paper of a picture of so many points."""
    wide = min(WIDEST_MM, HIGHEST_MM * width / height)
    return wide, wide * height / width


def points_wanted(width: int, height: int, dpi: int) -> tuple[int, int]:
    """The points that a picture of this shape has, printed at so many to the inch."""
    wide, high = printed_size_mm(width, height)
    return round(wide / MM_PER_INCH * dpi), round(high / MM_PER_INCH * dpi)


def refused_letterhead(code: str, width: int = 0, height: int = 0) -> BadInput:
    """Why a picture is refused; width and height in points, for one that has too few."""
    if code == "letterhead.too_small":
        wide, high = points_wanted(width, height, LEAST_DPI)
        paper = " × ".join(f"{round(side)}" for side in printed_size_mm(width, height))
        return BadInput(
            code,
            f"Cette image est trop petite : imprimée sur {paper} mm, elle doit avoir au moins {wide} points de large "
            f"et {high} de haut ; elle en a {width} et {height}. Demandez le fichier fait pour l'impression.",
        )
    return BadInput(code, _REFUSALS[code])


_REFUSALS = {
    "letterhead.too_large": f"Cette image est trop grande : {MOST_PIXELS // 10**6} millions de points et "
    f"{LARGEST_UPLOAD // 10**6} Mo au plus.",
    "letterhead.unreadable": "Ce fichier n'est pas une image PNG ou JPEG lisible. Un fichier SVG, EPS ou PDF doit "
    "d'abord être enregistré en PNG.",
}
REFUSALS = frozenset((*_REFUSALS, "letterhead.too_small"))
