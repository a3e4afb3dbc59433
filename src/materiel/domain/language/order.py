"""How a list is sorted, by one of its columns, from the first or from the last; and where a line stands in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Order:
    """A column, named as the address names it (« prix »), and whether its greatest value comes first (« -prix »)."""

    column: str
    descending: bool = False

    @classmethod
    def read(cls, text: str) -> Order:
        """The order that an address asks for; whether the list has such a column is for the list to say."""
        return cls(text.removeprefix("-"), text.startswith("-"))

    def __str__(self) -> str:
        """As the address writes it."""
        return f"-{self.column}" if self.descending else self.column


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line stands in a sorted list: its value, None when it has none, and its id, which tells equals apart."""

    value: Any
    id: Any


def few_sorted(
    lines: Iterable[Line],
    place_of: Callable[[Line], LinePlace],
    *,
    descending: bool,
    limit: int,
    after: LinePlace | None = None,
) -> list[tuple[Line, LinePlace]]:
    """At most `limit` lines after a place, of a short list that no index sorts; without a value they come last."""
    placed = [(line, place_of(line)) for line in lines]
    filled = [each for each in placed if each[1].value is not None]
    filled.sort(key=lambda each: (each[1].value, each[1].id), reverse=descending)
    rest = sorted((each for each in placed if each[1].value is None), key=lambda each: each[1].id)

    def follows(place: LinePlace) -> bool:
        if after is None or (place.value is None) != (after.value is None):
            return after is None or place.value is None
        if place.value is None:
            return bool(place.id > after.id)
        here, there = (place.value, place.id), (after.value, after.id)
        return bool(here < there if descending else here > there)

    return [each for each in [*filled, *rest] if follows(each[1])][:limit]
