"""Blocks put on pages: nothing cut badly, no heading left behind, no line alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from materiel.documents.pdf.blocks import Block
from materiel.documents.pdf.tables import TableBlock


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
    """A block and the height of its top on its page."""

    block: Block
    top: float


def paginate(blocks: Iterable[Block], width: float, first: Column, others: Column) -> list[list[Placed]]:
    """Put blocks on pages, in order.

    A block that does not fit is cut where it allows, else begins the next page, with the headings that
    introduce it. One that is taller than a page and refuses every cut overflows: only a fault of the program
    makes one.
    """
    waiting = deque(blocks)
    pages: list[list[Placed]] = [[]]
    column = first
    height = column.top
    blank = 0.0
    while waiting:
        block = waiting.popleft()
        measured = block.measure(width)
        page = pages[-1]
        before = max(blank, block.before) if page else 0.0
        room = height - before - column.bottom
        needed = _needed(block, measured, waiting, width)
        if page and needed > room and needed <= others.height:
            parts = None if block.keep_with_next else _cut(block, room, measured)
        elif measured <= room:
            parts = (block, None)
        else:
            parts = _cut(block, room, measured) or (None if page else _forced(block, room))
        if parts is None:
            waiting.appendleft(block)
            pages.append([])
            column = others
            height, blank = column.top, 0.0
            continue
        placed, rest = parts
        page.append(Placed(placed, height - before))
        height -= before + placed.measure(width)
        blank = placed.after
        if rest is not None:
            waiting.appendleft(rest)
            pages.append([])
            column = others
            height, blank = column.top, 0.0
    return pages


def _needed(block: Block, measured: float, following: deque[Block], width: float) -> float:
    """Height that must be left on the page for the block to begin there: itself and what it must be kept with."""
    if not block.keep_with_next:
        return block.least() if measured > block.least() else measured
    total = measured
    blank = block.after
    for follower in following:
        height = follower.measure(width)
        total += max(blank, follower.before)
        if not follower.keep_with_next:
            return total + min(height, follower.least())
        total += height
        blank = follower.after
    return total


def _cut(block: Block, room: float, measured: float) -> tuple[Block, Block | None] | None:
    return (block, None) if measured <= room else block.split(room)


def _forced(block: Block, room: float) -> tuple[Block, Block | None]:
    """What to do with a block that a whole empty page cannot hold."""
    if isinstance(block, TableBlock):
        return block.split_row(room) or (block, None)
    return block, None
