"""Items registered before the migration `search_order` are listed by their numbers when a word finds them."""

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.domain.item.list import ItemFilter
from materiel.store.engine import migrate
from materiel.store.engine.ids import new_id
from materiel.store.item.list import page

__all__ = ["empty"]
ID = "2026-11-29T00:00:24:000000"


async def test_items_on_file_are_found_in_the_order_of_their_numbers(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service = new_id()
    await insert("managing_service", id=service, code="S", kind="dsden", renewal_policy="yearly")
    for number in ("B-2", "C-3", "A-1"):
        row = {"inventory_number": number, "accessories": "[]", "ownership": "state", "public_code": number}
        await insert("item", id=new_id(), service=service, status="in_stock", search=" clavier braille ", **row)

    await migrate.upgrade()

    found = await page(service, ItemFilter(q="clavier braille"), limit=2)
    assert [each.inventory_number for each, _ in found] == ["A-1", "B-2"]
    after = await page(service, ItemFilter(q="clavier braille"), limit=2, after=found[-1][1])
    assert [each.inventory_number for each, _ in after] == ["C-3"]
