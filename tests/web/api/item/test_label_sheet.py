"""Sheets of labels of a service's own and replaced labels, by HTTP."""

from __future__ import annotations

from tests.web.cast import make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

PATH = "/api/labels/own-sheets"
ROUGE = {
    "title": "Rouge",
    "columns": 3,
    "rows": 7,
    "label_width_mm": 63.5,
    "label_height_mm": 38.1,
    "left_mm": 7.2,
    "top_mm": 15.15,
    "pitch_x_mm": 66,
    "pitch_y_mm": 38.1,
}


async def test_a_sheet_is_kept_printed_on_corrected_and_deleted(
    manager: Client, reader: Client, stranger: Client, anonymous: Client
) -> None:
    answer = await manager.post(PATH, json=ROUGE)
    assert answer.status_code == 201, answer.text
    sheet = answer.json()
    assert (sheet["title"], sheet["measures"]["page_width_mm"], sheet["version"]) == ("Rouge", 210, 1)
    (listed,) = [each for each in (await reader.get("/api/labels/sheets")).json()["items"] if each["is_own"]]
    assert (listed["key"], listed["title"], listed["columns"]) == (sheet["key"], "Rouge", 3)
    item = await make_item(manager)
    body = {"items": [item["id"]], "sheet": sheet["key"], "order": "shelf"}
    assert (await manager.post("/api/labels", json=body)).content.startswith(b"%PDF-")
    assert (await manager.get(f"/api/labels/sheets/{sheet['key']}/calibration")).content.startswith(b"%PDF-")
    assert_problem(await stranger.get(f"/api/labels/sheets/{sheet['key']}/calibration"), 404, "label.unknown_sheet")

    one = f"{PATH}/{sheet['id']}"
    changed = await manager.patch(one, json={"version": 1, "shift_down_mm": 0.5})
    assert (changed.json()["measures"]["shift_down_mm"], changed.json()["measures"]["rows"]) == (0.5, 7)
    assert_problem(await manager.patch(one, json={"version": 1, "rows": 6}), 409, "label_sheet.changed")
    assert_problem(await manager.patch(one, json={"version": 2, "rows": 8}), 422, "label_sheet.invalid")
    assert_problem(await manager.post(PATH, json=ROUGE), 409, "label_sheet.title_taken")
    assert_problem(await stranger.patch(one, json={"version": 2, "rows": 6}), 404, "label_sheet.not_found")
    assert_problem(await reader.post(PATH, json=ROUGE), 403, "actor.forbidden")
    assert_problem(await anonymous.post(PATH, json=ROUGE), 401, "auth.token_missing")
    assert (await manager.post(f"{one}/delete")).json() == {"deleted": sheet["id"]}
    assert_problem(await manager.post(f"{one}/delete"), 404, "label_sheet.not_found")


async def test_a_label_is_replaced_and_its_former_code_says_so(manager: Client, stranger: Client) -> None:
    item = await make_item(manager)
    path = f"/api/items/{item['id']}/replace-label"
    saved = (await manager.post(path, json={"version": item["version"]})).json()
    assert saved["public_code"] != item["public_code"]
    assert (await manager.get(f"/api/items/{item['id']}")).json() == saved
    refusal = await manager.get(f"/api/scan/{item['public_code']}")
    assert_problem(refusal, 404, "label.replaced")
    assert refusal.json()["item"] == item["id"]
    assert_problem(await stranger.get(f"/api/scan/{item['public_code']}"), 404, "item.not_found")
    assert_problem(await manager.post(path, json={"version": item["version"]}), 409, "item.changed")
