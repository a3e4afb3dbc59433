"""The same form sent twice acts once: a double click, or « send again », shows what the first sending did.

Each form that a page shows holds a mark of its own. When a form succeeds, its mark, its content and where it led are
remembered a while; the very same form sent again in the same session is led there again, with the same words, instead
of being refused for what it has just done. A form that was refused is not remembered, and one whose content changed is
another act. This process alone remembers: after a restart the rules of the use cases answer, as they always did.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from markupsafe import Markup

from materiel.web.http.session import WebSession, session_in

FIELD = "_once"
REMEMBERED_SECONDS = 900
MOST_REMEMBERED = 5_000
SEE_OTHER = 303


def once_field() -> Markup:
    """The hidden field that tells one showing of a form from another."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, secrets.token_urlsafe(12))


@dataclass(frozen=True, slots=True)
class _Done:
    """Where a form led, and what was said there; `at` on the clock of the process."""

    location: bytes
    said: tuple[str, str] | None
    at: float


class OnceForms(ASGIMiddleware):
    """Answers a form already done as the first time. Runs behind `Sessions`, for whoever has one."""

    def __init__(self) -> None:
        self._done: OrderedDict[bytes, _Done] = OrderedDict()
        self._running: dict[bytes, tuple[asyncio.Lock, int]] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a new form through and remember where it led; answer one that is done."""
        session = session_in(scope)
        key = None
        if scope.get("method") == "POST" and session is not None and session.person is not None:
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            key = await _key_of(request, session)
        if key is None:
            await next_app(scope, receive, send)
            return
        assert session is not None
        async with self._alone(key):
            if (done := self._known(key)) is not None:
                # No handler will read the files sent again.
                await (await request.form()).close()
                await _again(done, session, send)
                return
            led = _Led(send)
            await next_app(scope, receive, led)
            if led.location is not None:
                self._remember(key, _Done(led.location, session.said, monotonic()))

    @asynccontextmanager
    async def _alone(self, key: bytes) -> AsyncIterator[None]:
        """One at a time for a form: a second sending waits for the first to be done."""
        lock, waiting = self._running.get(key, (asyncio.Lock(), 0))
        self._running[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._running.pop(key)
            if waiting > 1:
                self._running[key] = (lock, waiting - 1)

    def _known(self, key: bytes) -> _Done | None:
        while self._done and monotonic() - next(iter(self._done.values())).at > REMEMBERED_SECONDS:
            self._done.popitem(last=False)
        return self._done.get(key)

    def _remember(self, key: bytes, done: _Done) -> None:
        self._done[key] = done
        while len(self._done) > MOST_REMEMBERED:
            self._done.popitem(last=False)


class _Led:
    """Sends an answer on, and notes where it leads when it is a redirection after a success."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.location: bytes | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == SEE_OTHER:
            self.location = dict(message["headers"]).get(b"location")
        await self._send(message)


async def _key_of(request: Request[Any, Any, Any], session: WebSession) -> bytes | None:
    """What tells this form, in this session, from any other; None for one that holds no mark."""
    form = await request.form()
    mark = form.get(FIELD)
    if not isinstance(mark, str) or not mark:
        return None
    digest = hashlib.sha256()
    told = [session.id_hash, request.url.path, request.url.query]
    for name, value in form.multi_items():
        told += [name, _file_told(value) if isinstance(value, UploadFile) else str(value)]
    for each in told:
        digest.update(each.encode("utf-8", "surrogatepass") + b"\x00")
    return digest.digest()


def _file_told(sent: UploadFile) -> str:
    """A file by its name and its size: the same mark with another file of that name and size is not worth a reading."""
    size = sent.file.seek(0, 2)
    sent.file.seek(0)
    return f"{sent.filename} {size}"


async def _again(done: _Done, session: WebSession, send: Send) -> None:
    await session.read_again()
    if done.said is not None:
        kind, text = done.said
        await session.flash(text, kind)
    headers = [(b"location", done.location), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": SEE_OTHER, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
