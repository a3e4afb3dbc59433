"""The short address printed in codes leads to the site: whatever arrives under it is sent to the public address.

Pages, sessions and forms live at the public address alone: a cookie or a form of the short one would be another site's.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from materiel.settings import Settings


def leaving_short_address(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application, which sends a request of the short address to the same path of the public one."""
    short = urlsplit(settings.label_url).hostname
    if short is None or short == urlsplit(settings.base_url).hostname:
        return app

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or _host(scope) != short:
            await app(scope, receive, send)
            return
        # 307 keeps the method; a browser asks again each time, since a setting may change.
        headers = [
            (b"location", (settings.base_url + _target(scope)).encode("latin-1")),
            (b"cache-control", b"no-store"),
            (b"content-length", b"0"),
        ]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return answer


def _host(scope: Scope) -> str | None:
    try:
        return urlsplit(f"//{Headers.from_scope(scope).get('host', '')}").hostname
    except ValueError:
        return None


def _target(scope: Scope) -> str:
    """The path and the query, as they were sent."""
    path = scope["raw_path"].decode("latin-1").partition("?")[0]
    query = scope["query_string"].decode("latin-1")
    return (path if path.startswith("/") else "/") + (f"?{query}" if query else "")
