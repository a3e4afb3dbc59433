"""Acts in number, by the API: a job, its lines, its end, and what it left begun again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.web.cast import UNKNOWN_ID, done, make_item
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS


def clock() -> datetime:
    return datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
async def items(manager: Client) -> list[str]:
    return [(await make_item(manager, f"35-2026-1{n}"))["id"] for n in range(3)]


async def test_an_act_in_number_is_a_job_with_its_lines(manager: Client, reader: Client, items: list[str]) -> None:
    body = {"act": "set_place", "references": items, "storage_place": "Armoire 2"}
    asked = await manager.post("/api/lots", json=body)
    assert asked.status_code == 202, asked.text
    job = asked.json()["job"]
    assert (await manager.post("/api/lots", json=body)).json()["job"] == job
    assert await run_next("test", HANDLERS, clock=clock)
    read = (await reader.get(f"/api/jobs/{job}")).json()
    assert (read["state"], read["done"], read["result"]) == (
        "done",
        3,
        {"act": "set_place", "left": 0, "done": 3, "refused": 0},
    )
    first = (await reader.get(f"/api/lots/{job}/lines?limit=2")).json()
    second = (await reader.get(f"/api/lots/{job}/lines?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["subject"] for each in (*first["items"], *second["items"])] == items
    assert first["items"][0] == {"subject": items[0], "state": "done", "code": "", "detail": "", "documents": []}
    assert (await reader.get(f"/api/items/{items[0]}")).json()["version"] == 2
    assert_problem(await manager.post(f"/api/lots/{job}/again"), 400, "lot.nothing_left")
    assert_problem(await manager.post(f"/api/jobs/{job}/stop"), 409, "job.over")


async def test_a_job_told_to_stop_leaves_what_may_be_begun_again(manager: Client, items: list[str]) -> None:
    body = {"act": "set_status", "references": items, "status": "in_repair", "reason": "Révision"}
    job = (await manager.post("/api/lots", json=body)).json()["job"]
    assert (await done(manager, f"/api/jobs/{job}/stop"))["state"] == "queued"
    assert await run_next("test", HANDLERS, clock=clock)
    read = (await manager.get(f"/api/jobs/{job}")).json()
    assert (read["state"], read["done"], read["result"]["left"]) == ("done", 0, 3)
    again = await manager.post(f"/api/lots/{job}/again")
    assert again.status_code == 202, again.text
    assert await run_next("test", HANDLERS, clock=clock)
    lines = (await manager.get(f"/api/lots/{again.json()['job']}/lines?state=done")).json()["items"]
    assert len(lines) == 3


async def test_a_request_sent_twice_under_its_key_is_one_job(manager: Client, items: list[str]) -> None:
    body = {"act": "set_family", "references": items, "family": "tablet"}
    key = {"Idempotency-Key": "lot-1"}
    first = await manager.post("/api/lots", json=body, headers=key)
    assert await run_next("test", HANDLERS, clock=clock)
    assert (await manager.post("/api/lots", json=body, headers=key)).json() == first.json()
    assert not await run_next("test", HANDLERS, clock=clock)


async def test_what_came_back_is_prepared_in_number(manager: Client, items: list[str]) -> None:
    body = {"act": "prepare", "references": items, "on": "2026-11-21", "condition": "good", "erased": True}
    job = (await manager.post("/api/lots", json=body)).json()["job"]
    assert await run_next("test", HANDLERS, clock=clock)
    lines = (await manager.get(f"/api/lots/{job}/lines?state=refused")).json()["items"]
    assert {each["code"] for each in lines} == {"item.not_to_prepare"}
    assert len(lines) == 3
    unsaid = await manager.post("/api/lots", json={"act": "prepare", "references": items, "on": "2026-11-21"})
    assert_problem(unsaid, 422, "lot.invalid")
    assert [each["pointer"] for each in unsaid.json()["errors"]] == ["/condition"]


async def test_what_is_wrong_is_refused(
    manager: Client, reader: Client, stranger: Client, anonymous: Client, items: list[str]
) -> None:
    body = {"act": "set_place", "references": items, "storage_place": "Armoire 2"}
    refusal = await manager.post("/api/lots", json=body | {"reason": "Rangement", "storage_place": ""})
    assert_problem(refusal, 422, "lot.invalid")
    assert [each["pointer"] for each in refusal.json()["errors"]] == ["/storage_place", "/reason"]
    assert_problem(await manager.post("/api/lots", json=body | {"references": [UNKNOWN_ID]}), 404, "item.not_found")
    assert (await manager.post("/api/lots", json=body | {"references": []})).status_code == 422
    assert (await manager.post("/api/lots", json=body | {"act": "burn"})).status_code == 422
    assert_problem(await reader.post("/api/lots", json=body), 403, "actor.forbidden")
    assert_problem(await stranger.post("/api/lots", json=body), 404, "item.not_found")
    assert_problem(await anonymous.post("/api/lots", json=body), 401, "auth.token_missing")
    job = (await manager.post("/api/lots", json=body)).json()["job"]
    assert_problem(await reader.post(f"/api/jobs/{job}/stop"), 403, "actor.forbidden")
    for path in (f"/api/lots/{job}/lines", f"/api/jobs/{job}"):
        assert_problem(await stranger.get(path), 404, "job.not_found")
    for path in (f"/api/lots/{job}/again", f"/api/jobs/{job}/stop"):
        assert_problem(await stranger.post(path), 404, "job.not_found")
    scans = await manager.post("/api/scans", files={"file": ("pile.png", b"\x89PNG\r\n" + b"\x00" * 64, "image/png")})
    assert_problem(await manager.post(f"/api/jobs/{scans.json()['job']}/stop"), 409, "job.not_stoppable")
