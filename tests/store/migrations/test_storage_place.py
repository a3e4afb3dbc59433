"""Items registered before the migrations `storage_place` and `item_note`: nothing is known, until somebody says it."""

from dataclasses import replace

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.store.engine import migrate
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items

__all__ = ["empty"]
ID = "2026-11-29T00:00:10:000000"


async def test_an_item_on_file_has_neither_place_nor_note_until_it_gets_one(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service, item_id = new_id(), new_id()
    await insert("managing_service", id=service, kind="dsden", renewal_policy="yearly")
    row = {"inventory_number": "1", "accessories": "[]", "ownership": "state", "status": "in_stock"}
    await insert("item", id=item_id, service=service, **row)

    await migrate.upgrade()

    item = await items.get(item_id, service)
    assert (item.storage_place, item.note) == ("", "")
    await items.save(replace(item, storage_place="Armoire 2", note="Écran fêlé"))
    saved = await items.get(item_id, service)
    assert (saved.storage_place, saved.note) == ("Armoire 2", "Écran fêlé")
