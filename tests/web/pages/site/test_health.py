"""What a supervisor or a load balancer is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
from tests.web.conftest import StoppedClock, serving, settings_for

from materiel.store.engine.database import fetch
from materiel.use_cases.process.loop import Beat, Loop, Watch
from materiel.web.app import create_app


async def hang(beat: Beat) -> bool:
    await asyncio.Event().wait()
    return False


async def test_a_server_that_cannot_work_says_what_is_wrong_by_its_name(
    migrated_url: str, tmp_path: Path, stopped_clock: StoppedClock
) -> None:
    seconds = [0.0]
    watch = Watch(monotonic=lambda: seconds[0])
    app = create_app(settings_for(migrated_url, tmp_path), clock=stopped_clock, watch=watch)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000")
    loop = Loop(name="jobs", turn=hang, every_seconds=1, late_after=60)
    async with serving(app), watch.running(loop):
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (200, "ok")
        seconds[0] += 61
        await fetch("DELETE FROM migration WHERE id IN (SELECT max(id) FROM migration)")
        answer = await client.get("/readyz")
        told = answer.json()
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert (told["code"], answer.headers["retry-after"]) == ("server.not_ready", "2")
        assert [(each["name"], each["code"]) for each in told["checks"]] == [
            ("database", "database.not_migrated"),
            ("loop.jobs", "loop.late"),
        ]
        assert "« jobs » ne donne plus signe de vie depuis 61 s" in told["detail"]
        assert (await client.get("/healthz")).text == "ok"
        # The loop of the readings has gone on meanwhile: it is one of this process too.
        assert "loop.notes" in watch.checks()
    await client.aclose()
