"""Handing a call over: to the address that was looked up and checked, without redirection nor proxy. A real server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from tests.stage.webhook_program import Program, a_program

from materiel.mail import webhook
from materiel.mail.webhook import INSIDE, MOVED, SILENT, UNKNOWN, CallAnswer, send_call

LOOPBACK = "127.0.0.0/8"
HEADERS = {"Materiel-Signature": "t=1,v1=ab"}


@pytest.fixture
def program() -> Iterator[Program]:
    with a_program() as made:
        yield made


async def send(url: str, allowed: str = LOOPBACK) -> CallAnswer:
    return await send_call(url, '{"é":1}', HEADERS, allowed=allowed)


async def test_a_call_arrives_whole_and_signed(program: Program) -> None:
    assert await send(program.url) == CallAnswer()
    assert program.bodies == ['{"é":1}']
    (headers,) = program.headers
    assert (headers["Materiel-Signature"], headers["Content-Type"]) == ("t=1,v1=ab", "application/json")
    assert headers["Host"] == f"127.0.0.1:{program.port}"


async def test_an_address_inside_is_never_connected_to(program: Program) -> None:
    assert await send(program.url, allowed="") == CallAnswer(INSIDE)
    assert await send(f"http://localhost:{program.port}/", allowed="10.0.0.0/8") == CallAnswer(INSIDE)
    # Other ways to write 127.0.0.1, which the system understands.
    for name in ("2130706433", "0x7f000001", "127.1", "0"):
        assert (await send(f"http://{name}:{program.port}/", allowed="")).error in (INSIDE, UNKNOWN)
    assert program.bodies == []


async def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def rebinding(self: object, host: str, port: int, **_: object) -> list[object]:
        """The first answer is allowed; any other would lead elsewhere."""
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", rebinding)
    assert await send(f"http://outil.exemple.fr:{program.port}/a", allowed="127.0.0.1") == CallAnswer()
    assert asked[:1] == ["outil.exemple.fr"]
    assert program.headers[0]["Host"] == f"outil.exemple.fr:{program.port}"


async def test_one_inner_address_among_others_is_enough_to_refuse(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def both(self: object, host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", both)
    assert await send(f"http://outil.exemple.fr:{program.port}/a", allowed="") == CallAnswer(INSIDE)


async def test_a_redirection_is_not_followed(program: Program) -> None:
    program.status, program.location = 302, f"http://127.0.0.1:{program.port}/ailleurs"
    assert await send(program.url) == CallAnswer(MOVED)
    assert len(program.bodies) == 1


async def test_what_a_program_answers_is_told(program: Program) -> None:
    program.status = 500
    assert await send(program.url) == CallAnswer("le programme a répondu 500")
    program.status = 410
    assert (await send(program.url)).is_final


async def test_a_program_that_is_away_or_stalls_stops_nothing(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.3)
    program.pause = 0.8
    assert await send(program.url) == CallAnswer(SILENT)
    assert await send("http://127.0.0.1:9/") == CallAnswer(SILENT)
    assert (await send("http://outil.exemple.invalid/")).error in (UNKNOWN, SILENT)


async def test_no_proxy_of_the_environment_is_used(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await send(program.url) == CallAnswer()
