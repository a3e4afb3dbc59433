"""A base of before the migration `state_signature` keeps its accounts, its order and its boxes as they were."""

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, rows_of_before

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch

__all__ = ["empty"]
RECALL = "2026-11-28T00:00:90:000000"
ID = "2026-11-30T01:00:00:000000"


async def test_nobody_signs_for_the_state_and_no_order_is_asked_until_somebody_says_so(empty, capsys):
    waiting = await migrate.check()
    # The rows are those of the schema of before `recall`.
    early, before = ([each for each in waiting if each < limit][-1] for limit in (RECALL, ID))
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
    assert ID in await migrate.upgrade()
    (user,) = await fetch("SELECT role, signs_for_state, title, delegation, delegation_ends_on FROM app_user")
    assert (user["role"], bool(user["signs_for_state"])) == ("reader", False)
    assert (user["title"], user["delegation"], user["delegation_ends_on"]) == ("", "", None)
    assert {row["state_signs"] for row in await fetch("SELECT state_signs FROM managing_service")} == {"any"}
