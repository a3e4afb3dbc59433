"""Blocks put in columns: nothing cut badly, no heading left behind, no line alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from materiel.documents.pdf.blocks import Block
from materiel.documents.pdf.tables import TableBlock

LATER = 1_000
"""Rank of a column that nothing shortens: what it cannot hold, none can."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where text may go on a page, in points from the bottom of the page."""

    top: float
    bottom: float

    @property
    def height(self) -> float:
        """Height of the column."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Placed:
    """A block, the height of its top on its page, and its distance from the left of the text."""

    block: Block
    top: float
    x: float = 0.0


def paginate(
    blocks: Iterable[Block],
    width: float,
    column_at: Callable[[int], Column],
    *,
    started: bool = False,
    squeeze: float = 1.0,
    waited: list[list[Block]] | None = None,
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
    """
    waiting = deque(blocks)
    columns: list[list[Placed]] = [[]]
    column, whole = column_at(0), column_at(LATER)
    if waited is not None:
        waited.append(list(waiting))
    height, blank = column.top, 0.0
    while waiting:
        block = waiting.popleft()
        measured = block.measure(width)
        begun = bool(columns[-1]) or (started and len(columns) == 1)
        before = max(blank, block.before) * squeeze if begun else 0.0
        room = height - before - column.bottom
        needed = _needed(block, measured, waiting, width, squeeze)
        # Where the next column is longer, what does not fit may wait for it.
        may_wait = begun or column.height < whole.height - 1
        if may_wait and needed > room and needed <= whole.height:
            parts = None if block.keep_with_next else _cut(block, room, measured)
        elif measured <= room:
            parts = (block, None)
        else:
            parts = _cut(block, room, measured) or (None if begun else _forced(block, room))
        rest: Block | None = block
        if parts is not None:
            placed, rest = parts
            columns[-1].append(Placed(placed, height - before))
            height -= before + placed.measure(width)
            blank = placed.after
        if rest is not None:
            waiting.appendleft(rest)
            columns.append([])
            if waited is not None:
                waited.append(list(waiting))
            column = column_at(len(columns) - 1)
            height, blank = column.top, 0.0
    return columns


def _needed(block: Block, measured: float, following: deque[Block], width: float, squeeze: float) -> float:
    """Height that must be left in the column for the block to begin there: itself and what it must be kept with."""
    if not block.keep_with_next:
        return block.least() if measured > block.least() else measured
    total = measured
    blank = block.after
    for follower in following:
        height = follower.measure(width)
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
