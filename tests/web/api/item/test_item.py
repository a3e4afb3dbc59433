from __future__ import annotations

import asyncio

import pytest
from tests.web.cast import ITEM, UNKNOWN_ID, made, make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

FULL = {
    **ITEM,
    "category": "Informatique",
    "family": "computer_accessory",
    "brand": "Exemple",
    "model": "X13",
    "serial_number": "SN-42",
    "ownership": "rented",
    "lessor": "Loueur",
    "lease_ends_on": "2027-08-31",
    "acquired_on": "2026-09-01",
    "purchase_price_cents": 64900,
    "funding_service": "Rectorat",
    "storage_place": "Réserve, armoire 2",
}


async def test_an_item_is_registered_as_typed(manager: Client, reader: Client) -> None:
    item = await made(manager, "/api/items", FULL)
    assert {key: item[key] for key in FULL} == FULL
    assert (item["status"], item["version"]) == ("in_stock", 1)
    assert (await reader.get(f"/api/items/{item['id']}")).json() == item


async def test_where_an_item_is_kept_is_corrected_emptied_and_bounded(manager: Client) -> None:
    item = await made(manager, "/api/items", ITEM)
    for place, status in (("Bureau 12", 200), ("", 200), ("x" * 201, 422)):
        body = {"version": item["version"], "storage_place": place}
        answer = await manager.patch(f"/api/items/{item['id']}", json=body)
        assert answer.status_code == status
        item = item if status == 422 else answer.json()
        assert item["storage_place"] == (await manager.get(f"/api/items/{item['id']}")).json()["storage_place"]
        assert item["storage_place"] == (place if status == 200 else "")


async def test_the_family_is_other_unless_said(manager: Client) -> None:
    item = await made(manager, "/api/items", {**ITEM, "designation": "Ordinateur"})
    assert item["family"] == "other"
    body = {"version": item["version"], "family": "computer"}
    changed = await manager.patch(f"/api/items/{item['id']}", json=body)
    assert (changed.status_code, changed.json()["family"]) == (200, "computer")
    assert_problem(await manager.post("/api/items", json={**ITEM, "family": "braille"}), 422, "body.invalid")


@pytest.mark.parametrize("more", [{}, {"other": "left to the handler"}], ids=["quickly", "plainly"])
async def test_the_list_is_filtered_by_family(manager: Client, more: dict[str, str]) -> None:
    await made(manager, "/api/items", {**ITEM, "family": "computer"})
    tablet = await made(manager, "/api/items", {**ITEM, "inventory_number": "35-2026-0002", "family": "tablet"})
    found = await manager.get("/api/items", params={"family": "tablet", **more})
    assert found.json()["items"] == [tablet]
    words = {"family": "tablet", "q": "0002", "status": "in_stock"}
    assert (await manager.get("/api/items", params=words)).json()["items"] == [tablet]
    assert (await manager.get("/api/items", params={"family": "tablet", "q": "0001"})).json()["items"] == []
    assert_problem(await manager.get("/api/items", params={"family": "braille"}), 400, "request.invalid_parameter")


async def test_the_list_is_that_of_items_never_labelled(manager: Client) -> None:
    first = await make_item(manager)
    second = await made(manager, "/api/items", {**ITEM, "inventory_number": "35-2026-0002", "family": "tablet"})
    never = {"never_labelled": "true"}
    assert (await manager.get("/api/items", params=never)).json()["items"] == [first, second]
    await manager.post("/api/labels", json={"items": [first["id"]], "sheet": "a4_3x8"})
    for more in ({}, {"q": "0002"}, {"family": "tablet"}, {"status": "in_stock"}, {"limit": "1"}):
        assert (await manager.get("/api/items", params={**never, **more})).json()["items"] == [second]
    assert (await manager.get("/api/items", params={**never, "family": "computer"})).json()["items"] == []
    body = {"status": "written_off", "reason": "Hors d'usage.", "version": second["version"]}
    gone = (await manager.post(f"/api/items/{second['id']}/status", json=body)).json()
    assert (await manager.get("/api/items", params=never)).json()["items"] == []
    assert (await manager.get("/api/items", params={**never, "status": "written_off"})).json()["items"] == [gone]
    assert len((await manager.get("/api/items", params={"never_labelled": "false"})).json()["items"]) == 2
    assert_problem(await manager.get("/api/items", params={"never_labelled": "no"}), 400, "request.invalid_parameter")


async def test_a_number_is_used_once(manager: Client, stranger: Client) -> None:
    await make_item(manager)
    assert_problem(await manager.post("/api/items", json=ITEM), 409, "item.inventory_number_taken")
    assert (await stranger.post("/api/items", json=ITEM)).status_code == 201


