"""What is done to an item out of its loans, by HTTP: found again, prepared, its accessories, a state undone."""

from __future__ import annotations

from typing import Any

from tests.web.cast import ITEM, made
from tests.web.conftest import Client

DAY = "2026-11-21"


async def act(client: Client, item: dict[str, Any], name: str, **body: object) -> dict[str, Any]:
    answer = await client.post(f"/api/items/{item['id']}/{name}", json=body)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    assert (await client.get(f"/api/items/{item['id']}")).json() == done
    return done


async def test_an_item_found_again_is_prepared_before_it_is_lent(manager: Client) -> None:
    item = await made(manager, "/api/items", {**ITEM, "family": "computer"})
    lost = await act(manager, item, "status", version=item["version"], status="lost", reason="Perdu")
    assert lost["status"] == "lost"
    found = await act(manager, item, "found", found_on=DAY, condition="good", reason="Rapporté")
    assert found["status"] == "to_prepare"
    prepared = await act(
        manager, item, "prepare", done_on=DAY, condition="good", erased=True, missing_accessories=["Chargeur"]
    )
    assert prepared["status"] == "in_stock"
    assert (prepared["accessories"], prepared["missing_accessories"]) == ([], ["Chargeur"])


async def test_an_accessory_goes_missing_and_is_found(manager: Client) -> None:
    item = await made(manager, "/api/items", ITEM)
    lacking = await act(manager, item, "accessories", missing=["Chargeur"], reason="Pas dans la housse")
    assert (lacking["accessories"], lacking["missing_accessories"]) == ([], ["Chargeur"])
    whole = await act(manager, item, "accessories", found=["Chargeur"])
    assert (whole["accessories"], whole["missing_accessories"]) == (["Chargeur"], [])


async def test_a_state_given_by_mistake_is_undone(manager: Client) -> None:
    item = await made(manager, "/api/items", ITEM)
    await act(manager, item, "status", version=item["version"], status="stolen", reason="Erreur de ligne")
    assert (await act(manager, item, "undo-status", reason="Pas le bon"))["status"] == "in_stock"
