"""Labels that were never printed, and labels replaced by others: what is noted, found, revoked and said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.documents.printing import rasterised, read_codes, words
from tests.use_cases import loan_cast as cast

from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.item.label import LabelOrder
from materiel.domain.item.list import BY_NUMBER, NEWEST, ItemFilter
from materiel.errors import Conflict, NotFound, PermissionDenied
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.item import label as labels
from materiel.use_cases.item.code import find_meant_item, item_of_code, item_of_label, replaced_on
from materiel.use_cases.item.label import (
    MOST_LABELS,
    PrintLabels,
    count_to_label,
    items_to_label,
    make_labels,
    replace_label,
    start_labels,
)
from materiel.use_cases.item.list import look_through
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

BASE_URL = "https://materiel.ac-exemple.fr"
CODE = "ABCDEFGHJKM01"
"""Of the laptop, before its label is replaced."""


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def print_out(*item_ids, order: LabelOrder = LabelOrder.GIVEN) -> bytes:
    command = PrintLabels(item_ids=item_ids, sheet="a4_3x7", order=order)
    return await make_labels(command, actor=cast.MANAGER, now=cast.NOW, base_url=BASE_URL)


async def replaced() -> Item:
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    return await replace_label(item.id, item.version, actor=cast.MANAGER, now=cast.NOW)


async def test_a_label_that_is_printed_is_noted_and_the_others_remain():
    assert set(await items_to_label(actor=cast.MANAGER)) == set(cast.ITEMS)
    before = await items.get(cast.LAPTOP, cast.SERVICE)
    await print_out(cast.LAPTOP, cast.BRAILLE)
    assert await labels.printed_on(cast.LAPTOP, cast.SERVICE) == cast.TODAY
    assert await items.get(cast.LAPTOP, cast.SERVICE) == before
    left = await items_to_label(actor=cast.MANAGER)
    assert set(left) == set(cast.ITEMS) - {cast.LAPTOP, cast.BRAILLE}
    assert await count_to_label(actor=cast.READER) == len(left) == len(cast.ITEMS) - 2
    assert await count_to_label(actor=cast.STRANGER) == 0
    await items.set_status([cast.FM], ItemStatus.LOST)
    assert cast.FM not in await items_to_label(actor=cast.MANAGER)
    assert MOST_LABELS > await count_to_label(actor=cast.MANAGER) == len(left) - 1


async def test_what_was_never_labelled_is_a_filter_of_the_list():
    await print_out(*cast.ITEMS[:6])
    await items.set_status([cast.SPARE], ItemStatus.WRITTEN_OFF)
    wanted = ItemFilter(never_labelled=True)
    assert not wanted.is_empty
    for order in (BY_NUMBER, NEWEST):
        found = await look_through(replace(wanted, order=order), actor=cast.MANAGER, limit=10)
        assert [each.item.id for each in found] == [cast.LAST]
    gone = await look_through(replace(wanted, status=ItemStatus.WRITTEN_OFF), actor=cast.MANAGER, limit=10)
    assert [each.item.id for each in gone] == [cast.SPARE]


async def test_labels_drawn_by_a_job_are_noted_in_the_order_they_are_drawn():
    command = PrintLabels(item_ids=cast.ITEMS[::-1], sheet="a4_3x7", order=LabelOrder.NUMBER)
    await start_labels(command, actor=cast.MANAGER, now=cast.NOW, base_url=BASE_URL)
    assert await run_next("tests", HANDLERS, clock=lambda: cast.NOW)
    assert await items_to_label(actor=cast.MANAGER) == []
    (entry,) = [each for each in await journal.of_subject(cast.SERVICE, cast.SERVICE) if each.action == "label.printed"]
    assert entry.details["items"] == [str(each) for each in cast.ITEMS]


async def test_labels_come_by_number_by_school_or_by_shelf():
    loan_id = await cast.a_draft()
    assert loan_id
    for item_id, shelf in ((cast.SPARE, "Armoire 1"), (cast.BRAILLE, "armoire 2")):
        item = await items.get(item_id, cast.SERVICE)
        await items.save(replace(item, storage_place=shelf))
    asked = (cast.LAST, cast.BRAILLE, cast.LAPTOP, cast.SPARE)

    async def numbers(order: LabelOrder) -> list[str]:
        said = words(await print_out(*asked, order=order))
        by_place = {said.index(f"35-2026-0000{n}"): n for n in (1, 2, 7, 8)}
        return [by_place[place] for place in sorted(by_place)]

    assert await numbers(LabelOrder.GIVEN) == [8, 2, 1, 7]
    assert await numbers(LabelOrder.NUMBER) == [1, 2, 7, 8]
    assert await numbers(LabelOrder.SHELF) == [7, 2, 1, 8]
    # The laptop is reserved for a loan in a school; nobody has the others.
    assert await numbers(LabelOrder.SCHOOL) == [1, 2, 7, 8]


async def test_a_new_code_takes_the_place_of_the_former_which_is_worth_nothing():
    await print_out(cast.LAPTOP)
    saved = await replaced()
    assert (saved.public_code != CODE, saved.version) == (True, 2)
    assert await items.by_public_code(CODE) is None
    assert await replaced_on(CODE.lower()) == cast.TODAY
    assert await replaced_on(saved.public_code) is None
    assert await labels.printed_on(cast.LAPTOP, cast.SERVICE) is None
    assert cast.LAPTOP in await items_to_label(actor=cast.MANAGER)
    assert (await item_of_code(saved.public_code, actor=cast.READER)).item == saved
    pdf = await print_out(cast.LAPTOP)
    assert read_codes(rasterised(pdf, 200)) == {f"HTTPS://MATERIEL.AC-EXEMPLE.FR/Q/{saved.public_code}"}
    entry = (await journal.of_subject(cast.SERVICE, cast.LAPTOP))[-1]
    assert (entry.action, entry.details) == ("item.label_replaced", {})


async def test_whoever_scans_the_former_label_is_told_and_led_to_the_item():
    await replaced()
    for read in (
        item_of_code(CODE, actor=cast.MANAGER),
        find_meant_item(f"https://materiel.example/Q/{CODE}", actor=cast.MANAGER),
        find_meant_item(CODE.lower(), actor=cast.MANAGER),
    ):
        with pytest.raises(NotFound) as refusal:
            await read
        assert refusal.value.code == "label.replaced"
        assert "Étiquette remplacée le 7 septembre 2026" in refusal.value.message
        assert "détruisez-la" in refusal.value.message
        told = {"item": str(cast.LAPTOP), "inventory_number": "35-2026-00001", "replaced_on": "2026-09-07"}
        assert refusal.value.facts == told
    for read in (item_of_code(CODE, actor=cast.STRANGER), find_meant_item(CODE, actor=cast.STRANGER)):
        with pytest.raises(NotFound) as refusal:
            await read
        assert (refusal.value.code, refusal.value.facts) == ("item.not_found", {})
    assert await item_of_label(CODE, actor=cast.STRANGER) is None


async def test_a_label_is_replaced_as_often_as_need_be_by_whoever_writes():
    first = await replaced()
    second = await replaced()
    told = await labels.revoked_of(cast.LAPTOP, cast.SERVICE)
    assert {each.code for each in told} == {CODE, first.public_code}
    assert second.public_code not in {CODE, first.public_code}
    with pytest.raises(Conflict) as refusal:
        await replace_label(cast.LAPTOP, 1, actor=cast.MANAGER, now=cast.NOW)
    assert refusal.value.code == "item.changed"
    assert len(await labels.revoked_of(cast.LAPTOP, cast.SERVICE)) == 2
    with pytest.raises(PermissionDenied):
        await replace_label(cast.LAPTOP, 3, actor=cast.READER, now=cast.NOW)
    with pytest.raises(NotFound):
        await replace_label(cast.LAPTOP, 3, actor=cast.STRANGER, now=cast.NOW)


async def test_a_label_replaced_while_it_was_drawn_is_still_to_print():
    drawn = await items.get(cast.LAPTOP, cast.SERVICE)
    await replaced()
    await labels.note_printed([drawn], cast.TODAY)
    assert await labels.printed_on(cast.LAPTOP, cast.SERVICE) is None
