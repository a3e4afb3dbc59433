"""Two items that are likely to be one: numbers that look the same, one serial number under two numbers.

A spreadsheet eats the zeros of the beginning; hands type O for 0, I or l for 1. Neither is refused: both may be right.
"""

from __future__ import annotations

from dataclasses import dataclass

_ALIKE = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Twin:
    """What an item may be confused with: the number of the other, and whether they have one serial number."""

    number: str
    by_serial: bool = False

    def told(self, number: str) -> str:
        """The sentence that says so, of the item of a number."""
        if self.by_serial:
            return f"Ce numéro de série est déjà celui du matériel {self.number} : est-ce le même ?"
        return f"« {number} » ressemble à « {self.number} » : est-ce le même matériel ?"


def looks(number: str) -> str:
    """What numbers that look the same have in common; empty when nothing is left of it.

    As `store.item.twin` has the database work it out.
    """
    return number.upper().translate(_ALIKE).lstrip("0")
