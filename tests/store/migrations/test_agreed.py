"""A loan and a paper written before the migrations `agreed` and `document_layout`, once they have run."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import LENT, LOAN, SCHOOL, SERVICE, empty, insert, rows_of_before

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

__all__ = ["empty"]
ID = "2026-11-28T00:00:40:000000"


async def test_former_rows_keep_what_they_say_and_the_new_column_is_frozen(empty, capsys):
    before = [each for each in await migrate.check() if each < ID][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    await rows_of_before()
    await fetch(f"UPDATE loan SET ends_on = '2028-08-31' WHERE id = '{LOAN}'")
    paper = {"loan": LOAN, "school": SCHOOL, "service": SERVICE, "kind": "amendment", "number": "A1"}
    await insert("document", id=new_id(), code="CODE1", covers="loan", status="in_force", sha256="0" * 64, **paper)
    assert ID in await migrate.upgrade()
    (loan,) = await fetch("SELECT ends_on, renewal, renewal_ends_on FROM loan")
    assert str(loan["ends_on"]) == "2028-08-31"
    assert (loan["renewal"], loan["renewal_ends_on"]) == (None, None)
    assert {row["agreed_by"] for row in await fetch(f"SELECT agreed_by FROM loan_item WHERE item = '{LENT}'")} == {None}
    assert [row["takes_effect_on"] for row in await fetch("SELECT takes_effect_on FROM document")] == [None]
    with pytest.raises(Exception, match=r"frozen"):
        await fetch("UPDATE document SET takes_effect_on = '2026-11-28'")


async def test_the_papers_of_before_are_of_the_first_layout_for_ever(empty, capsys):
    changed = "2026-11-30T03:20:00:000000"
    before = [each for each in await migrate.check() if each < changed][-1]
    assert (await run_forwards("materiel", migration_id=before)).success
    capsys.readouterr()
    service, school, loan = new_id(), new_id(), new_id()
    await insert("managing_service", id=service, code="S", kind="dsden", renewal_policy="yearly")
    await insert("municipality", insee_code="35016")
    place = {"computed_kind": "eple", "sector": "public", "municipality": "35016", "address": "{}"}
    await insert("school", id=school, uai="0350122T", **place)
    case = {"usage": "individual", "custody": "home", "decision": "{}", "starts_on": "2026-09-01"}
    await insert("loan", id=loan, service=service, school=school, status="issued", **case)
    paper = {"loan": loan, "school": school, "service": service, "kind": "amendment", "number": "A1"}
    await insert("document", id=new_id(), code="CODE1", covers="loan", status="in_force", sha256="0" * 64, **paper)
    assert changed in await migrate.upgrade()
    assert [row["layout"] for row in await fetch("SELECT layout FROM document")] == [1]
    with pytest.raises(Exception, match=r"frozen"):
        await fetch("UPDATE document SET layout = 2")
