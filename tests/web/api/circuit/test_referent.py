"""Référents through the API: a sector given, changed, its link sent and closed; no secret answered, ours alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.web.cast import COLLEGE, PUBLIC_SCHOOL, UNKNOWN_ID, done, import_schools, made
from tests.web.conftest import NOW, Client, StoppedClock
from tests.web.expectations import assert_problem

from materiel.store.engine.database import fetch

PATH = "/api/referents"
BODY: dict[str, Any] = {
    "name": "Berthe Référente",
    "email": "referente@exemple.fr",
    "ends_on": "2027-07-31",
    "schools": [PUBLIC_SCHOOL.lower(), COLLEGE, COLLEGE],
}


@pytest.fixture(autouse=True)
async def schools(manager: Client) -> None:
    await import_schools(manager)


async def test_a_sector_is_given_read_and_changed(manager: Client, reader: Client) -> None:
    given = await made(manager, PATH, BODY)
    assert (given["schools"], given["current"], given["link"]) == (sorted([PUBLIC_SCHOOL, COLLEGE]), True, None)
    assert (await reader.get(f"{PATH}/{given['id']}")).json() == given
    changed = await done(
        manager, f"{PATH}/{given['id']}/correct", {**BODY, "schools": [COLLEGE], "version": given["version"]}
    )
    assert (changed["schools"], changed["version"]) == ([COLLEGE], given["version"] + 1)
    stale = await manager.post(f"{PATH}/{given['id']}/correct", json={**BODY, "version": given["version"]})
    assert_problem(stale, 409, "referent.changed")


async def test_they_are_listed_page_after_page(manager: Client, reader: Client, stopped_clock: StoppedClock) -> None:
    first = await made(manager, PATH, {**BODY, "ends_on": "2026-11-30"})
    second = await made(manager, PATH, {**BODY, "email": "autre@exemple.fr"})
    page = (await reader.get(PATH, params={"limit": 1})).json()
    assert [each["id"] for each in page["items"]] == [first["id"]]
    assert page["items"][0]["schools"] == sorted([PUBLIC_SCHOOL, COLLEGE])
    rest = (await reader.get(PATH, params={"cursor": page["next_cursor"]})).json()
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == ([second["id"]], None)
    stopped_clock.now = NOW + timedelta(days=20)
    for current, expected in (("true", second["id"]), ("false", first["id"])):
        (only,) = (await reader.get(PATH, params={"current": current})).json()["items"]
        assert (only["id"], only["current"]) == (expected, current == "true")
    assert_problem(await manager.post(f"{PATH}/{first['id']}/link"), 422, "referent.over")


async def test_the_link_leaves_by_a_message_alone_and_closes(manager: Client, stopped_clock: StoppedClock) -> None:
    given = await made(manager, PATH, BODY)
    path = f"{PATH}/{given['id']}/link"
    sent = await done(manager, path)
    assert (sent["link"]["email"], sent["link"]["open"], sent["link"]["last_opened_at"]) == (BODY["email"], True, None)
    assert set(sent["link"]) == {"email", "sent_at", "last_opened_at", "closed_at", "open"}
    assert len(await fetch("SELECT id FROM outbox")) == 1
    assert_problem(await manager.post(path), 422, "referent.just_written")
    stopped_clock.now = NOW + timedelta(minutes=5)
    closed = await done(manager, f"{path}/close")
    assert (closed["link"]["open"], closed["link"]["closed_at"] is not None) == (False, True)
    assert await done(manager, f"{path}/close") == closed


async def test_another_service_finds_nothing(manager: Client, stranger: Client) -> None:
    path = f"{PATH}/{(await made(manager, PATH, BODY))['id']}"
    assert (await stranger.get(PATH)).json() == {"items": [], "next_cursor": None}
    assert_problem(await stranger.get(path), 404, "referent.not_found")
    assert_problem(await stranger.post(f"{path}/correct", json={**BODY, "version": 1}), 404, "referent.not_found")
    for act in ("link", "link/close"):
        assert_problem(await stranger.post(f"{path}/{act}"), 404, "referent.not_found")


async def test_what_is_refused_says_why(manager: Client, reader: Client) -> None:
    assert_problem(await reader.post(PATH, json=BODY), 403, "actor.forbidden")
    for wrong in ({"schools": []}, {"schools": ["0359999Z"]}, {"email": "x"}, {"ends_on": "2026-11-01"}):
        assert_problem(await manager.post(PATH, json={**BODY, **wrong}), 422, "referent.invalid")
    given = await made(manager, PATH, BODY)
    for act in ("link", "link/close"):
        assert_problem(await reader.post(f"{PATH}/{given['id']}/{act}"), 403, "actor.forbidden")
    assert_problem(await manager.get(f"{PATH}/{UNKNOWN_ID}"), 404, "referent.not_found")
