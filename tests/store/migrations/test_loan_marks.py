"""Loans made before the migration `loan_marks` bear their marks, and those that move afterwards are followed.

So are those of the migration `loans_taken_over`, whose mark has one more meaning.
"""

import re

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import empty, insert

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch, is_postgres
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


TAKEN_OVER_ID = "2026-11-29T00:02:20:000000"
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
async def running(empty, capsys):
    """A loan of the version before, with an agreement whose box is awaited."""
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < TAKEN_OVER_ID][-1])).success
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


async def test_a_loan_on_file_was_prepared_here_and_keeps_its_mark(running):
    await migrate.upgrade()
    (row,) = await fetch(f"SELECT origin, paper_reference, paper_signed_on FROM loan WHERE id = '{running['id']}'")
    assert (row["origin"], row["paper_reference"], row["paper_signed_on"]) == ("prepared", "", None)
    assert (await marks(running["id"]))[0]
    await changed("signature", running["box"], "status = 'signed', signed_on = '2026-11-29'")
    assert not (await marks(running["id"]))[0]


async def test_a_loan_taken_over_unsigned_is_marked_without_any_paper(running):
    await migrate.upgrade()
    assert (await marks(await taken_over(running)))[0]


async def test_the_mark_follows_the_old_paper_and_the_real_agreement(running):
    await migrate.upgrade()
    made = await taken_over(running, paper_signed_on="2025-09-01")
    assert not (await marks(made))[0]
    await changed("loan", made, "paper_ended_on = '2026-11-29'")
    assert (await marks(made))[0]
    paper, box = new_id(), new_id()
    await insert(
        "document", id=paper, service=running["service"], loan=made, **AGREEMENT | {"code": "D", "number": "M"}
    )
    await insert("signature", id=box, document=paper, position=0, party="borrower", status="pending")
    await changed("signature", box, "status = 'signed', signed_on = '2026-11-29'")
    assert not (await marks(made))[0]
    await changed("document", paper, "status = 'ended'")
    assert (await marks(made))[0]


async def test_a_mark_is_looked_for_in_the_papers_of_its_own_loan(db):
    """Whatever an engine knows of the tables: nothing here was ever written, nor analysed."""
    if is_postgres():
        rows = await fetch(
            "SELECT proname AS name, prosrc AS body FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        explained, whole = "EXPLAIN", re.compile(r"hashed SubPlan|Seq Scan")
    else:
        rows = await fetch("SELECT name, sql AS body FROM sqlite_master WHERE type = 'trigger'")
        explained, whole = "EXPLAIN QUERY PLAN", re.compile(r"\bSCAN\b")
    updates = {
        row["name"]: found.group() for row in rows if (found := re.search(r"UPDATE loan SET [^;]+;", row["body"]))
    }
    assert len(updates) == 7
    for name, update in updates.items():
        asked = re.sub(r"\bNEW\.\w+", f"'{new_id()}'", update)
        plan = "\n".join(str(tuple(row.values())) for row in await fetch(f"{explained} {asked}"))
        assert whole.search(plan) is None, (name, plan)
