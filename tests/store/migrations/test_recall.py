"""A claim written before the migration `recall` keeps its ground by its code, and its explanation alone."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import LOAN, empty, rows_of_before

from materiel.domain.loan.recall_ground import RecallGround
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch

__all__ = ["empty"]
ID = "2026-11-28T00:00:90:000000"
FORMER = [
    ("L'élève a quitté l'académie – courriel du 3", RecallGround.LEFT_ACADEMIE.value, "courriel du 3"),
    ("Redéploiement – dépôt", None, "Redéploiement – dépôt"),
]


@pytest.mark.parametrize(("written", "ground", "reason"), FORMER)
async def test_a_former_ground_is_read_from_the_words_once(empty, capsys, written, ground, reason):
    before = [each for each in await migrate.check() if each < ID][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    await rows_of_before()
    quoted = written.replace("'", "''")
    await fetch(f"UPDATE loan SET recalled_on = '2026-11-20', recall_reason = '{quoted}' WHERE id = '{LOAN}'")
    assert ID in await migrate.upgrade()
    (loan,) = await fetch("SELECT recall_ground, recall_reason FROM loan")
    assert (loan["recall_ground"], loan["recall_reason"]) == (ground, reason)
