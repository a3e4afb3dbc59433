"""Widths of columns by what they hold: those of a table, and of paragraphs that stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import product
from math import ceil

from materiel.documents.fonts import BOLD, REGULAR, split_by_face
from materiel.documents.pdf.blocks import SideBySide, TextBlock
from materiel.documents.text import drawable

_STEPS = 24
"""Parts of the width that a column beside others takes, whole."""

_NARROWEST = 4
_RAGGED = 1.08
"""How much longer a text is, set in lines, than in one: their ends are not filled."""


def table_widths(columns: Sequence[Sequence[TextBlock]], padding: float, width: float) -> list[float]:
    """Widths of the columns of a table: the longest word always fits, the rest goes where cells are long.

    Empty where the longest words alone are too wide.

    Args:
        columns: the cells of each, its header among them.
        padding: blank on each side of a cell, in points.
        width: of the whole table, in points.
    """
    wanted = []
    for column in columns:
        sizes = [_natural(cell) for cell in column]
        wanted.append((max(size[0] for size in sizes) + 2 * padding, max(size[1] for size in sizes) + 2 * padding))
    least, most = sum(word for word, _ in wanted), sum(whole for _, whole in wanted)
    if least > width:
        return []
    if most <= width:
        return [whole + (width - most) / len(wanted) for _, whole in wanted]
    part = (width - least) / (most - least)
    return [word + (whole - word) * part for word, whole in wanted]


def shares_of(stacks: Sequence[Sequence[TextBlock]], width: float) -> tuple[float, ...]:
    """Shares of stacks of paragraphs set side by side, so that the tallest is as low as it can be.

    The heights are reckoned, not set: near enough to choose, and a hundred times faster.
    """
    if len(stacks) == 1:
        return (_STEPS,)
    room = width - SideBySide.gap * (len(stacks) - 1)
    lengths = [[(_natural(line), line.style.leading) for line in stack] for stack in stacks]

    def height(rank: int, share: int) -> float:
        column = room * share / _STEPS
        total = 0.0
        for (word, whole), leading in lengths[rank]:
            if word > column:
                return float("inf")
            total += ceil(whole * _RAGGED / column) * leading if whole > column else leading
        return total

    widest = _STEPS - _NARROWEST * (len(stacks) - 1)
    shares = range(_NARROWEST, widest + 1)
    heights = [{share: height(rank, share) for share in shares} for rank in range(len(stacks))]

    def worst(shares: tuple[int, ...]) -> tuple[float, float]:
        found = [heights[rank][share] for rank, share in enumerate(shares)]
        return max(found), sum(found)

    return min(_partitions(len(stacks)), key=worst)


@cache
def _partitions(columns: int) -> tuple[tuple[int, ...], ...]:
    """The ways to share the width among so many columns."""
    parts = product(range(_NARROWEST, _STEPS + 1), repeat=columns - 1)
    shares = [(*some, _STEPS - sum(some)) for some in parts]
    return tuple([each for each in shares if each[-1] >= _NARROWEST])


def _natural(block: TextBlock) -> tuple[float, float]:
    """Widths of the longest word and of the whole text on one line, in points."""
    text = block.text[0].text if len(block.text) == 1 else "".join([run.text for run in block.text])
    style = block.style
    word, whole = _measured(text, style.bold)
    return word * style.size / 1000 + 0.1, whole * style.size / 1000 + 0.1


@lru_cache(maxsize=4_096)
def _measured(text: str, bold: bool) -> tuple[float, float]:
    """The same in thousandths of the size."""
    if not text.strip():
        return 0.0, 0.0
    face = BOLD if bold else REGULAR
    if drawable(text) == text and face.coverage.issuperset(text):
        widths = [face.width(word) for word in text.split(" ")]
        return max(widths), sum(widths) + face.width(" ") * (len(widths) - 1)
    words = [_width(word, bold) for word in text.split(" ")]
    return max(words), _width(text, bold)


def _width(text: str, bold: bool) -> float:
    return sum([face.width(piece) for face, piece in split_by_face(drawable(text), bold=bold)])