async def test_of_two_simultaneous_registrations_one_wins(manager: Client) -> None:
    answers = await asyncio.gather(*(manager.post("/api/items", json=ITEM) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_an_item_is_found_by_its_number(manager: Client, stranger: Client) -> None:
    item = await make_item(manager)
    found = await manager.get("/api/items", params={"inventory_number": "35-2026-0001"})
    assert found.json() == {"items": [item], "next_cursor": None}
    nothing = {"items": [], "next_cursor": None}
    assert (await manager.get("/api/items", params={"inventory_number": "35-2026-9999"})).json() == nothing
    assert (await stranger.get("/api/items", params={"inventory_number": "35-2026-0001"})).json() == nothing


async def test_a_search_ignores_accents_and_case(manager: Client) -> None:
    await made(manager, "/api/items", {**ITEM, "designation": "Téléagrandisseur Œil"})
    await make_item(manager, "35-2026-0002")
    found = (await manager.get("/api/items", params={"q": "TELEAGRANDISSEUR"})).json()
    assert [item["inventory_number"] for item in found["items"]] == ["35-2026-0001"]


async def test_a_list_stays_stable_under_writes(manager: Client) -> None:
    for number in range(5):
        await make_item(manager, f"35-2026-{number:04}")
    first = (await manager.get("/api/items", params={"limit": 2})).json()
    await make_item(manager, "35-2026-9999")
    second = (await manager.get("/api/items", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    third = (await manager.get("/api/items", params={"limit": 2, "cursor": second["next_cursor"]})).json()
    numbers = [item["inventory_number"] for page in (first, second, third) for item in page["items"]]
    assert numbers == [*(f"35-2026-{number:04}" for number in range(5)), "35-2026-9999"]
    assert third["next_cursor"] is None


async def test_an_item_is_corrected(manager: Client) -> None:
    item = await made(manager, "/api/items", FULL)
    change = {"version": 1, "brand": "Autre", "accessories": ["Souris"], "purchase_price_cents": None}
    answer = await manager.patch(f"/api/items/{item['id']}", json=change)
    assert answer.json() == {**item, **change, "version": 2}
    assert_problem(await manager.patch(f"/api/items/{item['id']}", json=change), 409, "item.changed")


async def test_an_item_goes_to_repair_and_back(manager: Client) -> None:
    item = await make_item(manager)
    path = f"/api/items/{item['id']}/status"
    broken = await manager.post(path, json={"status": "in_repair", "reason": "Écran cassé", "version": 1})
    assert broken.json()["status"] == "in_repair"
    answer = await manager.post(path, json={"status": "on_loan", "reason": "Test", "version": 2})
    assert assert_problem(answer, 422, "item.invalid")["errors"][0]["pointer"] == "/status"
    history = (await manager.get(f"/api/items/{item['id']}/history")).json()["items"]
    assert [each["action"] for each in history] == ["item.registered", "item.status_changed"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/items/{id}", None),
        ("GET", "/api/items/{id}/history", None),
        ("PATCH", "/api/items/{id}", {"version": 1, "brand": "B"}),
        ("POST", "/api/items/{id}/status", {"version": 1, "status": "lost", "reason": "Perdu"}),
    ],
    ids=["read", "history", "update", "status"],
)
async def test_who_may_do_what(
    anonymous: Client,
    reader: Client,
    manager: Client,
    stranger: Client,
    method: str,
    path: str,
    body: dict[str, object] | None,
) -> None:
    item = await make_item(manager)
    address = path.format(id=item["id"])
    assert_problem(await anonymous.request(method, address, json=body), 401, "auth.token_missing")
    assert_problem(await stranger.request(method, address, json=body), 404, "item.not_found")
    unknown = path.format(id=UNKNOWN_ID)
    assert_problem(await manager.request(method, unknown, json=body), 404, "item.not_found")
    assert_problem(await manager.request(method, path.format(id="42"), json=body), 404, "route.not_found")
    if body is None:
        assert (await reader.request(method, address)).status_code == 200
    else:
        assert_problem(await reader.request(method, address, json=body), 403, "actor.forbidden")
        answer = await manager.request(method, address, json={**body, "couleur": "bleu"})
        assert_problem(answer, 422, "body.unknown_field")


async def test_a_new_item_has_bounds(manager: Client, reader: Client, anonymous: Client) -> None:
    body = {"inventory_number": "", "designation": "x" * 201, "purchase_price_cents": -1, "ownership": "volé"}
    problem = assert_problem(await manager.post("/api/items", json=body), 422, "body.invalid")
    assert {each["pointer"] for each in problem["errors"]} == {f"/{name}" for name in body}
    assert_problem(await reader.post("/api/items", json=ITEM), 403, "actor.forbidden")
    assert_problem(await anonymous.post("/api/items", json=ITEM), 401, "auth.token_missing")
    assert_problem(await anonymous.get("/api/items"), 401, "auth.token_missing")
