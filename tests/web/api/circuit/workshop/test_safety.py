"""Safety recalls through the API: opened, told, read, treated, closed; what they hold back is 409."""

from __future__ import annotations

from tests.web.cast import UNKNOWN_ID, done, import_schools, loan_body, made, make_item, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

BODY = {
    "title": "La batterie peut prendre feu",
    "to_do": "Éteignez l'appareil et débranchez-le.",
    "published_on": "2026-11-01",
}


async def test_a_recall_holds_back_tells_and_is_treated(admin: Client, manager: Client, reader: Client) -> None:
    await import_schools(admin)
    pupil = (await make_pupil(manager))["id"]
    item = await make_item(manager)
    word = item["designation"].split()[0]
    recall = await made(manager, "/api/safety-recalls", BODY | {"model": word})
    assert (recall["found"], recall["treated"], recall["closed_on"]) == (1, 0, None)
    refused = await manager.post("/api/loans", json=loan_body(item["id"], pupil))
    assert_problem(refused, 409, "item.safety_recall")
    path = f"/api/safety-recalls/{recall['id']}"
    listed = (await reader.get(f"{path}/items")).json()
    assert [(each["item"], each["stage"]) for each in listed["items"]] == [(item["id"], "held_back")]
    assert await done(manager, f"{path}/tell", {}) == {"written": 0, "to_print": [], "left": 0, "job": None}
    unheard = await manager.post(f"{path}/answers", json={"items": [item["id"]]})
    assert_problem(unheard, 422, "safety_recall.nothing_found")
    other = await make_item(manager, "35-2026-0999")
    assert (await done(manager, f"{path}/items", {"items": [other["id"]]}))["found"] == 2
    first = (await reader.get(f"{path}/items", params={"limit": 1})).json()
    rest = (await reader.get(f"{path}/items", params={"cursor": first["next_cursor"]})).json()
    assert [each["item"] for each in rest["items"]] == [other["id"]]
    treated = {"items": [item["id"]], "treatment": "battery_replaced", "treated_on": "2026-11-20"}
    assert (await done(manager, f"{path}/treat", treated))["treated"] == 1
    await made(manager, "/api/loans", loan_body(item["id"], pupil))
    stale = {"version": 9, "reason": "Retiré"}
    assert_problem(await manager.post(f"{path}/close", json=stale), 409, "safety_recall.changed")
    assert_problem(await manager.post(f"{path}/close", json={"version": 1}), 422, "safety_recall.invalid")
    closed = await done(manager, f"{path}/close", {"version": 1, "reason": "Retiré par le fabricant"})
    assert closed["closed_on"] is not None
    assert_problem(await manager.post(f"{path}/treat", json=treated), 409, "safety_recall.closed")
    page = (await reader.get("/api/safety-recalls", params={"limit": 1})).json()
    assert [each["id"] for each in page["items"]] == [recall["id"]]
    assert page["next_cursor"] is None


async def test_what_is_wrong_and_what_is_not_found(manager: Client, reader: Client) -> None:
    item = await make_item(manager)
    nothing = await manager.post("/api/safety-recalls", json=BODY | {"model": "introuvable"})
    assert_problem(nothing, 422, "safety_recall.nothing_found")
    wrong = await manager.post("/api/safety-recalls", json=BODY | {"items": [item["id"]]})
    assert assert_problem(wrong, 422, "safety_recall.invalid")["errors"][0]["pointer"] == "/model"
    unknown = await manager.post("/api/safety-recalls", json=BODY | {"model": "x", "items": [UNKNOWN_ID]})
    assert_problem(unknown, 404, "item.not_found")
    assert_problem(await reader.get(f"/api/safety-recalls/{UNKNOWN_ID}"), 404, "safety_recall.not_found")
    told = await manager.post(f"/api/safety-recalls/{UNKNOWN_ID}/tell", json={})
    assert_problem(told, 404, "safety_recall.not_found")
