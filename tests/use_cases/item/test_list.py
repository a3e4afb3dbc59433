from dataclasses import replace

import pytest
from tests.use_cases.loan_cast import (
    ADULT,
    BAULON,
    BRAILLE,
    COLLEGE,
    ITEMS,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    READER,
    SERVICE,
    SOFTWARE,
    STRANGER,
    TODAY,
    a_draft,
    an_item,
    noted,
    set_up,
)

from materiel.domain.item.item import ItemStatus
from materiel.domain.item.list import BY_NUMBER, NEWEST, OLDEST, ItemFilter
from materiel.domain.language.order import Order
from materiel.errors import BadInput
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.item import item as items
from materiel.store.item import rare_word
from materiel.store.item.list import SORTS
from materiel.use_cases.item.item import list_items
from materiel.use_cases.item.list import (
    export_found,
    item_categories,
    item_funding_services,
    look_through,
    matching_ids,
    total_items,
)
from materiel.use_cases.search.total import LATELY, Total

ORDERS = [Order(column, descending) for column in SORTS for descending in (False, True)]
ORDINARY = [BY_NUMBER, NEWEST, OLDEST]


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


async def numbers(actor=READER, limit=50, after=None, **asked):
    found = await look_through(ItemFilter(**asked), actor=actor, limit=limit, after=after)
    return [int(each.item.inventory_number[-5:]) for each in found]


async def test_every_order_lists_every_item():
    assert await numbers() == list(range(1, 9))
    assert await numbers(order=NEWEST) == list(range(8, 0, -1))
    assert await numbers(order=OLDEST) == list(range(1, 9))


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_pages_follow_each_other(order):
    for rank, (price, day) in enumerate([(500, None), (None, TODAY), (90, TODAY), (500, None)]):
        item = await items.get(ITEMS[rank], SERVICE)
        await items.save(replace(item, purchase_price_cents=price, acquired_on=day, designation=f"Écran {price}"))
    await a_draft(school=BAULON, items=(LAPTOP,))
    wanted = ItemFilter(order=order)
    whole = await look_through(wanted, actor=READER, limit=50)
    shown, after = [], None
    while page := await look_through(wanted, actor=READER, limit=3, after=after):
        shown += page
        after = page[-1].place
    assert shown == whole
    assert len({each.item.id for each in whole}) == len(ITEMS)


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_filters_combine_in_every_order(order):
    await items.set_status([SOFTWARE], ItemStatus.IN_REPAIR)
    assert await numbers(q="LOGI", order=order) == [6]
    assert await numbers(status=ItemStatus.IN_REPAIR, order=order) == [6]
    assert await numbers(category="logiciel", order=order) == [6]
    assert await numbers(category="logiciel", status=ItemStatus.IN_STOCK, order=order) == []
    assert await numbers(q="00006", category="logiciel", status=ItemStatus.IN_REPAIR, order=order) == [6]


@pytest.mark.parametrize("order", ORDINARY, ids=str)
async def test_common_words_are_found_in_order_too(order, monkeypatch):
    monkeypatch.setattr(rare_word, "RARE", 2)
    expected = [1, 2, 3, 4, 5, 7, 8]
    assert await numbers(q="ordinateur", order=order) == (expected[::-1] if order is NEWEST else expected)


@pytest.mark.parametrize("order", ORDINARY, ids=str)
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


@pytest.mark.parametrize("order", ORDINARY, ids=str)
@pytest.mark.parametrize("rare", [2, 2_000], ids=["common", "rare"])
@pytest.mark.parametrize("q", ["ordinateur", "ordinateur 0000"])
async def test_what_a_word_finds_is_paged_in_order_and_counted(order, rare, q, monkeypatch):
    monkeypatch.setattr(rare_word, "RARE", rare)
    whole = await numbers(q=q, order=order)
    shown, after = [], None
    while page := await look_through(ItemFilter(q=q, order=order), actor=READER, limit=3, after=after):
        shown += [int(each.item.inventory_number[-5:]) for each in page]
        after = page[-1].place
    assert shown == whole
    assert sorted(whole) == [1, 2, 3, 4, 5, 7, 8]
    for asked, actor, count in (
        ({}, READER, 7),
        ({"status": ItemStatus.IN_REPAIR}, READER, 0),
        ({"status": ItemStatus.IN_STOCK}, READER, 7),
        ({}, STRANGER, 0),
    ):
        found = await total_items(ItemFilter(q=q, **asked), actor=actor, now=NOW)
        assert (found.count, found.more) == (count, False)
    monkeypatch.setattr("materiel.use_cases.search.total.COUNTED_AT_ONCE", 5)
    assert await total_items(ItemFilter(q=q), actor=READER, now=NOW) == Total(5, more=True)


