"""Kits: made of the stock, changed after a theft, dissolved; a part does not leave the service unsaid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.workshop.kit import Kit, KitFilter, KitState
from materiel.domain.item.item import ItemStatus
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import write_transaction
from materiel.store.history.search import search
from materiel.store.item import item as items
from materiel.use_cases.circuit.workshop.kit import (
    ChangeKit,
    DissolveKit,
    MakeKit,
    change_kit,
    count_kits,
    dissolve_kit,
    find_kit,
    kits_of_items,
    list_kits,
    make_kit,
    read_kit,
)
from materiel.use_cases.loan.elsewhere.accepting import AcceptTransfer, accept_transfer
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer, items_to_pass

MAKING = MakeKit(number="kit 01", designation="Lecture et écriture", items=(cast.LAPTOP, cast.SPARE))


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def made(**changes: object) -> Kit:
    return await make_kit(replace(MAKING, **changes), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def changed(kit: Kit, **changes: object) -> Kit:
    same = ChangeKit(kit_id=kit.id, version=kit.version, designation=kit.designation, items=kit.part_ids)
    return await change_kit(replace(same, **changes), actor=cast.MANAGER, now=cast.NOW)  # type: ignore[arg-type]


async def dissolved(kit: Kit, reason: str = "Trop peu de demandes") -> Kit:
    command = DissolveKit(kit_id=kit.id, version=kit.version, reason=reason)
    return await dissolve_kit(command, actor=cast.MANAGER, now=cast.NOW)


async def becomes(item: object, status: ItemStatus) -> None:
    async with write_transaction():
        await items.set_status([item], status)  # type: ignore[list-item]


async def test_it_is_made_read_changed_and_dissolved() -> None:
    kit = await made()
    assert (kit.number, kit.part_ids, kit.state) == ("KIT01", (cast.LAPTOP, cast.SPARE), KitState.WHOLE)
    assert await read_kit(kit.id, actor=cast.READER) == kit
    assert await find_kit("Kit 01", actor=cast.READER) == kit
    assert await find_kit(" ", actor=cast.READER) is None
    assert await kits_of_items([cast.SPARE, cast.LAPTOP], actor=cast.READER) == [kit]
    assert await kits_of_items([], actor=cast.READER) == []
    more = await changed(kit, items=(cast.SPARE, cast.KEYBOARD, cast.LAPTOP), designation="Lecture")
    assert (await read_kit(kit.id, actor=cast.READER)).part_ids == (cast.SPARE, cast.KEYBOARD, cast.LAPTOP)
    with refused(Conflict, "kit.changed"):
        await changed(kit)
    over = await dissolved(more)
    assert (over.state, over.parts) == (KitState.DISSOLVED, ())
    for act in (changed, dissolved):
        with refused(Conflict, "kit.dissolved"):
            await act(over)
    assert await kits_of_items([cast.SPARE], actor=cast.READER) == []
    assert await find_kit("KIT01", actor=cast.READER) is None
    told = [each for each in await search(cast.SERVICE, limit=50) if each.action.startswith("kit.")]
    assert sorted(each.action for each in told) == ["kit.changed", "kit.dissolved", "kit.made"]
    with refused(Conflict, "kit.number_taken"):
        await made()


async def test_a_number_of_an_item_and_a_part_of_another_kit_are_refused() -> None:
    laptop = await items.get(cast.LAPTOP, cast.SERVICE)
    with refused(Conflict, "kit.number_taken"):
        await made(number=laptop.inventory_number)
    await made()
    with refused(Conflict, "kit.item_taken"):
        await made(number="KIT02", items=(cast.SPARE, cast.KEYBOARD))
    with refused(RuleBroken, "kit.invalid"):
        await made(number="KIT02", items=(cast.KEYBOARD, cast.KEYBOARD))


async def test_what_a_loan_holds_does_not_enter_but_what_replaced_a_stolen_part() -> None:
    await cast.a_draft(items=(cast.LAPTOP, cast.KEYBOARD))
    with refused(Conflict, "kit.item_lent"):
        await made()
    await becomes(cast.LAPTOP, ItemStatus.IN_STOCK)
    kit = await made()
    await becomes(cast.LAPTOP, ItemStatus.RESERVED)
    # The same loan holds the keyboard: it took the place of what was stolen there.
    assert cast.KEYBOARD in (await changed(kit, items=(cast.LAPTOP, cast.KEYBOARD))).part_ids


async def test_a_stolen_part_stays_named_until_it_is_replaced() -> None:
    kit = await made()
    await becomes(cast.SPARE, ItemStatus.STOLEN)
    lacking = await read_kit(kit.id, actor=cast.READER)
    assert lacking.state is KitState.INCOMPLETE
    assert [each.id for each in lacking.missing(cast.TODAY)] == [cast.SPARE]
    whole = await changed(lacking, items=(cast.LAPTOP, cast.KEYBOARD))
    assert whole.state is KitState.WHOLE
    with refused(Conflict, "kit.item_gone"):
        await changed(whole, items=(cast.LAPTOP, cast.SPARE))


async def test_a_part_is_not_transferred_before_it_is_taken_out() -> None:
    kit = await made()
    with refused(Conflict, "transfer.item_in_kit"):
        await items_to_pass([cast.SPARE], actor=cast.MANAGER)
    await dissolved(kit)
    assert [each.id for each in (await items_to_pass([cast.SPARE], actor=cast.MANAGER)).items] == [cast.SPARE]
    asked = AskTransfer(items=(cast.SPARE,), to="DSDEN29", reason="Besoin urgent")
    line = await ask_transfer(asked, actor=cast.MANAGER, now=cast.NOW)
    # Put in a kit while the other service thinks: it is refused at the answer too.
    await made(number="KIT02")
    with refused(Conflict, "transfer.item_in_kit"):
        await accept_transfer(
            AcceptTransfer(transfer_id=line.transfer.id), issuer=replace(cast.ISSUER, actor=cast.STRANGER)
        )
    with refused(Conflict, "transfer.item_in_kit"):
        await ask_transfer(replace(asked, items=(cast.LAPTOP,)), actor=cast.MANAGER, now=cast.NOW)


async def test_the_list_is_by_number_and_finds_by_words() -> None:
    first, second = await made(), await made(number="KIT02", designation="Calcul", items=(cast.KEYBOARD, cast.LAST))
    assert await list_kits(KitFilter(), actor=cast.READER, limit=9) == [first, second]
    assert await list_kits(KitFilter(), actor=cast.READER, limit=9, after="KIT01") == [second]
    assert await list_kits(KitFilter(q="lecture"), actor=cast.READER, limit=9) == [first]
    assert await list_kits(KitFilter(item_id=cast.LAST), actor=cast.READER, limit=9) == [second]
    over = await dissolved(first)
    assert await list_kits(KitFilter(dissolved=True), actor=cast.READER, limit=9) == [over]
    assert await count_kits(KitFilter(), actor=cast.READER) == 1
    assert await list_kits(KitFilter(q="rien"), actor=cast.READER, limit=9) == []


async def test_another_service_a_reader_and_what_lacks() -> None:
    kit = await made()
    with refused(NotFound, "kit.not_found"):
        await read_kit(kit.id, actor=cast.STRANGER)
    assert await kits_of_items([cast.SPARE], actor=cast.STRANGER) == []
    with refused(NotFound, "item.not_found"):
        await make_kit(MAKING, actor=cast.STRANGER, now=cast.NOW)
    with pytest.raises(PermissionDenied):
        await make_kit(MAKING, actor=cast.READER, now=cast.NOW)
    with refused(RuleBroken, "kit.invalid"):
        await dissolved(kit, " ")
