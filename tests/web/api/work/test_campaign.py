"""A campaign of renewals, by the API: examined, decided, run, printed, followed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

ASKED = {"kind": "renewal", "school_year": "2027-2028", "dry_run": True}


async def run() -> None:
    assert await run_next("test", HANDLERS, clock=lambda: datetime(2027, 6, 15, 9, 0, tzinfo=UTC))


@pytest.fixture
async def loan(admin: Client, manager: Client) -> str:
    await import_schools(admin)
    drafted = await make_loan(manager)
    await done(manager, f"/api/loans/{drafted['id']}/issue")
    lent = {"handed_over_on": "2026-11-21", "items": [{"id": drafted["items"][0]["id"], "condition": "good"}]}
    await done(manager, f"/api/loans/{drafted['id']}/handover", lent)
    loan_id: str = drafted["id"]
    return loan_id


async def opened(manager: Client, **changes: object) -> dict[str, str]:
    asked = await manager.post("/api/campaigns", json=ASKED | changes)
    assert asked.status_code == 202, asked.text
    await run()
    answer: dict[str, str] = asked.json()
    return answer


async def test_a_campaign_from_its_examination_to_its_print(manager: Client, reader: Client, loan: str) -> None:
    campaign = await opened(manager)
    path = f"/api/campaigns/{campaign['id']}"
    assert (await reader.get(f"/api/jobs/{campaign['job']}")).json()["state"] == "done"
    read = (await reader.get(path)).json()
    (line,) = [each for group in ("renew", "school_unknown") for each in read[group]]
    group = "renew" if read["renew"] else "school_unknown"
    assert (line["loan"], line["state"], line["documents"]) == (loan, "left", ["amendment"])
    assert (read["school_year"], read["ends_on"]) == ("2027-2028", "2028-08-31")
    chosen = await done(manager, f"{path}/choices", {"outcome": group, "choice": "renew", "loans": [loan]})
    assert chosen == {"changed": 1}
    started = await manager.post(f"{path}/run", json={"send": False})
    assert started.status_code == 202
    assert (await manager.post(f"{path}/run", json={"send": False})).json() == started.json()
    await run()
    read = (await reader.get(path)).json()
    (line,) = read[group]
    assert (line["state"], len(line["made"]), line["ends_on"]) == ("done", 1, "2028-08-31")
    assert (read["followed"]["awaited"], read["followed"]["to_print"], read["undecided"]) == (1, 1, 0)
    printed = await reader.get(f"{path}/print?by=municipality")
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.content.startswith(b"%PDF")
    await manager.post(f"{path}/run", json={"send": False})
    await run()
    again = (await reader.get(path)).json()
    assert (again["followed"], again[group]) == (read["followed"], read[group])
    listed = (await reader.get("/api/campaigns")).json()["items"]
    assert [each["id"] for each in listed] == [campaign["id"]]


async def test_a_campaign_that_is_no_dry_run_is_run_at_once(manager: Client, loan: str) -> None:
    campaign = await opened(manager, dry_run=False)
    read = (await manager.get(f"/api/campaigns/{campaign['id']}")).json()
    assert (await manager.get(f"/api/loans/{loan}")).status_code == 200
    assert len(read["renew"]) + len(read["school_unknown"]) == 1


async def test_what_is_asked_of_a_campaign_is_checked(
    manager: Client, reader: Client, stranger: Client, anonymous: Client, loan: str
) -> None:
    assert_problem(
        await manager.post("/api/campaigns", json=ASKED | {"school_year": "2027-2029"}), 422, "campaign.school_year"
    )
    late = ASKED | {"ends_on": "2029-01-01"}
    assert_problem(await manager.post("/api/campaigns", json=late), 422, "campaign.end_outside_year")
    assert (await manager.post("/api/campaigns", json=ASKED | {"school_year": "2027"})).status_code == 422
    assert (await manager.post("/api/campaigns", json=ASKED | {"kind": "party"})).status_code == 422
    assert_problem(await reader.post("/api/campaigns", json=ASKED), 403, "actor.forbidden")
    assert_problem(await anonymous.post("/api/campaigns", json=ASKED), 401, "auth.token_missing")
    unexamined = (await manager.post("/api/campaigns", json=ASKED)).json()
    path = f"/api/campaigns/{unexamined['id']}"
    assert_problem(await manager.post(f"{path}/run", json={}), 409, "campaign.not_examined")
    await run()
    assert_problem(await manager.get(f"{path}/print"), 404, "campaign.nothing_to_print")
    body = {"outcome": "nothing", "choice": "later"}
    assert_problem(await manager.post(f"{path}/choices", json=body), 422, "campaign.choice_not_allowed")
    body = {"outcome": "renew", "choice": "later", "loans": [UNKNOWN_ID]}
    assert_problem(await manager.post(f"{path}/choices", json=body), 404, "campaign.unknown_loan")
    for client, base in ((stranger, path), (manager, f"/api/campaigns/{UNKNOWN_ID}")):
        for read in (base, f"{base}/print"):
            assert_problem(await client.get(read), 404, "campaign.not_found")
        for written in (f"{base}/run", f"{base}/choices"):
            asked = {} if written.endswith("run") else {"outcome": "renew", "choice": "later"}
            assert_problem(await client.post(written, json=asked), 404, "campaign.not_found")
