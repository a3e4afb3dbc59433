"""Pauses through the API: those of the service, for its administrators; that of a loan, for whoever manages it."""

from __future__ import annotations

from tests.web.cast import UNKNOWN_ID, import_schools, made, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

SUMMER = {"name": "Vacances d'été", "starts_on": "2027-07-10", "ends_on": "2027-08-20", "yearly": True}


async def test_the_pauses_of_the_service_are_added_read_and_removed(
    admin: Client, manager: Client, reader: Client
) -> None:
    pause = await made(admin, "/api/service/pauses", SUMMER)
    assert {name: pause[name] for name in SUMMER} == SUMMER
    assert (await reader.get("/api/service/pauses")).json() == {"items": [pause]}
    assert_problem(await manager.post("/api/service/pauses", json=SUMMER), 403, "actor.forbidden")
    backwards = {**SUMMER, "ends_on": "2027-07-01"}
    assert_problem(await admin.post("/api/service/pauses", json=backwards), 422, "pause.invalid")
    path = f"/api/service/pauses/{pause['id']}"
    assert (await admin.delete(path)).status_code == 204
    assert_problem(await admin.delete(path), 404, "pause.not_found")
    assert (await reader.get("/api/service/pauses")).json() == {"items": []}


async def test_the_messages_of_a_loan_are_stopped_and_leave_again(
    admin: Client, manager: Client, reader: Client
) -> None:
    await import_schools(admin)
    loan = await make_loan(manager)
    path = f"/api/loans/{loan['id']}/pause"
    nothing = {"loan": loan["id"], "reason": None, "starts_on": None, "ends_on": None}
    assert (await reader.get(path)).json() == nothing
    stopped = await manager.put(path, json={"reason": "appeal", "ends_on": "2027-01-31"})
    assert stopped.status_code == 200, stopped.text
    assert (await reader.get(path)).json() == stopped.json()
    assert (stopped.json()["reason"], stopped.json()["ends_on"]) == ("appeal", "2027-01-31")
    assert_problem(await manager.put(path, json={"reason": "illness"}), 422, "body.invalid")
    assert_problem(await reader.put(path, json={"reason": "appeal"}), 403, "actor.forbidden")
    assert_problem(await manager.get(f"/api/loans/{UNKNOWN_ID}/pause"), 404, "loan.not_found")
    assert (await manager.delete(path)).status_code == 204
    assert_problem(await manager.delete(path), 409, "pause.none")
    assert (await manager.post(f"/api/loans/{loan['id']}/cancel", json={"reason": "Essai"})).status_code < 500
