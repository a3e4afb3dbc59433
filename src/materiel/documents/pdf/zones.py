"""Zones put on pages: blocks set across the page, or in two columns that end at the same height."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from materiel.documents.pdf.blocks import Block
from materiel.documents.pdf.flow import LATER, Column, Placed, paginate, sizes_of
from materiel.documents.pdf.styles import GEOMETRY, PAGE_HEIGHT, TEXT
from materiel.documents.pdf.tables import TableBlock

COMPANY = 6 * TEXT.leading
"""Height of each column that stands above what follows, at least, when that begins a page."""

TIGHT, TIGHTEST = 0.35, 0.15
"""What is kept of the blanks between blocks where a document would begin a page, or a sheet, for a few lines; and where
a receipt still would, whose rows give way too."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Blocks set across the page, or in two columns when `columns` is 2."""

    blocks: list[Block] = field(default_factory=list)
    columns: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where zones may go; the right column leaves its foot to the return code.

    Attributes:
        first_top: where the first page begins, in points from the bottom of the page.
        squeeze: the part that is kept of the blanks between blocks.
    """

    first_top: float
    squeeze: float = 1.0

    def column(self, columns: int, page: int, height: float, rank: int) -> Column:
        """The column of rank `rank`, from 0, of a zone that starts at `height` of `page`."""
        on = page + rank // columns
        top = height if on == page else TOP
        return Column(top, GEOMETRY.foot if rank % columns == columns - 1 else GEOMETRY.foot_beside_code)


TOP = PAGE_HEIGHT - GEOMETRY.running_top


def lay_zones(zones: Iterable[Zone], first_top: float, *, rows_give_way: bool = False) -> list[list[Placed]]:
    """Put zones under one another; beyond a page, or a sheet for what has columns, the blanks give way first.

    Args:
        rows_give_way: then those within the rows of tables, if all holds on one page so.
    """
    kept = list(zones)
    pages = _laid(kept, Sheet(first_top=first_top))
    wanted = max(zone.columns for zone in kept)
    if len(pages) > wanted:
        tight = _laid(kept, Sheet(first_top=first_top, squeeze=TIGHT))
        pages = tight if len(tight) < len(pages) else pages
    if rows_give_way and len(pages) > wanted:
        closer = _laid([_closed_up(zone) for zone in kept], Sheet(first_top=first_top, squeeze=TIGHTEST))
        pages = closer if len(closer) == wanted else pages
    return pages


def _closed_up(zone: Zone) -> Zone:
    return Zone([each.closed_up() if isinstance(each, TableBlock) else each for each in zone.blocks], zone.columns)


def _laid(zones: list[Zone], sheet: Sheet) -> list[list[Placed]]:
    pages: list[list[Placed]] = [[]]
    height = sheet.first_top
    rest = deque(zones)
    while rest:
        zone = rest.popleft()
        page = len(pages) - 1
        if zone.columns == 1:
            at = partial(sheet.column, 1, page, height)
            placed = paginate(zone.blocks, GEOMETRY.width, at, started=bool(pages[-1]), squeeze=sheet.squeeze)
        else:
            placed = _Balance(zone, sheet, page, height).laid(_least(rest[0]) if rest else 0.0)
        height = _put(placed, zone, page, height, pages, sheet)
    return pages


def _put(
    placed: list[list[Placed]], zone: Zone, page: int, height: float, pages: list[list[Placed]], sheet: Sheet
) -> float:
    """Put the columns of a zone on its pages; the height where the next zone begins."""
    width = _width(zone)
    low = height
    for rank, column in enumerate(placed):
        on = page + rank // zone.columns
        while len(pages) <= on:
            pages.append([])
            low = TOP
        x = (rank % zone.columns) * (GEOMETRY.width + GEOMETRY.gutter) / 2
        pages[on] += [Placed(each.block, each.top, x) for each in column]
        if on == len(pages) - 1 and column:
            last = column[-1]
            low = min(low, last.top - last.block.measure(width) - last.block.after * sheet.squeeze)
    return low


class _Balance:
    """Two columns: those of the last page as short as they can be, with room under them for what follows.

    The pages before the last are laid once: only what stands on it is tried again.
    """

    def __init__(self, zone: Zone, sheet: Sheet, page: int, height: float) -> None:
        self._sheet = sheet
        self._page = page
        self._height = height
        self._width = _width(zone)
        self._floors: dict[int, float] = {}
        # What is settled, its number of columns, and what is left to lay after it.
        self._kept: list[list[Placed]] = []
        self._rest: list[Block] = zone.blocks
        self._sizes = sizes_of(self._rest, self._width, sheet.squeeze)

    def laid(self, following: float) -> list[list[Placed]]:
        """The columns; `following` is the height without which what follows is not begun, 0 for nothing."""
        waited: list[list[Block]] = []
        first = self._lay(waited)
        last = self._last(first)
        settled = 2 * (last - self._page)
        if settled:
            self._kept, self._rest = first[:settled], waited[settled]
            self._sizes = sizes_of(self._rest, self._width, self._sheet.squeeze)
        best = self._shortened(first, last, self._top(last))
        room = TOP - GEOMETRY.foot - COMPANY
        if following and following < room and self._floors[last] - following < GEOMETRY.foot:
            return self._with_company(last, best)
        return best

    def _shortened(self, laid: list[list[Placed]], last: int, top: float) -> list[list[Placed]]:
        """The last page's columns as short as they go without a page more, or a heading at their foot."""
        self._floors[last] = top - self._lengths(laid, last) / 2
        while self._floors[last] > GEOMETRY.foot_beside_code:
            tried = self._lay()
            headed = any(column and column[-1].block.keep_with_next for column in tried)
            if self._last(tried) <= last and not headed:
                return tried
            self._floors[last] -= TEXT.leading / 2
        return laid

    def _with_company(self, last: int, placed: list[list[Placed]]) -> list[list[Placed]]:
        """What follows goes to a new page, and takes some lines of both columns with it."""
        total = self._lengths(placed, last)
        top = self._top(last)
        company = min(COMPANY, total / 4)
        self._floors[last] = GEOMETRY.foot + company
        placed = self._lay()
        while self._lengths(placed, last + 1) < 2 * company and self._floors[last] < top:
            self._floors[last] += TEXT.leading
            placed = self._lay()
        if self._last(placed) != last + 1:
            return placed
        return self._shortened(placed, last + 1, TOP)

    def _lay(self, waited: list[list[Block]] | None = None) -> list[list[Placed]]:
        settled = len(self._kept)
        at = self._column if not settled else lambda rank: self._column(rank if rank == LATER else settled + rank)
        squeeze, sizes = self._sheet.squeeze, self._sizes
        laid = paginate(self._rest, self._width, at, squeeze=squeeze, waited=waited, sizes=sizes)
        return [*self._kept, *laid]

    def _column(self, rank: int) -> Column:
        column = self._sheet.column(2, self._page, self._height, rank)
        return Column(column.top, max(column.bottom, self._floors.get(self._page + rank // 2, 0.0)))

    def _last(self, placed: list[list[Placed]]) -> int:
        return self._page + (len(placed) - 1) // 2

    def _top(self, page: int) -> float:
        return self._height if page == self._page else TOP

    def _lengths(self, placed: list[list[Placed]], page: int) -> float:
        """Heights of the columns of a page, together."""
        columns = [column for column in placed[2 * (page - self._page) :] if column]
        return sum(each[0].top - each[-1].top + each[-1].block.measure(self._width) for each in columns)


def _width(zone: Zone) -> float:
    return GEOMETRY.width if zone.columns == 1 else (GEOMETRY.width - GEOMETRY.gutter) / 2


def _least(zone: Zone) -> float:
    """Height without which a zone is not begun: headings, what they introduce, all that is kept together."""
    total = 0.0
    width = _width(zone)
    for block in zone.blocks:
        height = block.measure(width)
        if not block.keep_with_next:
            return total + block.before + min(height, block.least())
        total += block.before + height + block.after
    return total
