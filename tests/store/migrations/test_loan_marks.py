"""Loans made before the migration `loan_marks` bear their marks, and those that move afterwards are followed."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

__all__ = ["empty"]
ID = "2026-11-29T00:00:23:000000"


async def marks(loan_id):
    (row,) = await fetch(f"SELECT unsigned, reserves FROM loan WHERE id = '{loan_id}'")
    return bool(row["unsigned"]), bool(row["reserves"])


async def changed(table, row_id, change):
    await fetch(f"UPDATE {table} SET {change} WHERE id = '{row_id}'")


@pytest.fixture
async def loan(empty, capsys):
    """A loan of the version before, with a line, an agreement and a box that is awaited."""
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < ID][-1])).success
    capsys.readouterr()
    service, school, item, made = new_id(), new_id(), new_id(), new_id()
    await insert("managing_service", id=service, code="S", kind="dsden", renewal_policy="yearly")
    await insert("municipality", insee_code="35016")
    place = {"computed_kind": "eple", "sector": "public", "municipality": "35016", "address": "{}"}
    await insert("school", id=school, uai="0350122T", **place)
    row = {"inventory_number": "1", "accessories": "[]", "ownership": "state", "public_code": "1"}
    await insert("item", id=item, service=service, status="reserved", **row)
    case = {"usage": "individual", "custody": "home", "decision": "{}", "starts_on": "2026-09-01"}
    await insert("loan", id=made, service=service, school=school, status="issued", **case)
    return {"service": service, "item": item, "id": made, "line": new_id(), "paper": new_id(), "box": new_id()}


async def fill(loan):
    await insert("loan_item", id=loan["line"], loan=loan["id"], item=loan["item"], position=0, missing_accessories="[]")
    own = {
        "kind": "loan_agreement",
        "status": "in_force",
        "covers": "loan",
        "code": "C",
        "number": "N",
        "pages": 1,
        "issued_on": "2026-09-01",
        "sha256": "0" * 64,
    }
    await insert("document", id=loan["paper"], service=loan["service"], loan=loan["id"], **own)
    box = {"party": "borrower", "status": "pending"}
    await insert("signature", id=loan["box"], document=loan["paper"], position=0, **box)


async def test_a_loan_on_file_is_marked(loan):
    await fill(loan)
    await migrate.upgrade()
    assert await marks(loan["id"]) == (True, True)


async def test_a_loan_is_marked_by_what_is_written_afterwards(loan):
    await migrate.upgrade()
    assert await marks(loan["id"]) == (False, False)
    await fill(loan)
    assert await marks(loan["id"]) == (True, True)
    await changed("signature", loan["box"], "status = 'signed', signed_on = '2026-11-29'")
    await changed("loan_item", loan["line"], "handed_over_on = '2026-11-29'")
    assert await marks(loan["id"]) == (False, False)


async def test_a_paper_that_is_void_awaits_nobody(loan):
    await migrate.upgrade()
    await fill(loan)
    await changed("document", loan["paper"], "status = 'replaced'")
    assert await marks(loan["id"]) == (False, True)
    await changed("loan_item", loan["line"], "removed_on = '2026-11-29'")
    assert await marks(loan["id"]) == (False, False)
