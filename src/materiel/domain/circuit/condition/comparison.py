"""What differs between a hand-over and a return, told in words: facts, without any judgment of fault or of wear.

Source: Code civil, art. 1884, 1937: what the agreed use wears is not the borrower's debt, and the quitus is owed for
the thing given back; nothing here holds it back. A difference is told only when both states were noted: what nobody
noted at the hand-over cannot be said to be new. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.domain.circuit.condition.state import ConditionState, Mark
from materiel.domain.item.item import Condition
from materiel.domain.language.french import enumeration

NOTHING_NEW = "Rien de nouveau depuis la remise."
NOT_NOTED_OUT = "L'état à la remise n'a pas été noté : on ne peut pas dire ce qui est nouveau."
NOT_NOTED_IN = "L'état au retour n'est pas encore noté."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSide:
    """One end of a loan for an item: the day and the word of the receipt, what lacked, the state if one was noted."""

    on: date | None
    condition: Condition | None = None
    missing: tuple[str, ...] = ()
    state: ConditionState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The marks seen at the return alone, those seen at the hand-over alone, and what to say, the new first."""

    new: tuple[Mark, ...]
    gone: tuple[Mark, ...]
    sentences: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether something is to be looked at."""
        return bool(self.new or self.gone)


def compare(out: ConditionSide, back: ConditionSide) -> Difference:
    """What differs, in words."""
    new: tuple[Mark, ...] = ()
    gone: tuple[Mark, ...] = ()
    told: list[str] = []
    if out.state is not None and back.state is not None:
        new = _without(back.state.marks, out.state.marks)
        gone = _without(out.state.marks, back.state.marks)
        told += [f"Nouveau depuis la remise : {each.words}." for each in new]
        told += [f"Noté à la remise, pas revu au retour : {each.words}." for each in gone]
    if back.missing:
        told.append(f"Manque au retour : {enumeration(back.missing)}.")
    if out.condition is not None and back.condition is not None and out.condition is not back.condition:
        before, after = out.condition.label.lower(), back.condition.label.lower()
        told.append(f"État du bon à la remise : {before} ; au retour : {after}.")
    if out.state is None:
        told.append(NOT_NOTED_OUT)
    if back.state is None:
        told.append(NOT_NOTED_IN)
    return Difference(new=new, gone=gone, sentences=tuple(told) or (NOTHING_NEW,))


def _without(marks: Sequence[Mark], others: Sequence[Mark]) -> tuple[Mark, ...]:
    """The marks that others do not tell: two scratches at one place are two."""
    left = Counter(each.seen for each in others)
    found = []
    for mark in marks:
        if left[mark.seen]:
            left[mark.seen] -= 1
        else:
            found.append(mark)
    return tuple(found)
