"""A state of condition: its places, what is refused of it; what a family may say, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases.loan_cast import an_item

from materiel.domain.circuit.condition.outline import ItemView, ItemZone, MarkKind, Outline, outline_of
from materiel.domain.circuit.condition.remark import (
    MOST_REMARKS,
    REMARK_DAYS,
    REMARK_MAX,
    LentDays,
    checked_text,
    open_until,
)
from materiel.domain.circuit.condition.state import (
    MOST_MARKS,
    ConditionMoment,
    ConditionState,
    Mark,
    check_moment,
    checked_caption,
    checked_state,
    first_day,
)
from materiel.domain.item.family import ItemFamily
from materiel.errors import Conflict, RuleBroken

ID, TODAY = UUID(int=1), date(2026, 9, 7)
SCRATCH = Mark(view=ItemView.SCREEN, zone=ItemZone.TOP_LEFT, kind=MarkKind.SCRATCH)
STATE = ConditionState(
    id=ID,
    service_id=ID,
    item_id=ID,
    moment=ConditionMoment.OTHER,
    seen_on=TODAY,
    marks=(SCRATCH,),
    noted_by="user:x",
    noted_at=datetime(2026, 9, 7, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("family", "designation", "outline"),
    [
        (ItemFamily.COMPUTER, "Ordinateur avec clavier", Outline.COMPUTER),
        (ItemFamily.TABLET, "Tablette", Outline.TABLET),
        (ItemFamily.COMPUTER_ACCESSORY, "Clavier agrandi", Outline.KEYBOARD),
        (ItemFamily.OTHER, "Plage braille 40", Outline.KEYBOARD),
        (ItemFamily.OTHER, "Casque antibruit", Outline.HEADSET),
        (ItemFamily.OTHER, "Récepteur HF", Outline.HEADSET),
        (ItemFamily.OTHER, "Loupe électronique", Outline.PLAIN),
    ],
)
def test_an_item_has_the_drawing_of_its_family_or_of_its_words(
    family: ItemFamily, designation: str, outline: Outline
) -> None:
    item = replace(an_item(1, ID), family=family, designation=designation, category="")
    assert outline_of(item) is outline


def test_a_mark_is_read_without_the_drawing() -> None:
    assert SCRATCH.words == "rayure, écran, en haut à gauche"
    assert replace(SCRATCH, note="3 cm").words == "rayure, écran, en haut à gauche (3 cm)"
    assert ItemZone.TOP_LEFT.cell == (0, 0)
    assert ItemZone.BOTTOM_RIGHT.cell == (2, 2)
    assert [each.word for each in Outline] == ["computer", "tablet", "keyboard", "headset", "plain"]


def test_what_is_typed_is_cleaned_and_each_fault_is_told_beside_its_mark() -> None:
    typed = replace(STATE, note="  Propre ", marks=(replace(SCRATCH, note=" 3  cm "),))
    kept = checked_state(typed, Outline.TABLET, first=TODAY, today=TODAY)
    assert (kept.note, kept.marks[0].note) == ("Propre", "3 cm")
    wrong = replace(
        STATE,
        seen_on=TODAY + timedelta(days=1),
        marks=(replace(SCRATCH, view=ItemView.LID), replace(SCRATCH, kind=MarkKind.OTHER)),
    )
    with refused(RuleBroken, "condition.invalid") as raised:
        checked_state(wrong, Outline.TABLET, first=TODAY, today=TODAY)
    assert [each.pointer for each in raised.value.errors] == ["/seen_on", "/marks/0/view", "/marks/1/note"]
    with refused(RuleBroken, "condition.invalid"):
        checked_state(replace(STATE, marks=(SCRATCH,) * (MOST_MARKS + 1)), Outline.TABLET, first=TODAY, today=TODAY)
    with refused(RuleBroken, "condition.invalid"):
        checked_caption("   ")


def test_a_moment_is_of_a_loan_and_a_return_of_what_left() -> None:
    check_moment(ConditionMoment.OTHER, is_lent=False, handed_over_on=None)
    check_moment(ConditionMoment.HANDOVER, is_lent=True, handed_over_on=None)
    with refused(Conflict, "condition.no_loan"):
        check_moment(ConditionMoment.HANDOVER, is_lent=False, handed_over_on=None)
    with refused(Conflict, "condition.not_handed_over"):
        check_moment(ConditionMoment.RETURN, is_lent=True, handed_over_on=None)
    lent = date(2026, 9, 1)
    assert first_day(ConditionMoment.RETURN, added_on=None, handed_over_on=lent, today=TODAY) == lent
    assert first_day(ConditionMoment.HANDOVER, added_on=lent, handed_over_on=None, today=TODAY) == lent
    # A loan that begins later may be looked at today.
    later = TODAY + timedelta(days=9)
    assert first_day(ConditionMoment.HANDOVER, added_on=later, handed_over_on=None, today=TODAY) == TODAY


def test_a_family_speaks_a_fortnight_from_each_end_and_before_giving_back() -> None:
    out = date(2026, 9, 1)
    held = LentDays(handed_over_on=out, ends_on=date(2027, 7, 2))
    assert open_until(LentDays(handed_over_on=None), out) == {}
    last = out + timedelta(days=REMARK_DAYS)
    assert open_until(held, last) == {ConditionMoment.HANDOVER: last}
    assert open_until(held, last + timedelta(days=1)) == {}
    assert list(open_until(held, date(2027, 6, 17))) == [ConditionMoment.RETURN]
    asked = replace(held, recalled_on=date(2026, 11, 2))
    assert list(open_until(asked, date(2026, 11, 3))) == [ConditionMoment.RETURN]
    back = replace(held, returned_on=date(2026, 12, 1))
    assert open_until(back, date(2026, 12, 16)) == {ConditionMoment.RETURN: date(2026, 12, 16)}
    assert open_until(back, date(2026, 12, 17)) == {}


def test_what_a_family_says_is_kept_within_bounds() -> None:
    now = {ConditionMoment.HANDOVER: TODAY}
    said = checked_text("  Une rayure ", ConditionMoment.HANDOVER, open_now=now, told=0)
    assert said == "Une rayure"
    with refused(Conflict, "condition_remark.too_late"):
        checked_text("Une rayure", ConditionMoment.RETURN, open_now=now, told=0)
    with refused(RuleBroken, "condition_remark.too_many"):
        checked_text("Une rayure", ConditionMoment.HANDOVER, open_now=now, told=MOST_REMARKS)
    for text in ("", "x" * (REMARK_MAX + 1)):
        with refused(RuleBroken, "condition_remark.invalid"):
            checked_text(text, ConditionMoment.HANDOVER, open_now=now, told=0)
