"""`HEAD` answers wherever `GET` does: the same status and headers, without the body.

Mail scanners open links that way, before anybody reads them. A handler whose reading would change something asks
`asks_headers_only` first.

Source: RFC 9110, § 9.3.2.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, HTTPDisconnectEvent, Message, Receive, Scope, Send

_STATE = "asks_headers_only"


def answering_head(app: ASGIApp) -> ASGIApp:
    """The application, which reads a `HEAD` as a `GET` and keeps the body for itself."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "HEAD":
            await app(scope, receive, send)
            return
        scope["state"][_STATE] = True
        ended = False

        async def send_headers(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended:
                ended = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def receive_until_told() -> Any:
            # A stream of events would go on for nobody.
            return HTTPDisconnectEvent(type="http.disconnect") if ended else await receive()

        await app({**scope, "method": "GET"}, receive_until_told, send_headers)  # type: ignore[arg-type]

    return answer


def asks_headers_only(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether nobody will read the answer: nothing must change."""
    return bool(connection.scope["state"].get(_STATE))