async def test_a_page_and_its_total_look_for_a_word_once(statements):
    wanted = ItemFilter(q="ordinateur 00003")

    async def looked_for() -> int:
        statements.clear()
        found = await look_through(wanted, actor=READER, limit=50)
        assert (await total_items(wanted, actor=READER, now=NOW)).count == len(found)
        return sum("FILTER (WHERE search LIKE" in each for each in statements)

    assert await looked_for() == 1
    assert await looked_for() == 0
    await noted()
    assert await looked_for() == 1


async def test_a_corrected_number_takes_its_place_in_what_is_found():
    await items.save(replace(await items.get(LAPTOP, SERVICE), inventory_number="35-2026-00099"))
    assert await numbers(q="ordinateur portable") == [2, 3, 4, 5, 7, 8, 99]


async def test_what_has_no_price_comes_last_both_ways():
    for rank, price in ((2, 900), (5, 100), (7, 900)):
        await items.save(replace(await items.get(ITEMS[rank - 1], SERVICE), purchase_price_cents=price))
    assert await numbers(order=Order("prix")) == [5, 2, 7, 1, 3, 4, 6, 8]
    assert await numbers(order=Order("prix", descending=True)) == [7, 2, 5, 1, 3, 4, 6, 8]
    assert await numbers(order=Order("prix"), q="ordinateur") == [5, 2, 7, 1, 3, 4, 8]


async def test_items_in_one_state_are_sorted_by_their_numbers():
    await items.set_status([SOFTWARE], ItemStatus.IN_REPAIR)
    down = Order("etat", descending=True)
    assert await numbers(order=down, status=ItemStatus.IN_STOCK) == [8, 7, 5, 4, 3, 2, 1]
    first = (await look_through(ItemFilter(order=down, status=ItemStatus.IN_STOCK), actor=READER, limit=2))[-1]
    assert (await numbers(order=down, status=ItemStatus.IN_STOCK, after=first.place))[0] == 5


async def test_items_are_sorted_by_who_has_them_where_and_since_when():
    await a_draft(school=COLLEGE, items=(BRAILLE,), pupil=ADULT)
    await a_draft(school=BAULON, items=(LAPTOP,))
    braille, laptop = ITEMS.index(BRAILLE) + 1, ITEMS.index(LAPTOP) + 1
    assert (await numbers(order=Order("chez")))[:2] == [laptop, braille]
    assert (await numbers(order=Order("chez", descending=True)))[:2] == [braille, laptop]
    assert (await numbers(order=Order("ou", descending=True)))[:2] != (await numbers(order=Order("ou")))[:2]
    assert set((await numbers(order=Order("depuis")))[:2]) == {laptop, braille}


async def test_a_view_is_added_up_whole(monkeypatch):
    for item_id, price in ((LAPTOP, 120_000), (KEYBOARD, 4_550)):
        await items.save(replace(await items.get(item_id, SERVICE), purchase_price_cents=price))

    async def told(now=NOW, actor=READER, **asked):
        found = await total_items(ItemFilter(**asked), actor=actor, now=now)
        return found.count, found.sums["prix"]

    assert await told() == (8, 124_550)
    assert await told(q="ordinateur 00003") == (1, 4_550)
    assert await told(status=ItemStatus.LOST) == (0, 0)
    monkeypatch.setattr("materiel.store.item.list.MOST_ADDED", 2)
    assert await total_items(ItemFilter(q="ordinateur portable"), actor=READER, now=NOW) == Total(7)
    assert await told(actor=STRANGER) == (0, 0)
    for limit in ("materiel.use_cases.search.total.COUNTED_AT_ONCE", "materiel.use_cases.item.list.COUNTED_AT_ONCE"):
        monkeypatch.setattr(limit, 2)
    assert await total_items(ItemFilter(q="ordinateur"), actor=READER, now=NOW) == Total(2, more=True)
    assert await told(category="ordinateur portable") == (7, 124_550)
    assert await told() == (8, 124_550)
    await items.save(replace(await items.get(KEYBOARD, SERVICE), purchase_price_cents=None))
    assert await told() == (8, 124_550), "a long view is added up once a minute"
    assert await told(NOW + LATELY) == (8, 120_000)


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
    for order in ORDERS:
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
