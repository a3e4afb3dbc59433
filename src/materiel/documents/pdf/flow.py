"""Blocks put in columns: nothing cut badly, no heading left behind, no line alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from materiel.documents.pdf.blocks import Block
from materiel.documents.pdf.tables import TableBlock

LATER = 1_000
"""Rank of a column that nothing shortens: what it cannot hold, none can."""


class Column(NamedTuple):
    """Where text may go on a page, in points from the bottom of the page."""

    top: float
    bottom: float

    @property
    def height(self) -> float:
        """Height of the column."""
        return self.top - self.bottom


class Placed(Struct, frozen=True):
    """A block, the height of its top on its page, and its distance from the left of the text."""

    block: Block
    top: float
    x: float = 0.0


class Sizes(NamedTuple):
    """Of each block in order, its height, and the height that must be left for it to begin: see `sizes_of`."""

    heights: list[float]
    needed: list[float]


def sizes_of(blocks: Sequence[Block], width: float, squeeze: float) -> Sizes:
    """Measure blocks once for all the columns in which they are tried; see `paginate` for `squeeze`."""
    heights = [block.measure(width) for block in blocks]
    needed = [_needed(block, heights[rank], rank + 1, blocks, heights, squeeze) for rank, block in enumerate(blocks)]
    return Sizes(heights, needed)


def paginate(
    blocks: Sequence[Block],
    width: float,
    column_at: Callable[[int], Column],
    *,
    started: bool = False,
    squeeze: float = 1.0,
    waited: list[list[Block]] | None = None,
    sizes: Sizes | None = None,
) -> list[list[Placed]]:
    """Put blocks in columns, in order.

    A block that does not fit is cut where it allows, else begins the next column, with the headings that introduce it.
    One that is taller than a whole column and refuses every cut overflows: only a fault of the program makes one.

    Args:
        blocks: each is measured at `width`, in points.
        width: of every column.
        column_at: the place of the column of a rank, from 0.
        started: the first column follows something on its page.
        squeeze: the part that is kept of the blanks between blocks.
        waited: filled with what still waits at the top of each column, so that a part may be laid again.
        sizes: those of the blocks, if they were measured already.
    """
    heights, all_needed = sizes or sizes_of(blocks, width, squeeze)
    columns: list[list[Placed]] = [[]]
    column, whole = column_at(0), column_at(LATER).height
    if waited is not None:
        waited.append(list(blocks))
    height, blank = column.top, 0.0
    following, count = 0, len(blocks)
    held: Block | None = None
    while held is not None or following < count:
        if held is None:
            block, measured, needed = blocks[following], heights[following], all_needed[following]
            following += 1
        else:
            block, measured = held, held.measure(width)
            needed = _needed(block, measured, following, blocks, heights, squeeze)
        begun = bool(columns[-1]) or (started and len(columns) == 1)
        before = max(blank, block.before) * squeeze if begun else 0.0
        room = height - before - column.bottom
        # Where the next column is longer, what does not fit may wait for it.
        may_wait = begun or column.height < whole - 1
        if needed > room and may_wait and needed <= whole:
            parts = None if block.keep_with_next else _cut(block, room, measured)
        elif measured <= room:
            columns[-1].append(Placed(block, height - before))
            height -= before + measured
            blank = block.after
            held = None
            continue
        else:
            parts = _cut(block, room, measured) or (None if begun else _forced(block, room))
        held = block
        if parts is not None:
            placed, held = parts
            columns[-1].append(Placed(placed, height - before))
            height -= before + placed.measure(width)
            blank = placed.after
        if held is not None:
            columns.append([])
            if waited is not None:
                waited.append([held, *blocks[following:]])
            column = column_at(len(columns) - 1)
            height, blank = column.top, 0.0
    return columns


def _needed(
    block: Block, measured: float, following: int, blocks: Sequence[Block], heights: list[float], squeeze: float
) -> float:
    """Height that must be left in the column for the block to begin there: itself and what it must be kept with."""
    if not block.keep_with_next:
        return min(measured, block.least())
    total = measured
    blank = block.after
    for rank in range(following, len(blocks)):
        follower, height = blocks[rank], heights[rank]
        total += max(blank, follower.before) * squeeze
        if not follower.keep_with_next:
            return total + min(height, follower.least())
        total += height
        blank = follower.after
    return total


def _cut(block: Block, room: float, measured: float) -> tuple[Block, Block | None] | None:
    return (block, None) if measured <= room else block.split(room)


def _forced(block: Block, room: float) -> tuple[Block, Block | None]:
    """What to do with a block that a whole empty column cannot hold."""
    if isinstance(block, TableBlock):
        return block.split_row(room) or (block, None)
    return block, None
