"""Repairs: an item leaves, is awaited, comes back mended or not; several in a life, one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.workshop.repair import Repair, RepairFilter, RepairLine, RepairOutcome, RepairStage
from materiel.domain.desk.dashboard import Concern
from materiel.domain.item.item import Item, ItemStatus
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.use_cases.circuit.workshop.repair import (
    CorrectRepair,
    EndRepair,
    SendToRepair,
    correct_repair,
    count_repairs,
    end_repair,
    list_repairs,
    read_repair,
    repairs_of_item,
    send_to_repair,
)
from materiel.use_cases.circuit.workshop.repair_undo import UndoRepair, UndoRepairEnd, undo_repair, undo_repair_end
from materiel.use_cases.desk.today import place_of, read_today, things_of
from materiel.use_cases.item.item import SetItemStatus, set_item_status
from materiel.use_cases.item.preparation import status_before_of

SENT = date(2026, 9, 1)
SENDING = SendToRepair(item_id=cast.LAPTOP, provider="Atelier Pointillé", fault="Écran noir", sent_on=SENT)


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def sent(**changes: object) -> Repair:
    return await send_to_repair(replace(SENDING, **changes), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def ended(repair: Repair, outcome: RepairOutcome, **changes: object) -> Repair:
    command = EndRepair(repair_id=repair.id, version=repair.version, returned_on=cast.TODAY, outcome=outcome)
    return await end_repair(replace(command, **changes), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def status() -> ItemStatus:
    return (await items.get(cast.LAPTOP, cast.SERVICE)).status


async def test_it_leaves_comes_back_and_leaves_again() -> None:
    async with write_transaction():
        known = await items.get(cast.LAPTOP, cast.SERVICE)
        await items.save(replace(known, warranty_ends_on=cast.TODAY))
    first = await sent()
    assert first.under_warranty is True
    assert await status() is ItemStatus.IN_REPAIR
    with refused(Conflict, "repair.already_open"):
        await sent()
    done = await ended(first, RepairOutcome.REPAIRED, cost_cents=8400, note="Dalle changée")
    assert (done.cost_cents, done.note, await status()) == (8400, "Dalle changée", ItemStatus.IN_STOCK)
    with refused(Conflict, "repair.over"):
        await ended(done, RepairOutcome.REPAIRED)
    await sent(sent_on=cast.TODAY)
    assert len(await repairs_of_item(cast.LAPTOP, actor=cast.READER)) == 2
    told = [each.action for each in await search(cast.SERVICE, limit=50) if each.action.startswith("item.repair")]
    assert sorted(told) == ["item.repair_ended", "item.repair_sent", "item.repair_sent"]


async def test_what_cannot_be_mended_waits_for_a_decision() -> None:
    await ended(await sent(), RepairOutcome.NOT_REPAIRABLE)
    assert await status() is ItemStatus.IN_REPAIR


async def test_what_is_lent_or_to_prepare_does_not_leave() -> None:
    await cast.a_draft(items=(cast.LAPTOP,))
    with refused(Conflict, "repair.item_lent"):
        await sent()
    async with write_transaction():
        await items.set_status([cast.SPARE], ItemStatus.TO_PREPARE)
    with refused(Conflict, "item.to_prepare"):
        await sent(item_id=cast.SPARE)


async def test_the_list_tells_what_is_late() -> None:
    late = await sent(expected_on=date(2026, 9, 3))
    await sent(item_id=cast.SPARE, sent_on=date(2026, 9, 2))
    await sent(item_id=cast.KEYBOARD, sent_on=date(2026, 7, 1))
    today = cast.TODAY

    async def of(stage: RepairStage | None, **asked: object) -> int:
        return await count_repairs(RepairFilter(today=today, stage=stage, **asked), actor=cast.READER)  # type: ignore[arg-type]

    assert (await of(RepairStage.LATE), await of(RepairStage.AT_PROVIDER), await of(None)) == (2, 1, 3)
    assert await of(None, q="pointille 00001") == 1
    found = await list_repairs(RepairFilter(today=today, is_open=True), actor=cast.READER, limit=2)
    assert [each.repair.item_id for each in found] == [cast.KEYBOARD, cast.LAPTOP]
    last = found[-1].repair
    (rest,) = await list_repairs(
        RepairFilter(today=today, is_open=True), actor=cast.READER, limit=9, after=(last.sent_on, last.id)
    )
    assert rest.repair.item_id == cast.SPARE
    again = CorrectRepair(
        repair_id=late.id,
        version=late.version,
        provider="Autre atelier",
        fault="Écran noir",
        sent_on=SENT,
        expected_on=today + timedelta(days=9),
    )
    await correct_repair(again, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "repair.changed"):
        await correct_repair(again, actor=cast.MANAGER, now=cast.NOW)
    assert await of(RepairStage.LATE) == 1
    await ended((await read_repair(late.id, actor=cast.READER)).repair, RepairOutcome.REPAIRED)
    assert await of(RepairStage.BACK) == 1


async def undone(repair: Repair, reason: str = "Mauvais matériel") -> Item:
    command = UndoRepair(repair_id=repair.id, version=repair.version, reason=reason)
    return await undo_repair(command, actor=cast.MANAGER, now=cast.NOW)


async def end_undone(repair: Repair, reason: str = "Pas encore revenu") -> Repair:
    command = UndoRepairEnd(repair_id=repair.id, version=repair.version, reason=reason)
    return await undo_repair_end(command, actor=cast.MANAGER, now=cast.NOW)


async def test_what_was_noted_by_mistake_is_undone_the_last_first() -> None:
    repair = await sent()
    back = await ended(repair, RepairOutcome.REPAIRED, cost_cents=8400)
    with refused(Conflict, "repair.back_first"):
        await undone(back)
    again = await end_undone(back)
    assert (again.returned_on, again.outcome, again.cost_cents) == (None, None, None)
    assert await status() is ItemStatus.IN_REPAIR
    with refused(Conflict, "repair.not_back"):
        await end_undone(again)
    with refused(Conflict, "repair.changed"):
        await undone(repair)
    with refused(RuleBroken, "repair.invalid"):
        await undone(again, " ")
    assert (await undone(again)).status is ItemStatus.IN_STOCK
    assert await repairs_of_item(cast.LAPTOP, actor=cast.READER) == []
    with refused(NotFound, "repair.not_found"):
        await undone(again)
    told = [each.action for each in await search(cast.SERVICE, limit=50)]
    assert {"item.repair_undone", "item.repair_end_undone"} <= set(told)
    # What cannot be mended stayed in repair: undoing its return gives it no other state.
    other = await ended(await sent(), RepairOutcome.NOT_REPAIRABLE)
    await end_undone(other)
    assert await status() is ItemStatus.IN_REPAIR


async def test_what_was_in_repair_already_stays_so_when_its_repair_is_undone() -> None:
    async with write_transaction():
        await items.set_status([cast.LAPTOP], ItemStatus.IN_REPAIR)
    assert (await undone(await sent())).status is ItemStatus.IN_REPAIR


async def test_nothing_is_undone_once_something_followed() -> None:
    back = await ended(await sent(), RepairOutcome.REPAIRED)
    await cast.a_draft(items=(cast.LAPTOP,))
    with refused(Conflict, "repair.followed"):
        await end_undone(back)
    other = await ended(await sent(item_id=cast.SPARE), RepairOutcome.NOT_REPAIRABLE)
    await sent(item_id=cast.SPARE, sent_on=cast.TODAY)
    with refused(Conflict, "repair.followed"):
        await end_undone(other)
    third = await sent(item_id=cast.KEYBOARD)
    item = await items.get(cast.KEYBOARD, cast.SERVICE)
    change = SetItemStatus(item_id=item.id, status=ItemStatus.WRITTEN_OFF, reason="Irréparable", version=item.version)
    await set_item_status(change, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "repair.followed"):
        await undone(third)


async def test_a_state_given_by_a_repair_is_not_undone_behind_it() -> None:
    await sent()
    assert await status_before_of(cast.LAPTOP, actor=cast.MANAGER) is None


async def test_what_is_late_is_told_today_and_listed() -> None:
    late = await sent(expected_on=date(2026, 9, 3))
    await sent(item_id=cast.SPARE, sent_on=date(2026, 9, 2))
    today = await read_today(actor=cast.READER, now=cast.NOW)
    (group,) = [each for each in today.groups if each.tally.concern is Concern.REPAIR_LATE]
    assert (group.tally.count, group.duty.verb) == (1, "Relancer un réparateur")
    (thing,) = group.things
    assert isinstance(thing, RepairLine)
    assert thing.repair.id == late.id
    asked = {"actor": cast.READER, "now": cast.NOW, "limit": 9}
    assert await things_of(Concern.REPAIR_LATE, **asked, after=place_of(thing)) == []  # type: ignore[arg-type]
    await ended(late, RepairOutcome.REPAIRED)
    today = await read_today(actor=cast.READER, now=cast.NOW)
    assert Concern.REPAIR_LATE not in {each.concern for each in today.ours}


async def test_another_service_a_reader_and_what_lacks() -> None:
    repair = await sent()
    with refused(NotFound, "repair.not_found"):
        await read_repair(repair.id, actor=cast.STRANGER)
    with refused(NotFound, "item.not_found"):
        await send_to_repair(SENDING, actor=cast.STRANGER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await send_to_repair(SENDING, actor=cast.READER, now=cast.NOW)
    with refused(RuleBroken, "repair.invalid"):
        await sent(item_id=cast.SPARE, provider=" ")
