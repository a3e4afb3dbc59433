"""Two real servers on one database, and clients that all want the same thing at the same time."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from tests.web.cast import ITEM, import_schools, loan_body, make_item, make_pupil
from tests.web.conftest import make_service, make_token

from materiel.domain.accounts.roles import Role
from materiel.store.engine.database import DatabaseEngine

SERVERS = 2
ROUNDS = 5


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until_ready(client: httpx.AsyncClient, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server stopped by itself"
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture
async def clients(db: DatabaseEngine, migrated_url: str, tmp_path: Path) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A client of each server, with the token of a manager."""
    token = await make_token(await make_service("DSDEN35", "35"), Role.MANAGER)
    environment = {**os.environ, "MATERIEL_DATABASE_URL": migrated_url, "MATERIEL_DATA_DIR": str(tmp_path)}
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(SERVERS):
            port = free_port()
            command = [sys.executable, "-m", "materiel", "serve", "--port", str(port)]
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
            client = await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{port}",
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=60,
                )
            )
            await until_ready(client, process)
            opened.append(client)
        yield opened


async def at_once(
    clients: list[httpx.AsyncClient], path: str, body: dict[str, object], **headers: str
) -> list[httpx.Response]:
    """The same request four times on each server, all at the same time; none may speak of a lock."""
    answers = await asyncio.gather(
        *(client.post(path, json=body, headers=headers) for client in clients for _ in range(4))
    )
    for answer in answers:
        assert "locked" not in answer.text
    return answers


async def test_one_writer_wins_and_no_lock_is_seen(clients: list[httpx.AsyncClient]) -> None:
    first = clients[0]
    await import_schools(first)
    pupil = (await make_pupil(first))["id"]
    for number in range(ROUNDS):
        body = {**ITEM, "inventory_number": f"35-2026-{number:04}"}
        registered = await at_once(clients, "/api/items", body)
        assert Counter(answer.status_code for answer in registered) == {201: 1, 409: 7}
        item = next(answer.json()["id"] for answer in registered if answer.status_code == 201)

        lent = await at_once(clients, "/api/loans", loan_body(item, pupil))
        assert Counter(answer.status_code for answer in lent) == {201: 1, 409: 7}
        assert {answer.json()["code"] for answer in lent if answer.status_code == 409} == {"item.already_lent"}

        loan = next(answer.json()["id"] for answer in lent if answer.status_code == 201)
        issued = await at_once(clients, f"/api/loans/{loan}/issue", {}, **{"Idempotency-Key": f"issue-{number}"})
        assert Counter(answer.status_code for answer in issued) == {200: 8}
        assert len({answer.content for answer in issued}) == 1
    numbers = {
        document["number"]
        for loan in (await first.get("/api/loans")).json()["items"]
        for document in (await first.get(f"/api/loans/{loan['id']}")).json()["documents"]
    }
    assert len(numbers) == 2 * ROUNDS


async def test_many_writers_all_pass(clients: list[httpx.AsyncClient]) -> None:
    answers = await asyncio.gather(
        *(
            client.post("/api/items", json={**ITEM, "inventory_number": f"35-2026-{server}{number:03}"})
            for server, client in enumerate(clients)
            for number in range(20)
        )
    )
    assert {answer.status_code for answer in answers} == {201}


async def test_a_request_of_one_server_is_seen_by_the_other(clients: list[httpx.AsyncClient]) -> None:
    first, second = clients
    item = await make_item(first)
    assert (await second.get(f"/api/items/{item['id']}")).json() == item
