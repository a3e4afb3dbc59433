"""How the marks of a state are drawn: numbered points on the views of an item. The words beside say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from materiel.domain.circuit.condition.outline import ItemView, Outline
from materiel.domain.circuit.condition.state import Mark
from materiel.domain.language.typography import bound

WIDTH, HEIGHT = 120, 90
SPREAD = 9
"""How far two marks of one place stand from each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMark:
    """A point with its number, in units of the drawing, and its words."""

    number: int
    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnView:
    """One view and its marks; `words` stands for it where it is not seen."""

    view: ItemView
    marks: tuple[DrawnMark, ...]

    @property
    def words(self) -> str:
        """What is on it, in words."""
        told = " ; ".join(f"{each.number}, {each.words}" for each in self.marks)
        return bound(f"{self.view.label} : {told or 'aucune marque'}")


def drawn(outline: Outline, marks: Sequence[Mark]) -> list[DrawnView]:
    """The views of an item, each with its marks, which are numbered through all of them in the order of the list."""
    by_view: dict[ItemView, list[DrawnMark]] = {view: [] for view in outline.views}
    taken: Counter[tuple[ItemView, object]] = Counter()
    for number, mark in enumerate(marks, 1):
        column, row = mark.zone.cell
        rank = taken[mark.view, mark.zone]
        taken[mark.view, mark.zone] += 1
        by_view.setdefault(mark.view, []).append(
            DrawnMark(
                number=number,
                x=(column + 0.5) * WIDTH / 3 + (rank % 3) * SPREAD - (SPREAD if rank else 0),
                y=(row + 0.5) * HEIGHT / 3 + (rank // 3) * SPREAD,
                words=mark.words,
            )
        )
    return [DrawnView(view=view, marks=tuple(found)) for view, found in by_view.items()]
