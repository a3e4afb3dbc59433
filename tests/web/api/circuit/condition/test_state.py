"""States of condition through the API: noted, pictured, corrected, compared; nobody else's are found."""

from __future__ import annotations

from tests.stage import condition_cast as scene
from tests.use_cases import loan_cast as cast
from tests.web.cast import ITEM, UNKNOWN_ID, done, made
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

MARK = {"view": "screen", "zone": "top_left", "kind": "scratch", "note": "3 cm"}


async def test_a_state_is_noted_pictured_and_corrected(manager: Client, reader: Client, stranger: Client) -> None:
    item = await made(manager, "/api/items", ITEM | {"family": "computer"})
    path = f"/api/items/{item['id']}/conditions"
    body = {"moment": "other", "seen_on": cast.TODAY.isoformat(), "marks": [MARK]}
    state = await made(manager, path, body)
    assert (state["loan"], state["marks"][0]["words"]) == (None, "rayure, écran, en haut à gauche (3 cm)")
    one = f"{path}/{state['id']}"
    sent = {"photos": ("1.jpg", scene.a_photo(), "image/jpeg")}
    kept = await manager.post(f"{one}/photos", data={"caption": "L'écran", "view": "screen"}, files=sent)
    assert (kept.status_code, kept.json()) == (201, {"kept": 1})
    detail = (await reader.get(one)).json()
    assert detail["views"] == ["screen", "keyboard", "lid", "base"]
    (photo,) = detail["photos"]
    assert (photo["caption"], photo["view"]) == ("L'écran", "screen")
    picture = f"/api/items/{item['id']}/photos/{photo['id']}"
    assert (await reader.get(picture)).headers["content-type"] == "image/jpeg"
    again = {"version": 1, "seen_on": cast.TODAY.isoformat(), "marks": []}
    assert (await done(manager, f"{one}/correct", again))["version"] == 2
    assert_problem(await manager.post(f"{one}/correct", json=again), 409, "condition.changed")
    assert [each["id"] for each in (await reader.get(path)).json()["items"]] == [state["id"]]
    for address in (path, one, picture):
        assert (await stranger.get(address)).status_code == 404


async def test_what_is_wrong_and_what_is_not_found(manager: Client, reader: Client) -> None:
    item = await made(manager, "/api/items", ITEM)
    path = f"/api/items/{item['id']}/conditions"
    body = {"moment": "handover", "seen_on": cast.TODAY.isoformat()}
    assert_problem(await manager.post(path, json=body), 409, "condition.no_loan")
    wrong = {"moment": "other", "seen_on": "2031-01-01", "marks": []}
    assert_problem(await manager.post(path, json=wrong), 422, "condition.invalid")
    assert_problem(await reader.get(f"{path}/{UNKNOWN_ID}"), 404, "condition.not_found")
    assert_problem(await reader.get(f"/api/loans/{UNKNOWN_ID}/items/{item['id']}/comparison"), 404, "loan.not_found")
