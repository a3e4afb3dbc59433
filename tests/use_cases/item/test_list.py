from dataclasses import replace

import pytest
from tests.use_cases.loan_cast import (
    BAULON,
    ITEMS,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    READER,
    SERVICE,
    SOFTWARE,
    STRANGER,
    a_draft,
    an_item,
    set_up,
)

from materiel.domain.item.item import ItemStatus
from materiel.domain.item.list import ItemFilter, ItemOrder
from materiel.errors import BadInput
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.item import item as items
from materiel.store.item import rare_word
from materiel.use_cases.item.item import list_items
from materiel.use_cases.item.list import (
    Total,
    count_items,
    export_found,
    item_categories,
    item_funding_services,
    key_of,
    look_through,
    matching_ids,
)


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def numbers(actor=READER, limit=50, after=None, **asked):
    found = await look_through(ItemFilter(**asked), actor=actor, limit=limit, after=after)
    return [int(each.item.inventory_number[-5:]) for each in found]


async def test_every_order_lists_every_item():
    assert await numbers() == list(range(1, 9))
    assert await numbers(order=ItemOrder.NEWEST) == list(range(8, 0, -1))
    assert await numbers(order=ItemOrder.OLDEST) == list(range(1, 9))


@pytest.mark.parametrize("order", ItemOrder)
async def test_pages_follow_each_other(order):
    wanted = ItemFilter(order=order)
    whole = await look_through(wanted, actor=READER, limit=50)
    shown, after = [], None
    while page := await look_through(wanted, actor=READER, limit=3, after=after):
        shown += page
        after = key_of(page[-1].item, order)
    assert shown == whole


@pytest.mark.parametrize("order", ItemOrder)
async def test_filters_combine_in_every_order(order):
    await items.set_status([SOFTWARE], ItemStatus.IN_REPAIR)
    assert await numbers(q="LOGI", order=order) == [6]
    assert await numbers(status=ItemStatus.IN_REPAIR, order=order) == [6]
    assert await numbers(category="logiciel", order=order) == [6]
    assert await numbers(category="logiciel", status=ItemStatus.IN_STOCK, order=order) == []
    assert await numbers(q="00006", category="logiciel", status=ItemStatus.IN_REPAIR, order=order) == [6]


@pytest.mark.parametrize("order", ItemOrder)
async def test_common_words_are_found_in_order_too(order, monkeypatch):
    monkeypatch.setattr(rare_word, "RARE", 2)
    expected = [1, 2, 3, 4, 5, 7, 8]
    assert await numbers(q="ordinateur", order=order) == (expected[::-1] if order is ItemOrder.NEWEST else expected)


@pytest.mark.parametrize("order", ItemOrder)
async def test_the_other_words_are_looked_for_in_the_items_of_the_rarest(order, monkeypatch):
    monkeypatch.setattr(rare_word, "RARE", 2)
    assert await numbers(q="ordinateur 00003", order=order) == [3]
    assert await numbers(q="00003 portable ordinateur", order=order) == [3]
    assert await numbers(q="ordinateur 00006", order=order) == []
    assert await numbers(q="ordinateur 00003", status=ItemStatus.IN_REPAIR, order=order) == []
    assert [each.id for each in await list_items(actor=MANAGER, q="ordinateur 00003")] == [KEYBOARD]
    assert await list_items(actor=MANAGER, q="ordinateur 00006") == []
    assert await list_items(actor=MANAGER, q="ordinateur 00003", after=KEYBOARD) == []
    assert await list_items(actor=STRANGER, q="ordinateur 00003") == []


