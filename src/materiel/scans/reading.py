"""What was read on one scanned page: a value shared by the reader, the sorter and the process between them."""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.papers.scan_pile import InkVerdict, PageProblem

__all__ = ["InkVerdict", "PageProblem", "PageReading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """One page of a bundle: the document and page that its code names, or the problem.

    `rotation` is how many degrees to turn the page clockwise to set it upright: 0, 90, 180 or 270. `sha256` tells the
    same picture twice.
    """

    code: str | None = None
    number: int | None = None
    rotation: int = 0
    problem: PageProblem | None = None
    sha256: str = ""
