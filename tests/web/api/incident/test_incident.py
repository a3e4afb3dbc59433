"""Incidents through the API: recorded, listed by page and by filter, treated, answered, opened again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.cast import UNKNOWN_ID, made, make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem


@pytest.fixture
async def item(manager: Client) -> dict[str, Any]:
    return await make_item(manager)


async def tell(client: Client, item: dict[str, Any], kind: str = "theft", **more: object) -> dict[str, Any]:
    body = {"item": item["id"], "kind": kind, "description": "Volé dans le bus", "happened_on": "2026-11-20", **more}
    return await made(client, "/api/incidents", body)


async def test_what_is_told_is_kept_once(manager: Client, reader: Client, item: dict[str, Any]) -> None:
    told = await tell(manager, item)
    assert (told["state"], told["loan"], told["declared_as"]) == ("open", None, "account")
    assert told["missing_papers"] == ["statement", "complaint", "insurance"]
    assert (await tell(manager, item))["id"] == told["id"]
    assert (await reader.get(f"/api/incidents/{told['id']}")).json() == {**told, "notes": []}


async def test_the_list_is_filtered_and_paged(manager: Client, stranger: Client, item: dict[str, Any]) -> None:
    other = await make_item(manager, "35-2026-0777")
    told = [await tell(manager, item), await tell(manager, other, "breakdown"), await tell(manager, item, "loss")]
    first = (await manager.get("/api/incidents", params={"limit": 2})).json()
    assert [each["id"] for each in first["items"]] == [each["id"] for each in told[:2]]
    rest = (await manager.get("/api/incidents", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == ([told[2]["id"]], None)
    for asked, found in (
        ({"kind": "breakdown"}, [told[1]]),
        ({"item": item["id"]}, [told[0], told[2]]),
        ({"q": "0777"}, [told[1]]),
        ({"state": "closed"}, []),
        ({"declared_as": "family"}, []),
        ({"state": "open", "declared_as": "account"}, told),
    ):
        listed = (await manager.get("/api/incidents", params=asked)).json()["items"]
        assert [each["id"] for each in listed] == [each["id"] for each in found], asked
    assert (await stranger.get("/api/incidents")).json()["items"] == []
    assert_problem(await manager.get("/api/incidents", params={"cursor": "x"}), 400, "request.invalid_cursor")


async def test_a_theft_is_treated_to_its_answer_and_opened_again(manager: Client, item: dict[str, Any]) -> None:
    told = await tell(manager, item)
    path = f"/api/incidents/{told['id']}"
    papers = [{"paper": "statement", "received_on": "2026-11-20"}, {"paper": "complaint", "received_on": "2026-11-21"}]
    noted = (await manager.post(f"{path}/papers", json={"version": 1, "papers": papers})).json()
    assert (noted["papers"], noted["missing_papers"], noted["version"]) == (papers, ["insurance"], 2)
    answer = {"version": 2, "resolution": "Remplacée, sans frais."}
    assert_problem(await manager.post(f"{path}/close", json=answer), 422, "incident.fault_undecided")
    finding = {"version": 2, "fault": "none", "reason": "Effraction"}
    found = (await manager.post(f"{path}/finding", json=finding)).json()
    assert (found["fault"], found["fault_reason"], found["decided_at"]) == (
        "none",
        "Effraction",
        "2026-11-21T09:00:00Z",
    )
    assert_problem(await manager.post(f"{path}/close", json=answer), 409, "incident.changed")
    done = (await manager.post(f"{path}/close", json={**answer, "version": 3})).json()
    assert (done["state"], done["resolution"], done["told"]) == ("closed", "Remplacée, sans frais.", False)
    assert_problem(await manager.post(f"{path}/close", json={**answer, "version": 4}), 409, "incident.already_closed")
    again = (await manager.post(f"{path}/reopen", json={"version": 4, "reason": "Retrouvée"})).json()
    assert (again["state"], again["resolution"], again["fault"]) == ("open", "", "none")
    reason = {"version": 5, "reason": "Encore"}
    assert_problem(await manager.post(f"{path}/reopen", json=reason), 409, "incident.already_open")
    await made(manager, f"{path}/notes", {"text": "La famille rappelle demain."})
    notes = (await manager.get(path)).json()["notes"]
    assert [(note["kind"], note["text"]) for note in notes] == [
        ("answer", "Remplacée, sans frais."),
        ("reopened", "Retrouvée"),
        ("note", "La famille rappelle demain."),
    ]


async def test_every_fault_is_told_at_its_field(manager: Client, item: dict[str, Any]) -> None:
    body = {"item": item["id"], "kind": "loss", "description": "", "declared_as": "family"}
    problem = assert_problem(await manager.post("/api/incidents", json=body), 422, "incident.invalid")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/description", "/happened_on", "/declared_as"]
    path = f"/api/incidents/{(await tell(manager, item))['id']}"
    late = {"version": 1, "papers": [{"paper": "statement", "received_on": "2026-12-24"}]}
    problem = assert_problem(await manager.post(f"{path}/papers", json=late), 422, "incident.invalid")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/papers/statement"]
    undecided = {"version": 1, "fault": "undecided", "reason": "On verra"}
    problem = assert_problem(await manager.post(f"{path}/finding", json=undecided), 422, "incident.invalid")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/fault"]
    unknown = {"version": 1, "resolution": "Fait", "colour": "red"}
    assert_problem(await manager.post(f"{path}/close", json=unknown), 422, "body.unknown_field")


async def test_rights_and_scope(manager: Client, reader: Client, stranger: Client, item: dict[str, Any]) -> None:
    told = await tell(manager, item)
    path = f"/api/incidents/{told['id']}"
    writes: dict[str, dict[str, object]] = {
        "papers": {"version": 1, "papers": []},
        "finding": {"version": 1, "fault": "none", "reason": "Usure"},
        "notes": {"text": "Note"},
        "close": {"version": 1, "resolution": "Fait"},
        "reopen": {"version": 1, "reason": "Erreur"},
    }
    for name, body in writes.items():
        assert_problem(await reader.post(f"{path}/{name}", json=body), 403, "actor.forbidden")
        assert_problem(await stranger.post(f"{path}/{name}", json=body), 404, "incident.not_found")
    assert_problem(await stranger.get(path), 404, "incident.not_found")
    assert_problem(await manager.get(f"/api/incidents/{UNKNOWN_ID}"), 404, "incident.not_found")
    body = {"item": item["id"], "kind": "breakdown", "description": "Panne"}
    assert_problem(await reader.post("/api/incidents", json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post("/api/incidents", json=body), 404, "item.not_found")


async def test_the_same_key_records_once(manager: Client, item: dict[str, Any]) -> None:
    path = f"/api/incidents/{(await tell(manager, item))['id']}/notes"
    headers = {"Idempotency-Key": "note-1"}
    first = await manager.post(path, json={"text": "Appel"}, headers=headers)
    assert (await manager.post(path, json={"text": "Appel"}, headers=headers)).json() == first.json()
    assert len((await manager.get(path.removesuffix("/notes"))).json()["notes"]) == 1