@pytest.mark.parametrize("order", ItemOrder)
@pytest.mark.parametrize("rare", [2, 2_000], ids=["common", "rare"])
@pytest.mark.parametrize("q", ["ordinateur", "ordinateur 0000"])
async def test_what_a_word_finds_is_paged_in_order_and_counted(order, rare, q, monkeypatch):
    monkeypatch.setattr(rare_word, "RARE", rare)
    whole = await numbers(q=q, order=order)
    shown, after = [], None
    while page := await look_through(ItemFilter(q=q, order=order), actor=READER, limit=3, after=after):
        shown += [int(each.item.inventory_number[-5:]) for each in page]
        after = key_of(page[-1].item, order)
    assert shown == whole
    assert sorted(whole) == [1, 2, 3, 4, 5, 7, 8]
    assert await count_items(ItemFilter(q=q), actor=READER) == Total(7)
    assert await count_items(ItemFilter(q=q, status=ItemStatus.IN_REPAIR), actor=READER) == Total(0)
    assert await count_items(ItemFilter(q=q, status=ItemStatus.IN_STOCK), actor=READER) == Total(7)
    assert await count_items(ItemFilter(q=q), actor=STRANGER) == Total(0)
    monkeypatch.setattr("materiel.use_cases.item.list.MOST_COUNTED", 5)
    assert await count_items(ItemFilter(q=q), actor=READER) == Total(5, more=True)


async def test_a_corrected_number_takes_its_place_in_what_is_found():
    await items.save(replace(await items.get(LAPTOP, SERVICE), inventory_number="35-2026-00099"))
    assert await numbers(q="ordinateur portable") == [2, 3, 4, 5, 7, 8, 99]


async def test_three_characters_of_a_serial_number_are_enough():
    await items.save(replace(await items.get(LAPTOP, SERVICE), serial_number="5CD1234XYZ"))
    assert await numbers(q="4xy") == [1]


async def test_a_school_finds_what_it_holds():
    assert await numbers(school="baulon") == []
    await a_draft(school=BAULON, items=(LAPTOP,))
    assert await numbers(school="baulon") == [1]
    assert await numbers(school=BAULON) == [1]
    assert await numbers(school="cardroc") == []
    assert await numbers(school="nulle part") == []


async def test_a_listed_item_says_who_holds_it():
    loan_id = await a_draft(school=BAULON, items=(LAPTOP,))
    first, second = (await look_through(ItemFilter(), actor=READER, limit=2))[:2]
    assert first.holder is not None
    assert (first.holder.loan_id, first.holder.school_uai, first.holder.is_out) == (loan_id, BAULON, False)
    assert first.holder.pupil_name == "Exemple Zoé"
    assert second.holder is None


async def test_another_service_finds_nothing():
    assert await numbers(actor=STRANGER) == []
    assert await numbers(actor=STRANGER, q="ordinateur") == []
    assert await item_categories(actor=STRANGER) == []


async def test_categories_in_use_are_told_once():
    await items.insert(replace(an_item(99, new_id()), category="", public_code=new_public_code()), NOW)
    assert await item_categories(actor=READER) == ["logiciel", "ordinateur portable"]


async def test_items_are_found_by_who_paid_for_them():
    assert await item_funding_services(actor=READER) == []
    await items.save(replace(await items.get(LAPTOP, SERVICE), funding_service="Rectorat de Rennes"))
    assert await item_funding_services(actor=READER) == ["Rectorat de Rennes"]
    for order in ItemOrder:
        assert await numbers(funding_service="Rectorat de Rennes", order=order) == [1]
        assert await numbers(funding_service="Rectorat de Rennes", category="logiciel", order=order) == []
    assert await numbers(actor=STRANGER, funding_service="Rectorat de Rennes") == []
    assert await item_funding_services(actor=STRANGER) == []


async def test_the_export_holds_what_was_found(monkeypatch):
    monkeypatch.setattr("materiel.use_cases.item.list.EXPORT_PAGE", 3)
    text = b"".join([part async for part in export_found(ItemFilter(q="ordinateur"), actor=READER)]).decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 1 + 7
    assert "35-2026-00006" not in text


async def test_ids_of_a_whole_search_are_all_of_them_or_none():
    assert await matching_ids(ItemFilter(), actor=MANAGER, most=len(ITEMS)) == list(ITEMS)
    with pytest.raises(BadInput, match=f"trouve {len(ITEMS)} matériels") as refusal:
        await matching_ids(ItemFilter(), actor=MANAGER, most=3)
    assert refusal.value.code == "item.too_many"
