"""A claim written before `recall` keeps its ground by its code; before `state_signature` nobody signs for the State."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import LOAN, empty, rows_of_before

from materiel.domain.loan.recall_ground import RecallGround
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch

__all__ = ["empty"]
ID = "2026-11-28T00:00:90:000000"
STATE_SIGNATURE = "2026-11-30T01:00:00:000000"
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


async def test_nobody_signs_for_the_state_and_no_order_is_asked_until_somebody_says_so(empty, capsys):
    waiting = await migrate.check()
    # The rows are those of the schema of before `recall`.
    early, before = ([each for each in waiting if each < limit][-1] for limit in (ID, STATE_SIGNATURE))
    assert (await run_forwards("materiel", migration_id=early)).success
    await rows_of_before()
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    (service,) = await fetch("SELECT id FROM managing_service LIMIT 1")
    await fetch(
        "INSERT INTO app_user (id, service, email, name, role, created_at) VALUES"
        f" ('0193f000-0000-7000-8000-0000000000aa', '{service['id']}', 'lecture@exemple.fr', 'Alix', 'reader',"
        " '2026-11-20 09:00:00+00:00')"
    )
    assert STATE_SIGNATURE in await migrate.upgrade()
    (user,) = await fetch("SELECT role, signs_for_state, title, delegation, delegation_ends_on FROM app_user")
    assert (user["role"], bool(user["signs_for_state"])) == ("reader", False)
    assert (user["title"], user["delegation"], user["delegation_ends_on"]) == ("", "", None)
    assert {row["state_signs"] for row in await fetch("SELECT state_signs FROM managing_service")} == {"any"}
