"""A claim that promised a contact, written before the migration `leaving`, owes it afterwards."""

from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import LOAN, SERVICE, empty, insert, rows_of_before

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.loan import leaving

__all__ = ["empty"]
ID = "2026-11-28T00:02:40:000000"
RECALL = "2026-11-28T00:00:90:000000"


async def test_a_former_claim_on_that_ground_makes_the_contact_owed(empty, capsys):
    """From before the ground had a code: the two migrations follow each other."""
    before = [each for each in await migrate.check() if each < RECALL][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    await rows_of_before()
    pupil = new_id()
    (school,) = await fetch("SELECT id FROM school")
    await insert("pupil", id=pupil, service=SERVICE, school=school["id"], birth_date="2016-05-04", protection="none")
    await fetch(
        f"UPDATE loan SET pupil = '{pupil}', usage = 'individual', recalled_on = '2026-11-20',"
        f" recall_reason = 'L''élève a quitté l''académie – courriel' WHERE id = '{LOAN}'"
    )
    assert ID in await migrate.upgrade()
    (noted,) = await leaving.of_pupil(pupil, SERVICE)
    assert (noted.left_on.isoformat(), noted.academie, noted.awaits_contact) == ("2026-11-20", "", True)
