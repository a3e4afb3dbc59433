"""How `serve` and `worker` end: what they held is given back at once, and a loop that cannot live is not hidden."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from tests.stage import family_cast
from tests.use_cases import loan_cast as cast

from materiel.domain.work.job import JobState
from materiel.domain.work.outbox import Impulse, MessageState, Purpose
from materiel.store.accounts import service as services
from materiel.store.engine.database import DatabaseEngine, fetch, write_transaction
from materiel.store.work import job as jobs
from materiel.store.work import outbox
from materiel.use_cases.work.job import LEASE, get_job
from materiel.use_cases.work.outbox import MessageText, post

SOON = 120

WITH_ENDLESS_JOBS = """
import asyncio, sys
from materiel.cli.main import main
from materiel.use_cases.worker import HANDLERS

async def endless(run):
    await run.advance(0, 1)
    await asyncio.Event().wait()

HANDLERS["essay"] = endless
sys.exit(main(sys.argv[1:]))
"""

WITH_A_LOOP_THAT_DIES = """
import sys
from materiel.cli.main import main
from materiel.store.work import job
from materiel.use_cases.process import loop

class Unspeakable(BaseException):
    # No trace can be made of it: the loop itself dies.
    __cause__ = property(lambda self: 1 / 0)

async def claim(*args, **kwargs):
    raise Unspeakable

job.claim = claim
loop.FIRST_DELAY = 0.01
sys.exit(main(sys.argv[1:]))
"""


def arguments(command: str) -> list[str]:
    if command == "worker":
        return ["worker"]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return ["serve", "--port", str(probe.getsockname()[1])]


@asynccontextmanager
async def running(script: str, command: str, url: str, folder: Path, **settings: str) -> AsyncIterator[Process]:
    environ = {**os.environ, "MATERIEL_DATABASE_URL": url, "MATERIEL_DATA_DIR": str(folder), **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *arguments(command), stderr=PIPE, env=environ
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def silent_mail_server() -> AsyncIterator[str]:
    """Accepts connections and never says a word."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def a_job_and_a_message() -> UUID:
    await family_cast.set_up()
    now = datetime.now(UTC)
    letter = MessageText(
        purpose=Purpose.NEW_LINK,
        impulse=Impulse.ASKED,
        template="new_link",
        to_address=family_cast.LISE,
        service=await services.get(cast.SERVICE),
        values={"name": "Lise", "link": f"{family_cast.BASE_URL}/f/secret", "expires_on": cast.TODAY},
    )
    async with write_transaction():
        await post(letter, base_url=family_cast.BASE_URL, now=now)
        job = await jobs.enqueue(cast.SERVICE, "essay", "{}", created_by="tests", created_at=now)
    return job.id


async def until_under_way(process: Process) -> None:
    async with asyncio.timeout(SOON):
        while True:
            assert process.returncode is None
            states = [row["state"] for row in await fetch("SELECT state FROM job UNION ALL SELECT state FROM outbox")]
            if {"running", "sending"} <= set(states):
                return
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_a_stop_gives_the_job_and_the_message_under_way_to_the_next_worker_at_once(
    db: DatabaseEngine, migrated_url: str, tmp_path: Path, command: str
) -> None:
    job_id = await a_job_and_a_message()
    async with (
        silent_mail_server() as mail,
        running(WITH_ENDLESS_JOBS, command, migrated_url, tmp_path, MATERIEL_SMTP_URL=mail) as process,
    ):
        await until_under_way(process)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SOON):
            await process.wait()
    job = await get_job(job_id, actor=cast.MANAGER)
    assert (job.state, job.attempts, job.worker) == (JobState.QUEUED, 0, None)
    now = datetime.now(UTC)
    assert await jobs.claim("next", now=now, lease=LEASE) is not None
    message = await outbox.claim("next", now=now, lease=LEASE)
    assert message is not None
    assert (message.state, message.attempts) == (MessageState.SENDING, 1)


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_a_loop_that_cannot_be_kept_alive_ends_the_process(
    db: DatabaseEngine, migrated_url: str, tmp_path: Path, command: str
) -> None:
    async with running(WITH_A_LOOP_THAT_DIES, command, migrated_url, tmp_path) as process:
        async with asyncio.timeout(SOON):
            _, said = await process.communicate()
    assert process.returncode == 1
    lines = said.decode().splitlines()
    assert lines[-1].startswith("Une boucle de fond s'arrête sans cesse (jobs) : le processus s'arrête aussi.")
    assert lines.count("loop jobs ended: ZeroDivisionError") == 6
    assert "Traceback" not in said.decode()
