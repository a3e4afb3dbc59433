from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
from tests.web.cast import UNKNOWN_ID, done, import_schools, make_loan
from tests.web.conftest import Client
from tests.web.expectations import assert_problem

from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS


def clock() -> datetime:
    return datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def signed_pile(manager: Client) -> tuple[bytes, str]:
    """The pages of an agreement, as they come back from the printer, and the document's id."""
    await import_schools(manager)
    loan = await make_loan(manager)
    agreement = (await done(manager, f"/api/loans/{loan['id']}/issue"))["documents"][0]
    return (await manager.get(f"/api/documents/{agreement['id']}/pdf")).content, agreement["id"]


async def test_a_pile_is_filed_by_a_job(manager: Client, reader: Client) -> None:
    pile, document = await signed_pile(manager)
    handed = await manager.post("/api/scans", files={"file": ("pile.pdf", pile, "application/pdf")})
    assert handed.status_code == 202
    path = f"/api/jobs/{handed.json()['job']}"
    assert (await reader.get(path)).json()["state"] == "queued"
    assert await run_next("test", HANDLERS, clock=clock)
    job = (await reader.get(path)).json()
    assert job["state"] == "done", job
    assert [each["document"] for each in job["result"]["filed"]] == [document]


async def test_events_follow_a_job_to_its_end(manager: Client) -> None:
    pile, _ = await signed_pile(manager)
    handed = await manager.post("/api/scans", files={"file": ("pile.pdf", pile, "application/pdf")})
    path = f"/api/jobs/{handed.json()['job']}/events"
    followed, _ = await asyncio.gather(manager.get(path), run_next("test", HANDLERS, clock=clock))
    assert followed.headers["content-type"].startswith("text/event-stream")
    assert followed.headers["x-accel-buffering"] == "no"
    events = [block for block in followed.text.replace("\r\n", "\n").split("\n\n") if "data:" in block]
    assert events[-1].startswith("event: end")
    last = msgspec.json.decode(events[-1].split("data: ")[1])
    assert (last["state"], last["done"]) == ("done", last["total"])


async def test_what_is_no_scan_is_refused(manager: Client) -> None:
    answer = await manager.post("/api/scans", files={"file": ("x.exe", b"MZ" + b"\x00" * 64, "image/png")})
    assert_problem(answer, 400, "scan.unreadable")


async def test_who_may_do_what(anonymous: Client, reader: Client, manager: Client, stranger: Client) -> None:
    pile, _ = await signed_pile(manager)
    files = {"file": ("pile.pdf", pile, "application/pdf")}
    assert_problem(await anonymous.post("/api/scans", files=files), 401, "auth.token_missing")
    assert_problem(await reader.post("/api/scans", files=files), 403, "actor.forbidden")
    job = (await manager.post("/api/scans", files=files)).json()["job"]
    for path in (f"/api/jobs/{job}", f"/api/jobs/{job}/events"):
        assert_problem(await anonymous.get(path), 401, "auth.token_missing")
        assert_problem(await stranger.get(path), 404, "job.not_found")
        assert_problem(await manager.get(path.replace(job, UNKNOWN_ID)), 404, "job.not_found")
        assert_problem(await manager.get(path.replace(job, "42")), 404, "route.not_found")
