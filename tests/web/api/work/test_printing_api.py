"""Documents printed together, by the API: the file at once, or a job over a few dozens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.use_cases.papers import printing
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
    monkeypatch.setattr(printing, "MANY", 1)
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
