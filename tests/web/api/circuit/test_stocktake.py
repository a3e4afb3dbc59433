"""Stocktakes through the API: opened, counted, read by result, gaps settled, closed by a report that is kept."""

from __future__ import annotations

import pytest
from tests.web.cast import (
    BASIS,
    PUBLIC_SCHOOL,
    UNKNOWN_ID,
    done,
    import_schools,
    loan_body,
    made,
    make_item,
    make_pupil,
)
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

UNTIL = "2026-12-18"


def body(**changes: object) -> dict[str, object]:
    return {"name": "Récolement 2026", "closes_on": UNTIL, **changes}


@pytest.fixture
async def items(admin: Client, manager: Client) -> list[str]:
    """Three items of the store, and one at the home of a pupil."""
    await import_schools(admin)
    pupil = (await make_pupil(manager))["id"]
    ids = [(await make_item(manager, f"35-2026-000{n}"))["id"] for n in range(1, 5)]
    loan = await made(manager, "/api/loans", loan_body(ids[3], pupil, basis=BASIS))
    await done(manager, f"/api/loans/{loan['id']}/issue")
    handed = {"handed_over_on": "2026-11-21", "items": [{"id": ids[3], "condition": "good"}]}
    await done(manager, f"/api/loans/{loan['id']}/handover", handed)
    return ids


async def test_from_what_is_expected_to_the_report(manager: Client, reader: Client, items: list[str]) -> None:
    stocktake = await made(manager, "/api/stocktakes", body())
    path = f"/api/stocktakes/{stocktake['id']}"
    assert stocktake["kinds"] == ["store", "school", "home"]
    counted = await done(manager, f"{path}/counts", {"codes": ["35-2026-0001", "rien"]})
    assert (counted["found"], counted["unknown"]) == (1, 1)
    counted = await done(manager, f"{path}/counts", {"codes": ["35-2026-0004"], "place": "Réserve"})
    assert [each["result"] for each in counted["codes"]] == ["elsewhere"]
    sheet = (await reader.get(path)).json()
    told = {name: sheet[name] for name in ("expected", "found", "elsewhere", "missing", "unknown", "silent")}
    assert told == {"expected": 4, "found": 1, "elsewhere": 1, "missing": 0, "unknown": 1, "silent": 2}
    home = next(each for each in sheet["places"] if each["kind"] == "home")
    assert (home["key"], home["elsewhere"]) == (f"home:{PUBLIC_SCHOOL}", 1)
    silent = (await reader.get(f"{path}/lines", params={"result": "silent", "limit": 1})).json()
    assert [each["item"] for each in silent["items"]] == [items[1]]
    rest = (await reader.get(f"{path}/lines", params={"result": "silent", "cursor": silent["next_cursor"]})).json()
    assert [each["item"] for each in rest["items"]] == [items[2]]
    (unknown,) = (await reader.get(f"{path}/unknown")).json()["items"]
    assert unknown["reading"] == "rien"
    kept = await done(manager, f"{path}/gaps/{items[1]}", {"act": "kept", "note": "Vu par un collègue"})
    assert (kept["result"], kept["settled"]) == ("found", "kept")
    assert_problem(await reader.get(f"{path}/report"), 409, "stocktake.running")
    closed = await manager.post(f"{path}/close")
    assert closed.headers["content-type"] == "application/pdf"
    assert closed.content.startswith(b"%PDF")
    assert (await reader.get(f"{path}/report")).content == closed.content
    assert (await reader.get(path)).json()["state"] == "closed"
    for route, sent in (
        ("close", {}),
        ("counts", {"codes": ["1"]}),
        ("ask", {}),
        (f"gaps/{items[2]}", {"act": "moved"}),
    ):
        assert_problem(await manager.post(f"{path}/{route}", json=sent), 409, "stocktake.closed")


async def test_the_last_opened_comes_first(manager: Client, reader: Client, items: list[str]) -> None:
    first = await made(manager, "/api/stocktakes", body(name="Premier", kinds=["store"]))
    second = await made(manager, "/api/stocktakes", body(name="Second", schools=[PUBLIC_SCHOOL]))
    page = (await reader.get("/api/stocktakes", params={"limit": 1})).json()
    assert [each["id"] for each in page["items"]] == [second["id"]]
    rest = (await reader.get("/api/stocktakes", params={"cursor": page["next_cursor"]})).json()
    assert [each["id"] for each in rest["items"]] == [first["id"]]
    assert items


async def test_a_place_looked_at_whole_and_gaps_that_become_acts(manager: Client, items: list[str]) -> None:
    stocktake = await made(manager, "/api/stocktakes", body())
    path = f"/api/stocktakes/{stocktake['id']}"
    none = await manager.post(f"{path}/counts", json={"codes": [], "complete": True})
    assert_problem(none, 422, "stocktake.no_place")
    counted = await done(
        manager,
        f"{path}/counts",
        {"codes": ["35-2026-0001"], "place": "Sans lieu de rangement", "complete": True},
    )
    assert (counted["found"], counted["missing"]) == (1, 2)
    assert_problem(await manager.post(f"{path}/gaps/{items[1]}", json={"act": "moved"}), 422, "stocktake.invalid")
    moved = await done(manager, f"{path}/gaps/{items[1]}", {"act": "moved", "place": "Armoire 3"})
    assert (moved["result"], moved["seen_place"], moved["waits"]) == ("elsewhere", "Armoire 3", False)
    assert (await manager.get(f"/api/items/{items[1]}")).json()["storage_place"] == "Armoire 3"
    lost = {"act": "incident", "incident": "loss", "note": "Introuvable depuis le déménagement"}
    assert (await done(manager, f"{path}/gaps/{items[2]}", lost))["settled"] == "incident"
    assert_problem(await manager.post(f"{path}/gaps/{items[0]}", json=lost), 409, "stocktake.no_gap")
    held = {"act": "moved", "place": "Armoire 3"}
    assert_problem(await manager.post(f"{path}/gaps/{items[3]}", json=held), 409, "stocktake.item_held")
    question = {"act": "question"}
    assert_problem(await manager.post(f"{path}/gaps/{items[3]}", json=question), 422, "stocktake.nobody_to_ask")
    asked = await done(manager, f"{path}/ask", {"places": [f"home:{PUBLIC_SCHOOL}"]})
    assert (asked["families"], len(asked["left"])) == (0, 1)


async def test_another_s_stocktake_is_not_there(
    manager: Client, stranger: Client, reader: Client, items: list[str]
) -> None:
    stocktake = await made(manager, "/api/stocktakes", body())
    path = f"/api/stocktakes/{stocktake['id']}"
    for route in ("", "/lines", "/unknown", "/report"):
        assert_problem(await stranger.get(f"{path}{route}"), 404, "stocktake.not_found")
    assert_problem(await stranger.post(f"{path}/counts", json={"codes": ["1"]}), 404, "stocktake.not_found")
    assert_problem(await reader.post(f"{path}/counts", json={"codes": ["1"]}), 403, "actor.forbidden")
    unknown = await manager.post(f"{path}/gaps/{UNKNOWN_ID}", json={"act": "kept", "note": "Vu"})
    assert_problem(unknown, 404, "stocktake.line_not_found")
    assert_problem(await manager.post("/api/stocktakes", json=body(closes_on="2020-01-01")), 422, "stocktake.invalid")
    assert_problem(await manager.post("/api/stocktakes", json=body(schools=["0350000Z"])), 404, "school.not_found")
    assert items
