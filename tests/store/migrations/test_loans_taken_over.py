"""Loans made before the migration `loans_taken_over` were prepared here, and the mark of one taken over is followed."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert
from tests.store.migrations.test_loan_marks import changed, marks

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

__all__ = ["empty"]
ID = "2026-11-29T00:02:20:000000"
CASE = {"usage": "individual", "custody": "home", "decision": "{}", "starts_on": "2026-09-01"}
AGREEMENT = {
    "kind": "loan_agreement",
    "status": "in_force",
    "covers": "loan",
    "code": "C",
    "number": "N",
    "pages": 1,
    "issued_on": "2026-09-01",
    "sha256": "0" * 64,
}


@pytest.fixture
async def loan(empty, capsys):
    """A loan of the version before, with an agreement whose box is awaited."""
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service, school, made, paper, box = (new_id() for _ in range(5))
    await insert("managing_service", id=service, code="S", kind="dsden", renewal_policy="yearly")
    await insert("municipality", insee_code="35016")
    place = {"computed_kind": "eple", "sector": "public", "municipality": "35016", "address": "{}"}
    await insert("school", id=school, uai="0350122T", **place)
    await insert("loan", id=made, service=service, school=school, status="handed_over", **CASE)
    await insert("document", id=paper, service=service, loan=made, **AGREEMENT)
    await insert("signature", id=box, document=paper, position=0, party="borrower", status="pending")
    return {"service": service, "school": school, "id": made, "box": box}


async def taken_over(loan, **own):
    made = new_id()
    known = {"origin": "taken_over", "status": "handed_over", **CASE, **own}
    await insert("loan", id=made, service=loan["service"], school=loan["school"], **known)
    return made


async def test_a_loan_on_file_was_prepared_here_and_keeps_its_mark(loan):
    await migrate.upgrade()
    (row,) = await fetch(f"SELECT origin, paper_reference, paper_signed_on FROM loan WHERE id = '{loan['id']}'")
    assert (row["origin"], row["paper_reference"], row["paper_signed_on"]) == ("prepared", "", None)
    assert (await marks(loan["id"]))[0]
    await changed("signature", loan["box"], "status = 'signed', signed_on = '2026-11-29'")
    assert not (await marks(loan["id"]))[0]


async def test_a_loan_taken_over_unsigned_is_marked_without_any_paper(loan):
    await migrate.upgrade()
    assert (await marks(await taken_over(loan)))[0]


async def test_the_mark_follows_the_old_paper_and_the_real_agreement(loan):
    await migrate.upgrade()
    made = await taken_over(loan, paper_signed_on="2025-09-01")
    assert not (await marks(made))[0]
    await changed("loan", made, "paper_ended_on = '2026-11-29'")
    assert (await marks(made))[0]
    paper, box = new_id(), new_id()
    await insert("document", id=paper, service=loan["service"], loan=made, **AGREEMENT | {"code": "D", "number": "M"})
    await insert("signature", id=box, document=paper, position=0, party="borrower", status="pending")
    await changed("signature", box, "status = 'signed', signed_on = '2026-11-29'")
    assert not (await marks(made))[0]
    await changed("document", paper, "status = 'ended'")
    assert (await marks(made))[0]
