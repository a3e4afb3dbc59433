"""What would do for a need: the stock is proposed by it, and a person chooses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from materiel.domain.circuit.need import Need
from materiel.domain.item.family import ItemFamily, guess_family
from materiel.domain.language.folding import fold, name_words

WIDE = frozenset({ItemFamily.COMPUTER_ACCESSORY, ItemFamily.SOFTWARE, ItemFamily.OTHER})
"""Families whose items have little in common: one word at least must be."""

LEAST_LETTERS = 4
_EMPTY = frozenset(
    (
        *("avec", "pour", "dans", "sans", "sous", "plus", "moins", "type", "usage", "mise", "disposition", "pouces"),
        *("adapte", "adaptee", "adaptes", "adaptees", "materiel", "pedagogique", "logiciel", "equipement", "appareil"),
    )
)

_STANDS = re.compile(r"\bde (?:bureau|table|poche)\b")
"""Where a thing stands, not what it is: a magnifier « de bureau » is no desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a need asks of an item: a category where it says one, else a family, and words where that is too wide."""

    category: str
    family: ItemFamily
    words: frozenset[str]

    def fits(self, family: ItemFamily, category: str, designation: str) -> bool:
        """Whether an item of this family, category and designation would do. A person chooses; this only proposes."""
        if self.category:
            return fold(category) == self.category
        # Of many items nobody has said the family: their words tell it, as those of the need do.
        told = guess_family(designation, category) if family is ItemFamily.OTHER else family
        if told is not self.family:
            return False
        return self.family not in WIDE or not self.words.isdisjoint(_words_of(f"{designation} {category}"))


def sought_by(need: Need) -> Sought:
    """What fits a need: by its category, else by the family that is said or that its words tell."""
    family = need.family or guess_family(need.wording, need.category)
    words = _words_of(need.wording) if family in WIDE else frozenset()
    return Sought(category=fold(need.category).strip(), family=family, words=words)


def _words_of(text: str) -> frozenset[str]:
    """The words of a text that tell what a thing is, without the mark of the plural."""
    words = (each.rstrip("sx") for each in name_words(_STANDS.sub(" ", fold(text))) if each not in _EMPTY)
    return frozenset(each for each in words if len(each) >= LEAST_LETTERS)
