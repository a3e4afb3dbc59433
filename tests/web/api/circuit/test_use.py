"""Use through the API: noted for what the pupil has, told when it is twice without, dealt with; ours alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.web.cast import UNKNOWN_ID, done, import_schools, loan_body, made, make_item, make_loan, make_pupil
from tests.web.conftest import NOW, Client
from tests.web.expectations import assert_problem

from materiel.store.engine.statement import Statement

UNUSED = "/api/loans/unused"


@pytest.fixture(autouse=True)
async def schools(manager: Client) -> None:
    await import_schools(manager)


async def running(manager: Client, number: str = "35-2026-0001") -> dict[str, Any]:
    """A loan that runs since a year: of one item, to one pupil."""
    item, pupil = await make_item(manager, number), await make_pupil(manager, first_name=f"Zoé {number}")
    body = loan_body(item["id"], pupil["id"]) | {"starts_on": "2025-09-01", "handed_over_on": "2025-09-04"}
    return await made(manager, "/api/loans/take-over", body | {"paper": {"ends_on": "2027-08-31"}, "unsigned": True})


def said(loan: dict[str, Any], on: str, level: str = "unused") -> dict[str, Any]:
    return {"said_on": on, "levels": {loan["items"][0]["id"]: level}}


async def test_what_was_said_is_noted_and_read_by_loan_and_by_item(manager: Client, reader: Client) -> None:
    loan = await running(manager)
    path = f"/api/loans/{loan['id']}/uses"
    await done(manager, path, said(loan, "2026-03-10", "used"))
    noted = await done(manager, path, said(loan, "2026-11-10", "little"))
    assert [(each["said_on"], each["level"], each["by"]) for each in noted["items"]] == [
        ("2026-11-10", "little", "service"),
        ("2026-03-10", "used", "service"),
    ]
    again = await done(manager, path, said(loan, "2026-11-10", "used"))
    assert [each["level"] for each in again["items"]] == ["used", "used"]
    assert (await reader.get(path)).json() == again
    of_item = (await reader.get(f"/api/items/{loan['items'][0]['id']}/uses")).json()["items"]
    assert of_item == again["items"]


async def test_twice_without_use_is_listed_until_it_is_dealt_with(manager: Client, reader: Client) -> None:
    first, second = await running(manager), await running(manager, "35-2026-0002")
    path = f"/api/loans/{first['id']}/uses"
    await done(manager, path, said(first, "2026-03-10"))
    assert (await reader.get(UNUSED)).json()["items"] == []
    await done(manager, path, said(first, "2026-11-10"))
    (told,) = (await reader.get(UNUSED)).json()["items"]
    assert (told["loan"], told["inventory_number"], told["said_on"]) == (first["id"], "35-2026-0001", "2026-11-10")
    for on in ("2026-03-10", "2026-11-10"):
        await done(manager, f"/api/loans/{second['id']}/uses", said(second, on))
    page = (await reader.get(UNUSED, params={"limit": 1})).json()
    rest = (await reader.get(UNUSED, params={"cursor": page["next_cursor"]})).json()
    listed = [each["loan"] for each in (*page["items"], *rest["items"])]
    assert sorted(listed) == sorted([first["id"], second["id"]])
    settled = await done(manager, f"{path}/settle")
    assert settled["items"][0]["settled_at"] is not None
    assert [each["loan"] for each in (await reader.get(UNUSED)).json()["items"]] == [second["id"]]


async def test_after_a_death_nothing_is_listed(manager: Client) -> None:
    loan = await running(manager)
    for on in ("2026-03-10", "2026-11-10"):
        await done(manager, f"/api/loans/{loan['id']}/uses", said(loan, on))
    assert len((await manager.get(UNUSED)).json()["items"]) == 1
    await Statement("UPDATE pupil SET died_on = {} WHERE id = {}").fetch(NOW.date(), UUID(loan["pupil"]))
    assert (await manager.get(UNUSED)).json()["items"] == []


async def test_another_service_finds_nothing(manager: Client, stranger: Client) -> None:
    loan = await running(manager)
    path = f"/api/loans/{loan['id']}/uses"
    for on in ("2026-03-10", "2026-11-10"):
        await done(manager, path, said(loan, on))
    assert_problem(await stranger.get(path), 404, "loan.not_found")
    assert_problem(await stranger.post(path, json=said(loan, "2026-11-11")), 404, "loan.not_found")
    assert_problem(await stranger.post(f"{path}/settle"), 404, "loan.not_found")
    assert_problem(await stranger.get(f"/api/items/{loan['items'][0]['id']}/uses"), 404, "item.not_found")
    assert (await stranger.get(UNUSED)).json() == {"items": [], "next_cursor": None}


async def test_what_is_refused_says_why(manager: Client, reader: Client) -> None:
    loan = await running(manager)
    path = f"/api/loans/{loan['id']}/uses"
    assert_problem(await reader.post(path, json=said(loan, "2026-11-10")), 403, "actor.forbidden")
    assert_problem(await reader.post(f"{path}/settle"), 403, "actor.forbidden")
    assert_problem(await manager.post(path, json={"said_on": "2026-11-10", "levels": {}}), 422, "use.invalid")
    assert_problem(await manager.post(path, json=said(loan, "2025-09-01")), 422, "use.invalid")
    assert_problem(await manager.post(path, json=said(loan, "2026-11-22")), 422, "use.invalid")
    other = {"said_on": "2026-11-10", "levels": {UNKNOWN_ID: "used"}}
    assert_problem(await manager.post(path, json=other), 409, "use.not_held")
    assert (await manager.post(path, json=said(loan, "2026-11-10", "broken"))).status_code == 422
    draft = await make_loan(manager, "35-2026-0009")
    assert_problem(
        await manager.post(f"/api/loans/{draft['id']}/uses", json=said(draft, "2026-11-21")), 409, "use.not_held"
    )
