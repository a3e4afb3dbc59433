"""What a reader outside the service may know of its figures.

Who holds adapted equipment reveals a disability: a count of one to four in a school points at a child. Such counts are
masked, and so is what would give them back: by the sum of a column, by that of a row (what was handed over and not
returned is out; what was notified and is not met waits), and by the table of the communes or of the levels, which adds
up that of the schools.

Two tables of periods that overlap can be subtracted too, which no masking of one table prevents: the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from materiel.domain.circuit.figures import COUNTS, DELAYS, Delay, FigureLine, ServiceFigures

FEWEST_TOLD = 5
"""Counts below it, zero excepted, are masked outside the service."""

FEW = "few"
"""Key of the line that holds the groups too small to be named outside."""

ADDED_UP = (("needs", "met", "waiting"), ("handed_over", "returned", "items"))
"""Of each three, two give the third, when nothing was notified or out before the period."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One count of one line; of a group that is not named, `is_folded`: its sum with others is told, itself is not."""

    line: str
    name: str
    count: int
    is_folded: bool = False


class _Hidden:
    """The counts that are not told, by line; it only grows."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}

    def of(self, line: str) -> set[str]:
        return self._names.setdefault(line, set())

    def has(self, cell: _Cell) -> bool:
        return cell.is_folded or cell.name in self.of(cell.line)

    def add(self, cell: _Cell) -> None:
        self.of(cell.line).add(cell.name)

    def size(self) -> int:
        return sum(map(len, self._names.values()))


def for_outside(figures: ServiceFigures) -> ServiceFigures:
    """The same with small counts masked, for a reader who is not of the service.

    A group that has nothing else is not named: that a school is there would tell that one to four pupils are. Where
    what is shown would give a masked count back, the smallest other one is masked too, until nothing does. How many
    times a delay was counted is told by fives.
    """
    named = [line for line in figures.lines if any(_count(line, name) >= FEWEST_TOLD for name in COUNTS)]
    few = [line for line in figures.lines if line not in named]
    lines = [*named, *([_together(few)] if few else [])]
    hidden = _Hidden()
    for line in (*lines, figures.total):
        hidden.of(line.key).update(_small(line))
    sums = [*_rows((*lines, figures.total)), *_parents(named, few)]
    before = -1
    while before < hidden.size():
        before = hidden.size()
        for cells in sums:
            _hide_one_more(cells, hidden)
        for name in COUNTS:
            _hide_in_column(lines, figures.total, name, hidden)
    return replace(
        figures,
        lines=[_masked(line, hidden.of(line.key)) for line in lines],
        total=_masked(figures.total, hidden.of(figures.total.key)),
    )


def _rows(lines: Iterable[FigureLine]) -> Iterator[list[_Cell]]:
    for line in lines:
        for names in ADDED_UP:
            yield [_cell(line, name) for name in names]


def _parents(named: Sequence[FigureLine], few: Sequence[FigureLine]) -> Iterator[list[_Cell]]:
    """The counts of the schools of each commune and of each level, whose sums another table tells."""
    for parent in sorted({each for line in named for each in line.within}):
        for name in COUNTS:
            cells = [_cell(line, name) for line in named if parent in line.within]
            yield [*cells, *(replace(_cell(line, name), is_folded=True) for line in few if parent in line.within)]


def _hide_one_more(cells: Sequence[_Cell], hidden: _Hidden) -> None:
    """Mask the smallest other count of some that are known to add up, where one alone is masked."""
    if len([each for each in cells if each.count and hidden.has(each)]) == 1:
        shown = [each for each in cells if each.count and not hidden.has(each)]
        if shown:
            hidden.add(min(shown, key=lambda each: each.count))


def _hide_in_column(lines: Sequence[FigureLine], total: FigureLine, name: str, hidden: _Hidden) -> None:
    """Mask another count where those masked would follow from the whole: one alone, or several that are all ones."""
    cells = [_cell(line, name) for line in lines]
    whole = _cell(total, name)
    masked = [each for each in cells if hidden.has(each)]
    if hidden.has(whole):
        if whole.count and not masked:
            _hide_smallest(cells, hidden)
    elif masked and (len(masked) == 1 or sum(each.count for each in masked) == len(masked)):
        _hide_smallest([each for each in cells if each not in masked] or [whole], hidden)


def _hide_smallest(cells: Sequence[_Cell], hidden: _Hidden) -> None:
    """Of those that are not zero; a zero, where there is nothing else, hides as well."""
    if cells:
        hidden.add(min(cells, key=lambda each: (not each.count, each.count)))


def _cell(line: FigureLine, name: str) -> _Cell:
    return _Cell(line.key, name, _count(line, name))


def _count(line: FigureLine, name: str) -> int:
    return int(getattr(line, name) or 0)


def _small(line: FigureLine) -> set[str]:
    small = {name for name in COUNTS if 0 < _count(line, name) < FEWEST_TOLD}
    return small | {name for name in DELAYS if (told := getattr(line, name)) is not None and told.count < FEWEST_TOLD}


def _together(lines: Iterable[FigureLine]) -> FigureLine:
    """Small groups as one, without delays: those of several groups do not add up."""
    of = list(lines)
    sums: dict[str, Any] = {
        name: None if all(getattr(line, name) is None for line in of) else sum(_count(line, name) for line in of)
        for name in COUNTS
    }
    return FigureLine(key=FEW, label="Autres, moins de cinq chacun", **sums)


def _masked(line: FigureLine, names: set[str]) -> FigureLine:
    """A line without what is masked. The delay of the needs that are met has as many cases as there are such needs."""
    if "met" in names and line.to_hand_over is not None:
        names = names | {"to_hand_over"}
    told: dict[str, Any] = {name: _by_fives(getattr(line, name)) for name in DELAYS}
    return replace(line, masked=frozenset(names), **{**told, **dict.fromkeys(names)})


def _by_fives(delay: Delay | None) -> Delay | None:
    return None if delay is None else replace(delay, count=delay.count - delay.count % FEWEST_TOLD)
