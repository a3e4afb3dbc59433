"""A file received before the migration `file_removal` is kept, and was never deleted."""

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import BACK, SERVICE, an_item, empty, insert

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch

__all__ = ["empty"]
ID = "2026-11-28T00:01:30:000000"
FILE = "0193a000-0000-7000-8000-0000000f11e0"


async def test_a_file_received_before_is_kept(empty, capsys):
    before = [each for each in await migrate.check() if each < ID][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    await insert("managing_service", id=SERVICE, code="DSDEN35", kind="dsden", renewal_policy="yearly")
    await an_item(BACK, "BACK", "in_stock")
    theft = {"id": FILE, "service": SERVICE, "item": BACK, "kind": "theft", "declared_as": "family"}
    await insert("incident", state="open", fault="undecided", **theft)
    file = {"id": FILE, "incident": FILE, "kind": "photo", "size": 1, "sha256": "0" * 64, "sent_link": FILE}
    await insert("incident_file", received_on="2026-11-20", **file)
    assert ID in await migrate.upgrade()
    (file,) = await fetch("SELECT removed_at, removed_by, removed_reason FROM incident_file")
    assert set(file.values()) == {None}
