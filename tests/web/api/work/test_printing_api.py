"""Documents printed together, by the API: the file at once, or a job over a few dozens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_item, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.use_cases.desk import print_together
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

PATH = "/api/documents/print"


def clock() -> datetime:
    return datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
async def papers(manager: Client) -> list[str]:
    await import_schools(manager)
    loan = await make_loan(manager)
    return [each["id"] for each in (await done(manager, f"/api/loans/{loan['id']}/issue"))["documents"]]


async def test_a_few_are_one_file(manager: Client, reader: Client, stranger: Client, papers: list[str]) -> None:
    answer = await reader.post(PATH, json={"documents": papers, "copies": 1, "sort": "school"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    announced = await manager.post(PATH, json={"documents": papers})
    assert len(announced.content) > len(answer.content)
    assert_problem(await stranger.post(PATH, json={"documents": papers}), 404, "document.not_found")
    unknown = await manager.post(PATH, json={"documents": [papers[0], UNKNOWN_ID]})
    assert_problem(unknown, 404, "document.not_found")
    assert [each["pointer"] for each in unknown.json()["errors"]] == ["/documents/1"]
    for wrong in ({"documents": []}, {"documents": papers, "copies": 2}, {"documents": papers, "sort": "weight"}):
        assert (await manager.post(PATH, json=wrong)).status_code == 422


async def test_many_are_a_job_whose_file_is_read(
    manager: Client, stranger: Client, papers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_together, "MANY", 1)
    answer = await manager.post(PATH, json={"documents": papers})
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    assert_problem(await manager.get(f"/api/jobs/{job}/file"), 404, "print.expired")
    assert await run_next("test", HANDLERS, clock=clock)
    read = (await manager.get(f"/api/jobs/{job}")).json()
    assert (read["state"], read["result"]["documents"]) == ("done", len(papers))
    file = await manager.get(f"/api/jobs/{job}/file")
    assert file.content.startswith(b"%PDF-")
    assert "private" in file.headers["cache-control"]
    assert_problem(await stranger.get(f"/api/jobs/{job}/file"), 404, "job.not_found")


async def test_labels_are_drawn_by_a_job_too(
    manager: Client, reader: Client, stranger: Client, anonymous: Client
) -> None:
    items = [(await make_item(manager, f"35-2026-1{n}"))["id"] for n in range(3)]
    body = {"items": items, "sheet": "a4_3x8", "first_cell": 3}
    at_once = await manager.post("/api/labels", json=body)
    answer = await manager.post("/api/labels/jobs", json=body)
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    assert (await manager.post("/api/labels/jobs", json=body)).json()["job"] == job
    assert await run_next("test", HANDLERS, clock=clock)
    read = (await reader.get(f"/api/jobs/{job}")).json()
    assert (read["state"], read["done"], read["result"]) == ("done", 3, {"labels": 3, "left": 0})
    assert (await reader.get(f"/api/jobs/{job}/file")).content == at_once.content
    assert_problem(await manager.post("/api/labels/jobs", json=body | {"sheet": "a5"}), 404, "label.unknown_sheet")
    assert_problem(await manager.post("/api/labels/jobs", json=body | {"items": [UNKNOWN_ID]}), 404, "item.not_found")
    assert_problem(await stranger.post("/api/labels/jobs", json=body), 404, "item.not_found")
    assert_problem(await reader.post("/api/labels/jobs", json=body), 403, "actor.forbidden")
    assert_problem(await anonymous.post("/api/labels/jobs", json=body), 401, "auth.token_missing")
    stopped = (await manager.post("/api/labels/jobs", json=body | {"first_cell": 4})).json()["job"]
    assert (await done(manager, f"/api/jobs/{stopped}/stop"))["state"] == "queued"
