"""Says of each page of a pile which page of which document it is. Pure, and shy: what its code names, or nothing.

One inference is allowed: an unread page between two pages of the same document, n - 1 and n + 1, is page n, if page
n is nowhere else. It is only told to a person, who files it or not. Blank backs of sheets are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from materiel.scans.reading import PageProblem, PageReading

INFERABLE = frozenset({PageProblem.NO_CODE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPage:
    """Which page of which document a page is; a problem says why it is not filed at once, `INFERRED` for a guess."""

    code: str | None = None
    number: int | None = None
    rotation: int = 0
    problem: PageProblem | None = None


def place_pages(readings: Sequence[PageReading], page_counts: Mapping[str, int]) -> list[PlacedPage]:
    """Place the pages of a pile, one for each reading.

    Args:
        readings: one a page, in the order of the pile.
        page_counts: number of pages of each known document, by its code; a code that is not there is unknown.
    """
    return [_placed(readings, index, page_counts) for index in range(len(readings))]


def _placed(readings: Sequence[PageReading], index: int, page_counts: Mapping[str, int]) -> PlacedPage:
    reading = readings[index]
    if reading.code is None or reading.number is None:
        guess = _inferred(readings, index, page_counts)
        if guess is not None:
            return guess
        return PlacedPage(problem=reading.problem or PageProblem.NO_CODE)
    if reading.code not in page_counts:
        return PlacedPage(problem=PageProblem.UNKNOWN)
    if reading.number > page_counts[reading.code]:
        return PlacedPage(problem=PageProblem.NO_SUCH_PAGE, rotation=reading.rotation)
    return PlacedPage(code=reading.code, number=reading.number, rotation=reading.rotation)


def _inferred(readings: Sequence[PageReading], index: int, page_counts: Mapping[str, int]) -> PlacedPage | None:
    """Document, number and rotation of an unread page, if its two neighbours agree on them."""
    if readings[index].problem not in INFERABLE:
        return None
    before, after = _neighbour(readings, index, -1), _neighbour(readings, index, 1)
    if before is None or after is None or before.code is None or before.code != after.code:
        return None
    if before.number is None or after.number is None or abs(before.number - after.number) != 2:
        return None
    number = (before.number + after.number) // 2
    if any(reading.code == before.code and reading.number == number for reading in readings):
        return None
    if before.code not in page_counts or before.rotation != after.rotation:
        return None
    return PlacedPage(code=before.code, number=number, rotation=before.rotation, problem=PageProblem.INFERRED)


def _neighbour(readings: Sequence[PageReading], index: int, step: int) -> PageReading | None:
    """The nearest page on one side that is not a blank back."""
    index += step
    while 0 <= index < len(readings):
        if readings[index].problem is not PageProblem.BLANK:
            return readings[index]
        index += step
    return None
