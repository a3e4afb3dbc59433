"""Enumerations whose members carry the stored English value and the French label people read."""

from __future__ import annotations

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
