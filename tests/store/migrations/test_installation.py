"""A base made before the migration `installation` gets its row, and keeps its journal."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import SERVICE, empty, insert

from materiel import __version__
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch

__all__ = ["empty"]
ID = "2026-11-28T00:04:20:000000"


async def test_a_base_of_before_gets_its_row(empty, capsys: pytest.CaptureFixture[str]):
    before = [each for each in await migrate.check() if each < ID][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    await insert("managing_service", id=SERVICE, code="DSDEN35", kind="dsden", renewal_policy="yearly")
    assert ID in await migrate.upgrade()
    (row,) = await fetch("SELECT version, stamp, restored_at, key_fingerprint FROM installation")
    assert (row["version"], row["restored_at"], row["key_fingerprint"]) == (__version__, None, "")
    assert len(row["stamp"]) == 36
    assert len(await fetch("SELECT id FROM managing_service")) == 1
