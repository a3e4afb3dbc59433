"""The passport of an item through the API."""

from __future__ import annotations

from tests.web.cast import ITEM, UNKNOWN_ID, done, made
from tests.web.conftest import Client
from tests.web.expectations import assert_problem


async def test_a_life_is_read_by_its_dates(manager: Client, reader: Client) -> None:
    item = await made(manager, "/api/items", ITEM | {"purchase_price_cents": 10_000})
    sent = {"item": item["id"], "provider": "Atelier", "fault": "Écran noir", "sent_on": "2026-11-02"}
    repair = await made(manager, "/api/repairs", sent)
    back = {"version": 1, "returned_on": "2026-11-20", "outcome": "repaired", "cost_cents": 8400}
    await done(manager, f"/api/repairs/{repair['id']}/end", back)
    await made(manager, "/api/stocktakes", {"name": "Récolement", "closes_on": "2027-06-30"})
    passport = (await reader.get(f"/api/items/{item['id']}/passport")).json()
    assert (passport["item"], passport["status"], passport["repair_cents"]) == (item["id"], "in_stock", 8400)
    assert [each["id"] for each in passport["repairs"]] == [repair["id"]]
    assert [each["result"] for each in passport["stocktakes"]] == ["silent"]
    assert (passport["loans"], passport["uses"], passport["recalls"]) == (0, [], [])
    assert passport["reasons"] == ["Ses réparations ont coûté 84 % de son prix ; le seuil du service est de 60 %."]


async def test_an_unknown_item_has_none(reader: Client) -> None:
    assert_problem(await reader.get(f"/api/items/{UNKNOWN_ID}/passport"), 404, "item.not_found")
