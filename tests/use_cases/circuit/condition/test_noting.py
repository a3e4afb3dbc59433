"""States of condition: noted once for each end of a loan, corrected, pictured without their place, scoped."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image
from tests.stage import condition_cast as scene
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.condition.outline import ItemView, Outline
from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history.search import search
from materiel.store.incident import photo as photos
from materiel.use_cases.circuit.condition.noting import (
    CorrectCondition,
    NoteCondition,
    PictureCondition,
    conditions_of_item,
    correct_condition,
    note_condition,
    picture_condition,
    read_condition,
)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def test_a_state_is_noted_once_for_an_end_of_a_loan_and_corrected() -> None:
    loan_id = await scene.handed_over()
    state = await scene.noted(loan_id, ConditionMoment.HANDOVER, scene.SCRATCH)
    with refused(Conflict, "condition.already_noted"):
        await scene.noted(loan_id, ConditionMoment.HANDOVER)
    again = CorrectCondition(
        item_id=cast.LAPTOP, state_id=state.id, version=1, seen_on=cast.TODAY, marks=(scene.SCRATCH, scene.DENT)
    )
    saved = await correct_condition(again, actor=cast.MANAGER, now=cast.NOW)
    assert (saved.version, saved.moment, saved.loan_id, saved.note) == (2, ConditionMoment.HANDOVER, loan_id, "")
    with refused(Conflict, "condition.changed"):
        await correct_condition(again, actor=cast.MANAGER, now=cast.NOW)
    sheet = await read_condition(cast.LAPTOP, state.id, actor=cast.READER)
    assert (sheet.state, sheet.outline, sheet.photos) == (saved, Outline.PLAIN, ())
    assert await conditions_of_item(cast.LAPTOP, actor=cast.READER) == [saved]
    told = {each.action: each.details for each in await search(cast.SERVICE, limit=50)}
    assert told["item.condition_noted"]["marks"] == 1
    assert told["item.condition_corrected"]["marks"] == 2
    assert "au coin" not in str(told)


async def test_a_state_of_a_day_needs_no_loan_and_may_be_noted_again() -> None:
    first = await scene.noted(None, ConditionMoment.OTHER)
    second = await scene.noted(None, ConditionMoment.OTHER, scene.DENT)
    assert [each.id for each in await conditions_of_item(cast.LAPTOP, actor=cast.READER)] == [second.id, first.id]
    loan_id = await scene.handed_over()
    with refused(RuleBroken, "condition.invalid"):
        await scene.noted(loan_id, ConditionMoment.OTHER)
    with refused(Conflict, "condition.no_loan"):
        await scene.noted(None, ConditionMoment.RETURN)


async def test_what_cannot_be_is_refused() -> None:
    draft = await cast.a_draft(items=(cast.LAPTOP,))
    with refused(Conflict, "condition.not_handed_over"):
        await scene.noted(draft, ConditionMoment.RETURN)
    with refused(RuleBroken, "condition.invalid"):
        await scene.noted(draft, ConditionMoment.HANDOVER, replace(scene.DENT, view=ItemView.KEYBOARD))
    command = NoteCondition(item_id=cast.SPARE, loan_id=draft, moment=ConditionMoment.HANDOVER, seen_on=cast.TODAY)
    with refused(NotFound, "loan.unknown_item"):
        await note_condition(command, actor=cast.MANAGER, now=cast.NOW)
    with refused(RuleBroken, "condition.invalid"):
        later = replace(command, item_id=cast.LAPTOP, seen_on=cast.TODAY + timedelta(days=1))
        await note_condition(later, actor=cast.MANAGER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await note_condition(command, actor=cast.READER, now=cast.NOW)
    with refused(NotFound, "item.not_found"):
        await note_condition(command, actor=cast.STRANGER, now=cast.NOW)
    assert await fetch("SELECT id FROM condition_state") == []


async def test_photographs_of_a_state_lose_their_place_and_say_what_they_show() -> None:
    loan_id = await scene.handed_over()
    out = await scene.noted(loan_id, ConditionMoment.HANDOVER)
    command = PictureCondition(
        item_id=cast.LAPTOP,
        state_id=out.id,
        files=(scene.a_photo(size=(4200, 3000)), scene.a_photo((1, 2, 3))),
        caption="  Le dessus ",
        view=ItemView.FRONT,
    )
    assert await picture_condition(command, actor=cast.MANAGER, now=cast.NOW) == 2
    assert await picture_condition(command, actor=cast.MANAGER, now=cast.NOW) == 0
    shown = (await read_condition(cast.LAPTOP, out.id, actor=cast.READER)).photos
    assert {(each.caption, each.view, each.loan_id) for each in shown} == {("Le dessus", ItemView.FRONT, loan_id)}
    with Image.open(io.BytesIO((await photos.content(shown[0].id))[0])) as image:
        assert not image.getexif()
        assert max(image.size) == 2000
    # The same photograph may picture another state.
    day = await scene.noted(None, ConditionMoment.OTHER)
    assert await picture_condition(replace(command, state_id=day.id), actor=cast.MANAGER, now=cast.NOW) == 2
    with refused(BadInput, "photo.unreadable"):
        await picture_condition(replace(command, files=(b"MZ" + b"0" * 60,)), actor=cast.MANAGER, now=cast.NOW)
    with refused(RuleBroken, "condition.invalid"):
        await picture_condition(replace(command, caption=" "), actor=cast.MANAGER, now=cast.NOW)
    with refused(BadInput, "photo.too_many"):
        await picture_condition(replace(command, files=()), actor=cast.MANAGER, now=cast.NOW)


async def test_another_service_and_another_item_find_nothing() -> None:
    state = await scene.noted(None, ConditionMoment.OTHER)
    with refused(NotFound, "item.not_found"):
        await read_condition(cast.LAPTOP, state.id, actor=cast.STRANGER)
    with refused(NotFound, "item.not_found"):
        await conditions_of_item(cast.LAPTOP, actor=cast.STRANGER)
    with refused(NotFound, "condition.not_found"):
        await read_condition(cast.SPARE, state.id, actor=cast.READER)
    wrong = CorrectCondition(item_id=cast.LAPTOP, state_id=cast.LAPTOP, version=1, seen_on=cast.TODAY)
    with refused(NotFound, "condition.not_found"):
        await correct_condition(wrong, actor=cast.MANAGER, now=cast.NOW)
