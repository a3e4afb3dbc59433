"""The `Idempotency-Key` header: a request sent twice acts once and is answered twice the same.

The body counts in the comparison; of a multipart body, everything but the boundary, which clients draw anew at
each try. Routes that write nothing (`opt={"writes_nothing": True}`) ignore the key: asked again, they answer again.
Those that write by batches say so (`opt={"writes_by_batches": True}`): their key is claimed before they write.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

from litestar import Request
from litestar.datastructures import State
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from materiel.domain.accounts.roles import Actor
from materiel.errors import BadInput
from materiel.use_cases.imports.keyed_batches import answer_by_batches
from materiel.use_cases.work.idempotency import Answer, Claim, answer_once

LONGEST_KEY = 200
WRITING_METHODS = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class IdempotencyKeys(ASGIMiddleware):
    """Answer the first response again to a key already seen; see `use_cases.work.idempotency`. Runs behind the gate."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Run the request under its key, if it has one."""
        sent = next((value for name, value in scope["headers"] if name == b"idempotency-key"), None)
        if (
            sent is None
            or scope.get("method") not in WRITING_METHODS
            or scope["route_handler"].opt.get("writes_nothing")
        ):
            await next_app(scope, receive, send)
            return
        request: Request[Actor, None, State] = Request(scope, receive, send)
        claim = Claim(
            actor=request.user,
            key=_checked_key(sent),
            request_hash=_request_hash(request, await request.body()),
            at=self._clock(),
        )
        messages: list[Message] = []

        async def run() -> Answer:
            async def keep(message: Message) -> None:
                messages.append(message)

            await next_app(scope, receive, keep)
            return _answer_of(messages)

        try:
            if scope["route_handler"].opt.get("writes_by_batches"):
                answer = await answer_by_batches(claim, run, clock=self._clock)
            else:
                answer = await answer_once(claim, run)
        except Exception:
            # Litestar believes that the answer was sent when it was only kept here, and would not tell the error.
            ScopeState.from_scope(scope).response_started = False
            raise
        for message in messages if not answer.replayed else _messages_of(answer):
            await send(message)


def _checked_key(sent: bytes) -> str:
    key = sent.decode("latin-1").strip()
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise BadInput(
            "idempotency.invalid_key",
            f"L'en-tête Idempotency-Key attend 1 à {LONGEST_KEY} caractères imprimables, un UUID par exemple.",
        )
    return key


def _request_hash(request: Request[Actor, None, State], body: bytes) -> str:
    boundary = request.content_type[1].get("boundary", "")
    if boundary:
        body = body.replace(b"--" + boundary.strip('"').encode("latin-1"), b"--")
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query, request.content_type[0]):
        digest.update(part.encode() + b"\x00")
    digest.update(body)
    return digest.hexdigest()


def _answer_of(messages: list[Message]) -> Answer:
    status, media_type, body = 500, "", bytearray()
    for message in messages:
        if message["type"] == "http.response.start":
            status = message["status"]
            media_type = dict(message["headers"]).get(b"content-type", b"").decode("latin-1")
        elif message["type"] == "http.response.body":
            body += message["body"]
    return Answer(status=status, body=_to_text(bytes(body), media_type))


def _to_text(body: bytes, media_type: str) -> str:
    """What is kept of a body: JSON as it is, anything else (a PDF of labels) as a `data:` address."""
    if media_type.endswith("json"):
        return body.decode("utf-8")
    return f"data:{media_type};base64,{base64.b64encode(body).decode('ascii')}"


def _from_text(kept: str) -> tuple[bytes, str]:
    """The body and its media type; no JSON text starts with `data:`."""
    if not kept.startswith("data:"):
        return kept.encode("utf-8"), "application/json"
    media_type, _, encoded = kept.removeprefix("data:").partition(";base64,")
    return base64.b64decode(encoded), media_type


def _messages_of(answer: Answer) -> list[Message]:
    body, media_type = _from_text(answer.body)
    headers = [
        (b"content-type", media_type.encode("latin-1")),
        (b"content-length", str(len(body)).encode()),
        (b"idempotency-replayed", b"true"),
    ]
    return [
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": body, "more_body": False},
    ]
