"""Kits through the API: made, listed, changed, dissolved."""

from __future__ import annotations

from tests.web.cast import ITEM, UNKNOWN_ID, done, made, make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem


async def test_items_are_put_together_changed_and_parted(manager: Client, reader: Client) -> None:
    first, second, third, fourth = [
        (await made(manager, "/api/items", ITEM | {"inventory_number": f"35-2026-070{n}"}))["id"] for n in range(4)
    ]
    body = {"number": "kit-07", "designation": "Lecture et écriture", "items": [first, second]}
    kit = await made(manager, "/api/kits", body)
    assert (kit["number"], kit["state"], kit["version"]) == ("KIT-07", "whole", 1)
    assert [(each["item"], each["missing"]) for each in kit["parts"]] == [(first, ""), (second, "")]
    assert_problem(await manager.post("/api/kits", json=body | {"items": [third, fourth]}), 409, "kit.number_taken")
    taken = body | {"number": "KIT-08", "items": [second, third]}
    assert_problem(await manager.post("/api/kits", json=taken), 409, "kit.item_taken")
    path = f"/api/kits/{kit['id']}"
    assert (await reader.get(path)).json() == kit
    for asked in ({"item": first}, {"q": "lecture"}):
        listed = (await reader.get("/api/kits", params=asked)).json()
        assert ([each["id"] for each in listed["items"]], listed["next_cursor"]) == ([kit["id"]], None)
    sent = {"item": second, "provider": "Atelier", "fault": "Écran noir", "sent_on": "2026-11-02"}
    await made(manager, "/api/repairs", sent)
    lacking = (await reader.get(path)).json()
    assert (lacking["state"], lacking["parts"][1]["missing"]) == ("incomplete", "en réparation")
    changed = await done(manager, f"{path}/change", {"version": 1, "designation": "Lecture", "items": [first, third]})
    assert (changed["designation"], changed["state"]) == ("Lecture", "whole")
    late = {"version": 1, "designation": "Lecture", "items": [first, third]}
    assert_problem(await manager.post(f"{path}/change", json=late), 409, "kit.changed")
    over = await done(manager, f"{path}/dissolve", {"version": 2, "reason": "Plus demandé"})
    assert (over["state"], over["parts"]) == ("dissolved", [])
    assert_problem(
        await manager.post(f"{path}/dissolve", json={"version": 3, "reason": "Encore"}), 409, "kit.dissolved"
    )
    assert (await reader.get("/api/kits")).json()["items"] == []
    assert [each["id"] for each in (await reader.get("/api/kits", params={"dissolved": True})).json()["items"]] == [
        kit["id"]
    ]


async def test_what_is_wrong_and_what_is_not_found(manager: Client, reader: Client) -> None:
    item = await make_item(manager)
    alone = {"number": "KIT-09", "designation": "Seul", "items": [item["id"]]}
    assert_problem(await manager.post("/api/kits", json=alone), 422, "kit.invalid")
    assert_problem(await reader.get(f"/api/kits/{UNKNOWN_ID}"), 404, "kit.not_found")
    assert_problem(await reader.post("/api/kits", json=alone), 403, "actor.forbidden")
