"""How a list is sorted, by one of its columns, from the first or from the last; and where a line stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
