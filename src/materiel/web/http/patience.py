"""How long a connection is waited for: a head or a body that does not come, an answer that nobody reads.

uvicorn bounds the idle time between two requests and nothing else: a client that sends one byte a minute, or nothing at
all, would keep its connection for ever. Here each brings enough in time, or is told 408 and cut; a crowd is told 503.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LIVES = b"/healthz"
"""Answered whatever the number of connections: a server that is full lives."""

_log = logging.getLogger("materiel.connections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What a connection is given. A body, sent or read, must move by `least_bytes` every `body_seconds`."""

    head_seconds: float = 20.0
    body_seconds: float = 30.0
    least_bytes: int = 15_000
    connections: int = 500
    """Beyond, requests are told 503; a fifth more are cut unheard. Fewer than the files that a process may open."""
    told_every: float = 60.0
    """Seconds between two lines of log that say so."""


def patient(patience: Patience) -> type[HttpToolsProtocol]:
    """The protocol for `uvicorn.Config(http=…)`."""
    return type("PatientProtocol", (_Patient,), {"patience": patience, "told": ConnectionWarning(patience.told_every)})


class ConnectionWarning:
    """Says at most once in a while that there are too many connections: an attack must not fill the log too."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._at: float | None = None

    def say(self, now: float, connections: int) -> None:
        """Say it, unless it was said lately; `now` is monotonic."""
        if self._at is None or now - self._at >= self._every:
            self._at = now
            _log.warning("too many connections: %d, others are refused", connections)


class _Patient(HttpToolsProtocol):
    patience: ClassVar[Patience]
    told: ClassVar[ConnectionWarning]

    _deadline: asyncio.TimerHandle | None = None
    _draining: asyncio.TimerHandle | None = None
    _begun = False
    """A byte of the request that is waited for has come."""
    _moved = 0
    _left = 0

    # What the client sends

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.patience.connections * 1.2:
            self.told.say(self.loop.time(), len(self.connections))
            transport.abort()
            return
        self._wait(self.patience.head_seconds, self._no_head)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:
            # The next request of a connection that was kept.
            self._wait(self.patience.head_seconds, self._no_head)
        self._begun = True
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._wait(self.patience.body_seconds, self._slow_body)
        self._moved = 0
        crowded = len(self.connections) > self.patience.connections and self.url != LIVES
        if crowded:
            self.told.say(self.loop.time(), len(self.connections))
        self.app = _refuse_crowd if crowded else self.config.loaded_app
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._moved += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._forget_deadline()
        self._begun = False

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget_deadline()
        self._forget_draining()

    def _no_head(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # The former request is still being answered: nothing may be written in the middle of that.
            self._wait(self.patience.head_seconds, self._no_head)
        else:
            self._cut(told=self._begun)

    def _slow_body(self) -> None:
        # What the application does not read yet is not the client's fault.
        if self._moved < self.patience.least_bytes and not self.flow.read_paused:
            self._cut(told=not self.cycle.response_started)
            return
        self._moved = 0
        self._wait(self.patience.body_seconds, self._slow_body)

    def _wait(self, seconds: float, act: Callable[[], None]) -> None:
        self._forget_deadline()
        self._deadline = self.loop.call_later(seconds, act)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self, *, told: bool) -> None:
        if self.transport.is_closing():
            return
        if told:
            self.transport.write(_answer(self.server_state.default_headers))
        self.transport.close()

    # What the client reads

    def pause_writing(self) -> None:
        super().pause_writing()
        self._left = self.transport.get_write_buffer_size()
        self._draining = self.loop.call_later(self.patience.body_seconds, self._slow_reader)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_draining()

    def _slow_reader(self) -> None:
        before, self._left = self._left, self.transport.get_write_buffer_size()
        if before - self._left < self.patience.least_bytes:
            self.transport.abort()
        else:
            self._draining = self.loop.call_later(self.patience.body_seconds, self._slow_reader)

    def _forget_draining(self) -> None:
        if self._draining is not None:
            self._draining.cancel()
            self._draining = None


def _problem(status: int, title: str, code: str, detail: str) -> bytes:
    document = {"type": f"urn:materiel:{code}", "title": title, "status": status, "detail": detail, "code": code}
    return msgspec.json.encode(document)


SLOW = _problem(
    408,
    "Requête trop lente",
    "request.too_slow",
    "La requête n'est pas arrivée en entier à temps. Recommencez, avec une meilleure connexion pour un gros fichier.",
)
CROWDED = _problem(
    503,
    "Service momentanément indisponible",
    "server.crowded",
    "Trop de connexions sont ouvertes en même temps. Recommencez dans quelques instants.",
)


def _answer(headers: list[tuple[bytes, bytes]]) -> bytes:
    lines = [b"%s: %s" % pair for pair in headers]
    lines += [
        b"content-type: application/problem+json",
        b"content-length: %d" % len(SLOW),
        b"connection: close",
    ]
    return b"\r\n".join([b"HTTP/1.1 408 Request Timeout", *lines, b"", SLOW])


async def _refuse_crowd(scope: Any, receive: Any, send: Any) -> None:
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(CROWDED)),
        (b"retry-after", b"5"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": CROWDED})
