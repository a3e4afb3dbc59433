"""Keys answered before the migration `key_under_way`: still answered the same, and held by nobody."""

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW
from tests.store.migrations.test_item_truth import empty, insert

from materiel.store.engine import migrate
from materiel.store.engine.ids import new_id
from materiel.store.work import idempotency as keys

__all__ = ["empty"]
ID = "2026-11-28T00:04:60:000000"


async def test_a_key_answered_before_is_answered_the_same(empty, capsys):
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    row = {"actor": "token:1", "key": "k", "request_hash": "0" * 64, "status_code": 201, "body": "{}"}
    await insert("idempotency", id=new_id(), created_at=NOW, **row)
    await migrate.upgrade()
    known = await keys.find("token:1", "k")
    assert known == keys.KnownKey("0" * 64, 201, "{}", None, None)
    assert await keys.take_over("token:1", "k", "", owner="a:1:b", lease_until=NOW) is None
