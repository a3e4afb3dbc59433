"""What differs between a hand-over and a return: said only of what both ends noted, and never as a fault."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.circuit.condition.test_state import SCRATCH, STATE, TODAY

from materiel.domain.circuit.condition.comparison import (
    NOT_NOTED_IN,
    NOT_NOTED_OUT,
    NOTHING_NEW,
    ConditionSide,
    Difference,
    compare,
)
from materiel.domain.circuit.condition.outline import MarkKind
from materiel.domain.circuit.condition.state import Mark
from materiel.domain.item.item import Condition

DENT = replace(SCRATCH, kind=MarkKind.DENT)


def compared(before: tuple[Mark, ...] | None, after: tuple[Mark, ...] | None) -> Difference:
    ends = (
        ConditionSide(on=TODAY, state=None if each is None else replace(STATE, marks=each)) for each in (before, after)
    )
    return compare(*ends)


def test_what_is_new_is_told_first_then_what_is_gone() -> None:
    found = compared((SCRATCH,), (DENT,))
    assert found.sentences == (
        "Nouveau depuis la remise : choc, écran, en haut à gauche.",
        "Noté à la remise, pas revu au retour : rayure, écran, en haut à gauche.",
    )
    assert (found.new, found.gone, found.differs) == ((DENT,), (SCRATCH,), True)


def test_the_same_mark_is_one_whatever_its_words_and_two_are_two() -> None:
    assert compared((SCRATCH,), (replace(SCRATCH, note="4 cm"),)).sentences == (NOTHING_NEW,)
    assert compared((SCRATCH,), (SCRATCH, replace(SCRATCH, note="une autre"))).new[0].note == "une autre"


def test_what_nobody_noted_at_the_hand_over_is_not_said_to_be_new() -> None:
    assert compared(None, (DENT,)).sentences == (NOT_NOTED_OUT,)
    assert compared((SCRATCH,), None).sentences == (NOT_NOTED_IN,)
    assert not compared(None, (DENT,)).differs


def test_the_words_of_the_receipts_and_what_lacks_are_told_too() -> None:
    out = ConditionSide(on=TODAY, condition=Condition.GOOD, state=STATE)
    back = ConditionSide(on=TODAY, condition=Condition.DAMAGED, missing=("Chargeur", "Étui"), state=STATE)
    assert compare(out, back).sentences == (
        "Manque au retour : Chargeur et Étui.",
        "État du bon à la remise : bon état ; au retour : abîmé.",
    )
    assert not any(word in " ".join(compare(out, back).sentences) for word in ("faute", "usure"))
