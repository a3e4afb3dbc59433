"""The lists of a service through the API: written by whoever administers, read by all."""

from __future__ import annotations

from tests.web.conftest import Client
from tests.web.expectations import assert_problem

LIST = {"family": "computer", "moment": "preparation", "lines": ["Batterie", "Clavier"]}


async def test_a_list_is_written_and_replaced(admin: Client, manager: Client, reader: Client) -> None:
    first = (await admin.put("/api/service/checklists", json=LIST)).json()
    assert (first["lines"], first["in_force"]) == (["Batterie", "Clavier"], True)
    assert (await admin.put("/api/service/checklists", json=LIST | {"lines": []})).status_code == 200
    listed = (await reader.get("/api/service/checklists")).json()["items"]
    assert [(each["lines"], each["in_force"]) for each in listed] == [([], True), (["Batterie", "Clavier"], False)]
    twice = await admin.put("/api/service/checklists", json=LIST | {"lines": ["Batterie", "batterie"]})
    assert_problem(twice, 422, "checklist.invalid")
    assert_problem(await manager.put("/api/service/checklists", json=LIST), 403, "actor.forbidden")
