"""Licences through the API: added, installed, uninstalled, corrected; a key that only a writer reads."""

from __future__ import annotations

from tests.web.cast import UNKNOWN_ID, done, made, make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

KEY = "VH9-ABCD-EFGH-1234"
LICENCE = {"software": "Voix Haute", "seats": 1, "bought_on": "2026-11-02", "key": KEY}
TAKEN = {"taken_on": "2026-11-03"}


async def test_a_seat_is_taken_and_freed(manager: Client, reader: Client) -> None:
    item, other = await make_item(manager), await make_item(manager, "35-2026-0043")
    licence = await made(manager, "/api/licences", LICENCE)
    assert (licence["masked_key"], licence["left"], licence["stage"]) == ("…1234", 1, "open")
    assert KEY not in str(licence)
    path = f"/api/licences/{licence['id']}"
    seat = await made(manager, f"{path}/seats", {"item": item["id"], **TAKEN})
    assert seat["stage"] == "installed"
    refused = await manager.post(f"{path}/seats", json={"item": other["id"], **TAKEN})
    assert_problem(refused, 409, "licence.no_seat_left")
    assert_problem(await manager.post(f"{path}/seats", json=TAKEN), 400, "licence.one_holder")
    assert_problem(await manager.post(f"{path}/seats/{seat['id']}/keep"), 409, "licence.not_left_over")
    listed = (await reader.get("/api/licences", params={"stage": "full"})).json()
    assert [each["id"] for each in listed["items"]] == [licence["id"]]
    end = {"end": "uninstalled", "on": "2026-11-04", "witness": "family"}
    ended = await done(manager, f"{path}/seats/{seat['id']}/end", end)
    assert (ended["stage"], ended["witness"]) == ("freed", "family")
    assert_problem(await manager.post(f"{path}/seats/{seat['id']}/end", json=end), 409, "licence.seat_over")
    seats = (await reader.get(f"{path}/seats")).json()
    assert ([each["id"] for each in seats["items"]], seats["next_cursor"]) == ([seat["id"]], None)
    told = {"version": 1, "software": "Voix Haute 10", "seats": 2, "bought_on": "2026-11-02"}
    assert (await done(manager, f"{path}/correct", told))["masked_key"] == "…1234"
    assert_problem(await manager.post(f"{path}/correct", json=told), 409, "licence.changed")
    assert (await reader.get(path)).json()["left"] == 2


async def test_only_a_writer_reads_a_key(manager: Client, reader: Client) -> None:
    licence = await made(manager, "/api/licences", LICENCE)
    path = f"/api/licences/{licence['id']}/read-key"
    assert (await done(manager, path, {}))["key"] == KEY
    assert (await reader.post(path)).status_code == 403


async def test_what_is_wrong_and_what_is_not_found(manager: Client, reader: Client) -> None:
    assert_problem(
        await manager.post("/api/licences", json=LICENCE | {"bought_on": "2031-01-01"}), 422, "licence.invalid"
    )
    assert_problem(await reader.get(f"/api/licences/{UNKNOWN_ID}"), 404, "licence.not_found")
