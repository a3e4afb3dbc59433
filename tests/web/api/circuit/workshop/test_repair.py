"""Repairs through the API: sent, listed, corrected, back."""

from __future__ import annotations

from tests.web.cast import ITEM, UNKNOWN_ID, done, made, make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem


async def test_an_item_leaves_and_comes_back(manager: Client, reader: Client) -> None:
    item = await made(manager, "/api/items", ITEM | {"warranty_ends_on": "2027-01-31"})
    assert item["warranty_ends_on"] == "2027-01-31"
    body = {"item": item["id"], "provider": "Atelier Pointillé", "fault": "Écran noir", "sent_on": "2026-11-02"}
    repair = await made(manager, "/api/repairs", body | {"expected_on": "2026-11-10"})
    assert (repair["stage"], repair["under_warranty"], repair["cost_cents"]) == ("late", True, None)
    assert (await reader.get(f"/api/items/{item['id']}")).json()["status"] == "in_repair"
    assert_problem(await manager.post("/api/repairs", json=body), 409, "repair.already_open")
    path = f"/api/repairs/{repair['id']}"
    told = {"version": 1, "provider": "Atelier Pointillé", "fault": "Écran noir", "sent_on": "2026-11-02"}
    corrected = await done(manager, f"{path}/correct", told | {"expected_on": "2027-01-10"})
    assert corrected["stage"] == "at_provider"
    assert_problem(await manager.post(f"{path}/correct", json=told), 409, "repair.changed")
    listed = (await reader.get("/api/repairs", params={"item": item["id"], "stage": "at_provider"})).json()
    assert ([each["id"] for each in listed["items"]], listed["next_cursor"]) == ([repair["id"]], None)
    back = {"version": 2, "returned_on": "2026-11-20", "outcome": "repaired", "cost_cents": 8400}
    ended = await done(manager, f"{path}/end", back)
    assert (ended["stage"], ended["cost_cents"]) == ("back", 8400)
    assert (await reader.get(f"/api/items/{item['id']}")).json()["status"] == "in_stock"
    assert_problem(await manager.post(f"{path}/end", json=back | {"version": 3}), 409, "repair.over")
    assert (await reader.get(path)).json() == ended
    why = {"version": 3, "reason": "Noté par erreur"}
    assert_problem(await manager.post(f"{path}/undo", json=why), 409, "repair.back_first")
    assert (await done(manager, f"{path}/undo-end", why))["stage"] == "at_provider"
    why = {"version": 4, "reason": "Mauvais matériel"}
    assert_problem(await manager.post(f"{path}/undo-end", json=why), 409, "repair.not_back")
    assert await done(manager, f"{path}/undo", why) == {"item": item["id"], "status": "in_stock"}
    assert_problem(await reader.get(path), 404, "repair.not_found")


async def test_what_is_wrong_and_what_is_not_found(manager: Client, reader: Client) -> None:
    item = await make_item(manager)
    wrong = {"item": item["id"], "provider": "A", "fault": "B", "sent_on": "2031-01-01"}
    assert_problem(await manager.post("/api/repairs", json=wrong), 422, "repair.invalid")
    assert_problem(await reader.get(f"/api/repairs/{UNKNOWN_ID}"), 404, "repair.not_found")
    early = {"acquired_on": "2026-05-01", "warranty_ends_on": "2026-04-30"}
    refused = await manager.post(
        "/api/items", json={"inventory_number": "35-2026-0777", "designation": "Plage braille", **early}
    )
    assert_problem(refused, 422, "item.invalid")
