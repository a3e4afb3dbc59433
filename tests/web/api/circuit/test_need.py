"""Needs through the API: written down, listed by age, matched, ordered, received, closed, met by a hand-over."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.web.cast import BASIS, UNKNOWN_ID, done, import_schools, loan_body, made, make_item, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.store.engine.statement import Statement

WORDS = "Ordinateur avec logiciel de synthèse vocale"


@pytest.fixture
async def pupil(admin: Client, manager: Client) -> str:
    """A pupil of the service."""
    await import_schools(admin)
    found: str = (await make_pupil(manager))["id"]
    return found


def body(pupil: str, **changes: object) -> dict[str, object]:
    return {"pupil": pupil, "wording": WORDS, "notified_on": "2026-06-15", **changes}


async def test_a_need_is_met_by_the_hand_over_of_its_loan(manager: Client, reader: Client, pupil: str) -> None:
    item = await make_item(manager)
    need = await made(manager, "/api/needs", body(pupil, basis=BASIS, category="Informatique"))
    assert (need["state"], need["stage"], need["basis"]["kind"]) == ("open", "to_find", "cdaph")
    assert need["waiting_days"] > 100
    path = f"/api/needs/{need['id']}"
    assert (await reader.get(f"{path}/matches")).json() == {"items": []}
    need = await made(manager, "/api/needs", body(pupil, basis=BASIS, notified_on="2026-06-16"))
    path = f"/api/needs/{need['id']}"
    (match,) = (await reader.get(f"{path}/matches")).json()["items"]
    assert (match["id"], match["inventory_number"]) == (item["id"], item["inventory_number"])
    loan = await made(manager, "/api/loans", loan_body(item["id"], pupil, basis=BASIS, need=need["id"]))
    assert (await reader.get(path)).json()["stage"] == "prepared"
    assert_problem(await manager.post(f"{path}/close", json={"reason": "Sans objet"}), 409, "need.loan_prepared")
    await done(manager, f"/api/loans/{loan['id']}/issue")
    handed = {"handed_over_on": "2026-11-21", "items": [{"id": item["id"], "condition": "good"}]}
    await done(manager, f"/api/loans/{loan['id']}/handover", handed)
    met = (await reader.get(path)).json()
    assert (met["state"], met["met_on"], met["loan"]) == ("met", "2026-11-21", loan["id"])
    assert_problem(await manager.post(f"{path}/close", json={"reason": "Sans objet"}), 409, "need.over")


async def test_the_queue_is_by_age(manager: Client, reader: Client, pupil: str) -> None:
    late = await made(manager, "/api/needs", body(pupil, notified_on="2026-09-01"))
    early = await made(manager, "/api/needs", body(pupil, notified_on="2026-03-01"))
    first = (await reader.get("/api/needs", params={"state": "open", "limit": 1})).json()
    assert [each["id"] for each in first["items"]] == [early["id"]]
    rest = (await reader.get("/api/needs", params={"state": "open", "cursor": first["next_cursor"]})).json()
    assert [each["id"] for each in rest["items"]] == [late["id"]]
    assert rest["next_cursor"] is None
    assert (await reader.get("/api/needs", params={"pupil": UNKNOWN_ID})).json()["items"] == []


async def test_ordered_received_and_closed(manager: Client, pupil: str) -> None:
    need = await made(manager, "/api/needs", body(pupil))
    path = f"/api/needs/{need['id']}"
    ordered = await done(manager, f"{path}/order", {"version": 1, "reference": "BC-14", "expected_on": "2026-12-01"})
    assert (ordered["stage"], ordered["order_reference"]) == ("ordered", "BC-14")
    stale = await manager.post(f"{path}/reception", json={"version": 1, "received_on": "2026-11-20"})
    assert_problem(stale, 409, "need.changed")
    received = await done(manager, f"{path}/reception", {"version": 2, "received_on": "2026-11-20"})
    assert received["stage"] == "received"
    waits = await done(manager, f"{path}/take-back", {"version": received["version"]})
    assert (waits["stage"], waits["order_reference"]) == ("ordered", "BC-14")
    waits = await done(manager, f"{path}/take-back", {"version": waits["version"]})
    assert waits["stage"] == "to_find"
    nothing = await manager.post(f"{path}/take-back", json={"version": waits["version"]})
    assert_problem(nothing, 409, "need.nothing_noted")
    closed = await done(manager, f"{path}/close", {"reason": "Départ de l'académie"})
    assert (closed["state"], closed["close_reason"]) == ("closed", "Départ de l'académie")


async def test_what_a_referent_asked_is_confirmed_and_the_same_is_not_written_twice(
    manager: Client, reader: Client, stranger: Client, pupil: str
) -> None:
    need = await made(manager, "/api/needs", body(pupil))
    twice = assert_problem(await manager.post("/api/needs", json=body(pupil)), 409, "need.already_written")
    assert twice["need"] == need["id"]
    path = f"/api/needs/{need['id']}/confirm"
    assert_problem(await manager.post(path), 409, "need.not_asked")
    await Statement("UPDATE need SET state = 'asked' WHERE id = {}").fetch(UUID(need["id"]))
    assert_problem(await reader.post(path), 403, "actor.forbidden")
    assert_problem(await stranger.post(path), 404, "need.not_found")
    assert (await done(manager, path))["state"] == "open"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"notified_on": "2031-01-01"}, "need.invalid"),
        ({"kind": "trial"}, "need.invalid"),
        ({"basis": {"kind": "pap"}}, "need.pap_only"),
        ({"wording": "Écran pour élève malvoyant"}, "need.health_words"),
    ],
)
async def test_what_is_refused_says_why(manager: Client, pupil: str, changes: dict[str, object], code: str) -> None:
    assert_problem(await manager.post("/api/needs", json=body(pupil, **changes)), 422, code)


async def test_another_s_need_is_not_there(manager: Client, stranger: Client, reader: Client, pupil: str) -> None:
    need = await made(manager, "/api/needs", body(pupil))
    for path in (f"/api/needs/{need['id']}", f"/api/needs/{need['id']}/matches"):
        assert_problem(await stranger.get(path), 404, "need.not_found")
    assert_problem(await stranger.post("/api/needs", json=body(pupil)), 404, "pupil.not_found")
    assert_problem(await reader.post("/api/needs", json=body(pupil)), 403, "actor.forbidden")
    other = await make_pupil(manager, first_name="Autre")
    item = await make_item(manager)
    wrong = loan_body(item["id"], other["id"], basis=BASIS, need=need["id"])
    assert_problem(await manager.post("/api/loans", json=wrong), 422, "need.other_pupil")
