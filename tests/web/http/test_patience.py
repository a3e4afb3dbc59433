"""A connection that brings nothing, or too little, or reads nothing, ends by itself; too many are refused aloud."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from litestar import Litestar
from uvicorn.server import ServerState

from materiel.web.http.patience import ConnectionWarning, Patience, patient

SOON = 60
QUICK = Patience(head_seconds=0.3, body_seconds=0.3, least_bytes=2000, connections=2)
BIG = 4 * 1024 * 1024

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Coroutine[Any, Any, Streams]]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Reads all, then says how much; a big answer at /big; reads nothing for a while at /slow."""
    size = 0
    if scope["path"] == "/slow":
        await asyncio.sleep(1.0)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message["more_body"]:
            break
    body = b"x" * BIG if scope["path"] == "/big" else str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def server(patience: Patience) -> AsyncIterator[tuple[Connect, ServerState]]:
    config = uvicorn.Config(application, http=patient(patience), lifespan="off", ws="none", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]
        "127.0.0.1",
        0,
    )
    port = listening.sockets[0].getsockname()[1]
    opened: list[asyncio.StreamWriter] = []

    async def connect() -> Streams:
        streams = await asyncio.open_connection("127.0.0.1", port)
        opened.append(streams[1])
        return streams

    yield connect, state
    for writer in opened:
        writer.close()
    for connection in list(state.connections):
        connection.transport.abort()
    listening.close()
    async with asyncio.timeout(SOON):
        while state.tasks:
            await asyncio.sleep(0.01)


async def drip(writer: asyncio.StreamWriter, data: bytes, every: float = 0.02) -> None:
    with suppress(ConnectionError):
        for byte in data:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(every)


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What is read until the other side closes; it must."""
    read = b""
    async with asyncio.timeout(SOON):
        with suppress(ConnectionError):
            while chunk := await reader.read(65536):
                read += chunk
    return read


def problem(answer: bytes) -> Any:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


async def test_a_client_that_says_nothing_is_cut_without_a_word() -> None:
    async with server(QUICK) as (connect, state):
        reader, _ = await connect()
        assert await all_of(reader) == b""
        assert not state.connections


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 500, b"\r\n" * 3000], ids=["headers", "blank"])
async def test_a_head_that_drips_is_told_and_cut(head: bytes) -> None:
    async with server(QUICK) as (connect, _):
        reader, writer = await connect()
        dripping = asyncio.create_task(drip(writer, head))
        answer = await all_of(reader)
        dripping.cancel()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert problem(answer)["code"] == "request.too_slow"


async def test_the_head_of_the_next_request_is_waited_for_no_longer() -> None:
    async with server(QUICK) as (connect, _):
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
        dripping = asyncio.create_task(drip(writer, b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 500))
        assert (await all_of(reader)).startswith(b"HTTP/1.1 408 ")
        dripping.cancel()


@pytest.mark.parametrize("sent", [b"", b"x" * 1000], ids=["nothing", "a drip"])
async def test_a_body_that_does_not_come_is_told_and_cut(sent: bytes) -> None:
    async with server(QUICK) as (connect, state):
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        dripping = asyncio.create_task(drip(writer, sent))
        answer = await all_of(reader)
        dripping.cancel()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert problem(answer)["code"] == "request.too_slow"
        async with asyncio.timeout(SOON):
            while state.tasks:
                await asyncio.sleep(0.01)


async def test_a_body_that_moves_is_waited_for() -> None:
    # Twice as long as the limit, at a rate well above the least.
    patience = Patience(head_seconds=SOON, body_seconds=1.0, least_bytes=1, connections=2)
    async with server(patience) as (connect, _):
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\nConnection: close\r\n\r\n")
        await drip(writer, b"x" * 30, every=0.07)
        assert (await all_of(reader)).endswith(b"\r\n\r\n30")


async def test_an_application_that_does_not_read_is_not_the_fault_of_its_client() -> None:
    patience = Patience(head_seconds=SOON, body_seconds=0.2, least_bytes=2000, connections=2)
    async with server(patience) as (connect, _):
        reader, writer = await connect()
        writer.write(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n")
        writer.write(b"x" * 300_000)
        assert (await all_of(reader)).endswith(b"\r\n\r\n300000")


async def test_an_answer_that_nobody_reads_is_cut() -> None:
    async with server(QUICK) as (connect, state):
        _, writer = await connect()
        writer.write(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(SOON):
            while not state.connections:
                await asyncio.sleep(0.01)
            while state.connections:
                await asyncio.sleep(0.01)


async def test_an_answer_that_is_read_is_whole() -> None:
    async with server(Patience(body_seconds=0.2, least_bytes=1, connections=2)) as (connect, _):
        reader, writer = await connect()
        writer.write(b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert len((await all_of(reader)).partition(b"\r\n\r\n")[2]) == BIG


async def test_too_many_connections_are_refused_aloud_but_the_server_lives(caplog: pytest.LogCaptureFixture) -> None:
    patience = Patience(head_seconds=SOON, connections=5)
    async with server(patience) as (connect, state):
        held = [await connect() for _ in range(5)]
        async with asyncio.timeout(SOON):
            while len(state.connections) < 5:
                await asyncio.sleep(0.01)
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        refused = await all_of(reader)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert (problem(refused)["code"], b"retry-after: 5" in refused) == ("server.crowded", True)
        reader, writer = await connect()
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await all_of(reader)).startswith(b"HTTP/1.1 200 ")
        # A fifth more than the limit: not even heard.
        extra = [await connect() for _ in range(3)]
        assert b"" in [await all_of(reader) for reader, _ in extra[1:]]
        assert len(held) == 5
    assert caplog.messages.count("too many connections: 6, others are refused") == 1
    assert sum("too many connections" in each for each in caplog.messages) == 1


def test_a_crowd_is_told_again_after_a_while(caplog: pytest.LogCaptureFixture) -> None:
    told = ConnectionWarning(60.0)
    for now in (0.0, 10.0, 59.0, 60.0, 61.0):
        told.say(now, 7)
    assert len(caplog.messages) == 2


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault_of_ours(
    app: Litestar, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {
        **{"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "server": ("127.0.0.1", 8000)},
        **{"path": "/connexion", "raw_path": b"/connexion", "query_string": b"", "root_path": "", "headers": headers},
        **{"client": ("127.0.0.1", 1), "state": {}},
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 408
    assert [each.getMessage() for each in caplog.records if each.name == "materiel.web"] == []
