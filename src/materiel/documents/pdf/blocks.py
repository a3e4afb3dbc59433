"""What flows down the pages: blocks that know their height, where they may be cut, and how to draw themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from reportlab.lib.units import mm

from materiel.documents.content import Run, Text
from materiel.documents.pdf.canvas import TaggedCanvas
from materiel.documents.pdf.lines import SetLines, set_lines
from materiel.documents.pdf.structure import Element
from materiel.documents.pdf.styles import BLUE, SHADE, Style

FEWEST_LINES = 2
"""Lines of a paragraph that may stand alone at the foot or the head of a page."""


_NO_LINES = SetLines()
_BULLET = (Run("•"),)


class Block(ABC):
    """A piece of the flow. `before` and `after` are blank heights in points; the larger of two neighbours
    holds.

    A block that `keep_with_next` is never the last of its page.
    """

    before: float = 0.0
    after: float = 0.0
    keep_with_next: bool = False

    @abstractmethod
    def measure(self, width: float) -> float:
        """Height in points in a column of this width; must be called before the methods below."""

    @abstractmethod
    def least(self) -> float:
        """Height without which the block is not begun on a page."""

    def split(self, room: float) -> tuple[Block, Block] | None:
        """The part that fits in `room` points and the rest; None if it may not be cut there."""
        return None

    @abstractmethod
    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        """Draw the block, its upper left corner at (x, top) in points."""


class TextBlock(Block):
    """A paragraph, a heading, an item of a list.

    Args:
        text: plain runs.
        style: how it is set.
        element: what it belongs to; None for an artifact.
        label: element of the bullet, for an item of a list.
        bookmark: title and level of its bookmark.
        padding: blank on each side of a framed note; 0 for none.
    """

    def __init__(
        self,
        text: Text,
        style: Style,
        element: Element | None,
        *,
        label: Element | None = None,
        bookmark: tuple[str, int] | None = None,
        padding: float = 0.0,
    ) -> None:
        self.text = text
        self.style = style
        self.element = element
        self.label = label
        self.bookmark = bookmark
        self.padding = padding
        self.before = style.before
        self.after = style.after
        self.keep_with_next = style.keep_with_next
        self.lines = _NO_LINES
        self.width = 0.0
        self._height = 0.0
        self._cut = False

    def measure(self, width: float) -> float:
        if width == self.width:
            return self._height
        if not self._cut:
            self.lines = set_lines(self.text, self.style, width - self.style.indent - 2 * self.padding)
        self.width = width
        self._height = len(self.lines) * self.style.leading + 2 * self.padding
        return self._height

    def release(self) -> None:
        """Give the lines up until the block is measured again; its height is known to whoever measured it."""
        if not self._cut:
            self.lines, self.width = _NO_LINES, 0.0

    def least(self) -> float:
        kept = len(self.lines) if len(self.lines) < 2 * FEWEST_LINES else FEWEST_LINES
        return kept * self.style.leading + 2 * self.padding

    def split(self, room: float) -> tuple[TextBlock, TextBlock] | None:
        fitting = int((room - 2 * self.padding + 0.01) / self.style.leading)
        fitting = min(fitting, len(self.lines) - FEWEST_LINES)
        return self.split_at(fitting) if fitting >= FEWEST_LINES else None

    def split_at(self, count: int) -> tuple[TextBlock, TextBlock]:
        """The first `count` lines and the others, whatever their number."""
        first = TextBlock(
            self.text,
            self.style,
            self.element,
            label=self.label,
            bookmark=self.bookmark,
            padding=self.padding,
        )
        rest = TextBlock(self.text, self.style, self.element, padding=self.padding)
        for part, lines in ((first, self.lines.part(0, count)), (rest, self.lines.part(count))):
            part.lines, part.width, part._cut = lines, self.width, True
            part._height = len(lines) * part.style.leading + 2 * part.padding
        first.after = rest.before = 0.0
        first.keep_with_next = False
        return first, rest

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        if self.bookmark is not None:
            canvas.add_outline(*self.bookmark, top + 6)
        if self.padding:
            height = len(self.lines) * self.style.leading + 2 * self.padding
            canvas.draw_ground(SHADE, x, top - height, self.width, height)
            canvas.draw_ground(BLUE, x, top - height, 2.4, height)
        left, top = x + self.padding, top - self.padding
        if self.label is not None:
            bullet = set_lines(_BULLET, self.style, self.style.indent)
            canvas.draw_lines(bullet, self.style, left + self.style.hang, top, self.style.indent, self.label)
        room = self.width - self.style.indent - 2 * self.padding
        if self.lines:
            canvas.draw_lines(self.lines, self.style, left + self.style.indent, top, room, self.element)


class Rule(Block):
    """A line across the column, drawn for the eye only."""

    def __init__(self, *, weight: float, after: float) -> None:
        self.weight = weight
        self.after = after
        self.keep_with_next = True
        self.width = 0.0

    def measure(self, width: float) -> float:
        self.width = width
        return self.weight

    def least(self) -> float:
        return self.weight

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        canvas.draw_ground(BLUE, x, top - self.weight, self.width, self.weight)


class WritingLines(Block):
    """Ruled lines to write on by hand, never cut."""

    pitch: float = 8 * mm
    after = 5.0

    def __init__(self, count: int) -> None:
        self.count = count
        self.width = 0.0

    def measure(self, width: float) -> float:
        self.width = width
        return self.count * self.pitch

    def least(self) -> float:
        return self.count * self.pitch

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        canvas.draw_rules(x, self.width, [top - rank * self.pitch for rank in range(1, self.count + 1)])


def writing_lines(count: int, together: int = 12) -> list[Block]:
    """`count` ruled lines, in blocks of at most `together`."""
    return [WritingLines(min(together, count - start)) for start in range(0, count, together)]


class SideBySide(Block):
    """Stacks of paragraphs, or of pictures, side by side that are never cut; `shares` are the relative widths."""

    gap = 14.0

    def __init__(
        self,
        stacks: tuple[Sequence[Block], ...],
        shares: tuple[float, ...],
        *,
        after: float,
        keep_with_next: bool = True,
    ) -> None:
        self.stacks = stacks
        self.shares = shares
        self.after = after
        self.keep_with_next = keep_with_next
        self._widths: list[float] = []
        self._height = 0.0

    def measure(self, width: float) -> float:
        room = width - self.gap * (len(self.stacks) - 1)
        self._widths = [room * share / sum(self.shares) for share in self.shares]
        self._height = max(
            sum(block.measure(column) + block.after for block in stack)
            for stack, column in zip(self.stacks, self._widths, strict=True)
        )
        return self._height

    def least(self) -> float:
        return self._height

    def draw(self, canvas: TaggedCanvas, x: float, top: float) -> None:
        for stack, width in zip(self.stacks, self._widths, strict=True):
            height = top
            for block in stack:
                block.draw(canvas, x, height)
                height -= block.measure(width) + block.after
            x += width + self.gap
