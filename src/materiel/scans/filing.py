"""Sorts the pages of a bundle by document. Pure, and shy: a page goes to a document that its code names, or nowhere.

One inference is allowed: an unread page between two pages of the same document, n - 1 and n + 1, is page n, if page
n is nowhere else. It is flagged, for someone to look at. Blank backs of sheets are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from materiel.scans.reading import PageProblem, PageReading

INFERABLE = frozenset({PageProblem.NO_CODE})


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledPage:
    """One page of a complete copy: its index in the bundle, how to turn it, and whether it was inferred."""

    index: int
    rotation: int
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A complete copy of a document found in the bundle, its pages in the order of the document."""

    code: str
    pages: tuple[FiledPage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """What became of each page: in a complete copy, or left to a person, with its index and the problem."""

    copies: tuple[Copy, ...]
    unfiled: tuple[tuple[int, PageProblem], ...]


@dataclass(slots=True)
class _OpenCopy:
    code: str
    pages: dict[int, FiledPage] = field(default_factory=dict)


def sort_pages(readings: Sequence[PageReading], page_counts: Mapping[str, int]) -> Sorted:
    """Sort a bundle.

    Args:
        readings: one a page, in the order of the bundle.
        page_counts: number of pages of each known document, by its code; a code that is not there is unknown.
    """
    unfiled: dict[int, PageProblem] = {}
    copies: list[_OpenCopy] = []
    for index, reading in enumerate(readings):
        inferred = _inferred(readings, index, page_counts)
        code, number, rotation = inferred or (reading.code, reading.number, reading.rotation)
        if code is None or number is None:
            unfiled[index] = reading.problem or PageProblem.NO_CODE
        elif code not in page_counts:
            unfiled[index] = PageProblem.UNKNOWN
        elif number > page_counts[code]:
            unfiled[index] = PageProblem.NO_SUCH_PAGE
        else:
            page = FiledPage(index=index, rotation=rotation, inferred=inferred is not None)
            _copy_lacking(copies, code, number).pages[number] = page
    complete = []
    for copy in copies:
        if len(copy.pages) == page_counts[copy.code]:
            pages = tuple(copy.pages[number] for number in sorted(copy.pages))
            complete.append(Copy(code=copy.code, pages=pages))
        else:
            unfiled.update((page.index, _reason(page)) for page in copy.pages.values())
    return Sorted(copies=tuple(complete), unfiled=tuple(sorted(unfiled.items())))


def _copy_lacking(copies: list[_OpenCopy], code: str, number: int) -> _OpenCopy:
    """The first copy of a document that lacks a page; several signed copies of one document come back together."""
    for copy in copies:
        if copy.code == code and number not in copy.pages:
            return copy
    copies.append(_OpenCopy(code))
    return copies[-1]


def _reason(page: FiledPage) -> PageProblem:
    return PageProblem.NO_CODE if page.inferred else PageProblem.INCOMPLETE


def _inferred(
    readings: Sequence[PageReading], index: int, page_counts: Mapping[str, int]
) -> tuple[str, int, int] | None:
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
    return before.code, number, before.rotation


def _neighbour(readings: Sequence[PageReading], index: int, step: int) -> PageReading | None:
    """The nearest page on one side that is not a blank back."""
    index += step
    while 0 <= index < len(readings):
        if readings[index].problem is not PageProblem.BLANK:
            return readings[index]
        index += step
    return None
