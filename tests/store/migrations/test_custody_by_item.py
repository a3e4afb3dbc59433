"""A line that ended before the migration `custody_by_item`, once it has run, and what it then allows."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import LENT, LOAN, empty, rows_of_before

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

__all__ = ["empty"]
ID = "2026-11-28T00:02:20:000000"


async def test_former_lines_keep_their_reason_and_a_new_one_joins_them(empty, capsys):
    known = await migrate.check()
    before = [each for each in known if each < "2026-11-28T00:00:50"][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    await rows_of_before()
    former = [each for each in known if each < ID][-1]
    assert (await run_forwards("materiel", migration_id=former)).success
    capsys.readouterr()
    await fetch(f"UPDATE loan_item SET removal = 'stolen' WHERE item = '{LENT}'")
    ended = "SELECT item, removal FROM loan_item ORDER BY id"
    told = [dict(row) for row in await fetch(ended)]
    assert ID in await migrate.upgrade()
    assert [dict(row) for row in await fetch(ended)] == told
    assert {"item": told[0]["item"], "removal": "stolen"} in [{**each, "item": told[0]["item"]} for each in told]
    assert [dict(row) for row in await fetch("SELECT split_from, covered_by FROM loan")] == [
        {"split_from": None, "covered_by": None}
    ]
    other = new_id()
    await fetch(f"UPDATE loan SET split_from = '{other}', covered_by = '{other}' WHERE id = '{LOAN}'")
    await fetch(f"UPDATE loan_item SET removal = 'moved' WHERE item = '{LENT}'")
    with pytest.raises(Exception, match=r"(?i)check"):
        await fetch(f"UPDATE loan_item SET removal = 'gone' WHERE item = '{LENT}'")
