"""A pupil's departure through the API: noted, contacted, taken back, by those who may."""

from __future__ import annotations

import pytest
from tests.web.cast import UNKNOWN_ID, import_schools, make_pupil
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

BODY = {"left_on": "2026-11-20", "departement": "44"}
CONTACT = {"contact_on": "2026-11-21", "contact_with": "DSDEN de Loire-Atlantique"}


@pytest.fixture(autouse=True)
async def schools(manager: Client) -> None:
    await import_schools(manager)


async def test_a_departure_is_noted_contacted_and_taken_back(manager: Client, reader: Client, stranger: Client) -> None:
    path = f"/api/pupils/{(await make_pupil(manager))['id']}/leavings"
    assert_problem(await reader.post(path, json=BODY), 403, "actor.forbidden")
    assert_problem(await stranger.post(path, json=BODY), 404, "pupil.not_found")
    problem = assert_problem(await manager.post(path, json=BODY | {"academie": "14"}), 422, "leaving.invalid")
    assert problem["errors"][0]["pointer"] == "/academie"
    answer = await manager.post(path, json=BODY)
    assert answer.status_code == 201, answer.text
    noted = answer.json()["leaving"]
    assert (noted["academie"], noted["departement"], noted["contact_on"]) == ("17", "044", None)
    assert_problem(await manager.post(path, json=BODY), 409, "leaving.already_noted")
    assert_problem(await manager.post(f"{path}/{UNKNOWN_ID}/contact", json=CONTACT), 404, "leaving.not_found")
    assert_problem(await stranger.post(f"{path}/{noted['id']}/contact", json=CONTACT), 404, "pupil.not_found")
    made = (await manager.post(f"{path}/{noted['id']}/contact", json=CONTACT)).json()
    assert made["contact_with"] == CONTACT["contact_with"]
    assert_problem(await manager.post(f"{path}/{noted['id']}/contact", json=CONTACT), 409, "leaving.contacted")
    withdraw = f"{path}/{noted['id']}/withdraw"
    assert_problem(await reader.post(withdraw, json={"reason": "Homonyme"}), 403, "actor.forbidden")
    assert (await manager.post(withdraw, json={"reason": "Homonyme"})).json()["leaving"]["withdrawn_at"]
    assert_problem(await manager.post(withdraw, json={"reason": "Homonyme"}), 409, "leaving.withdrawn")
    assert [each["id"] for each in (await reader.get(path)).json()["items"]] == [noted["id"]]
