"""A change that waited before the migration `contract_changes` waits as it was."""

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import SCHOOL, SERVICE, empty, insert, rows_of_before

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

__all__ = ["empty"]
ID = "2026-11-28T00:02:41:000000"
ITEM_TRUTH = "2026-11-28T00:00:50:000000"


async def test_a_change_that_waits_keeps_its_kind(empty, capsys):
    ids = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in ids if each < ITEM_TRUTH][-1])).success
    await rows_of_before()
    assert (await run_forwards("materiel", migration_id=[each for each in ids if each < ID][-1])).success
    capsys.readouterr()
    at = "2026-11-21 09:00:00+00:00"
    for kind in ("municipality", "closed"):
        await insert("reference_change", id=new_id(), service=SERVICE, school=SCHOOL, kind=kind, found_at=at)
    assert ID in await migrate.upgrade()
    assert {row["kind"] for row in await fetch("SELECT kind FROM reference_change")} == {"municipality", "closed"}
