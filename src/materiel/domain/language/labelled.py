"""Stored English values and names, with the French words that people read for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LabelledEnum(StrEnum):
    """A `StrEnum` declared as `NAME = "stored_value", "Libellé français"`."""

    label: str

    # The default lets type checkers accept the look-up by value, `ItemStatus("lost")`; members always have a label.
    def __new__(cls, value: str, label: str = "") -> LabelledEnum:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


@dataclass(frozen=True, slots=True)
class Called:
    """The French words for a field, written beside its type: `Annotated[str, Called("Marque", "la")]`."""

    label: str
    article: str

    @property
    def in_sentence(self) -> str:
        """« la marque »."""
        space = "" if self.article.endswith("'") else " "
        return f"{self.article}{space}{self.label[:1].lower()}{self.label[1:]}"
