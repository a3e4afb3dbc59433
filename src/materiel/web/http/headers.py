"""Headers that every answer carries, errors and files included, set at the last moment before sending.

The content security policy forbids anything that does not come from this site, inline scripts and styles included.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from litestar.types import HTTPResponseStartEvent, Message, Scope

from materiel.web.http.trace import log_access, request_id

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)

FIXED: list[tuple[bytes, bytes]] = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),
]

# A year, for this host alone: the other sites of its domain are not ours to decide for.
SECURE_ONLY = (b"strict-transport-security", b"max-age=31536000")

ORDINARY = [*FIXED, (b"referrer-policy", b"same-origin")]
PRIVATE = [*FIXED, (b"referrer-policy", b"no-referrer"), (b"x-robots-tag", b"noindex, nofollow")]
# The address of these pages holds an opaque code or a token: it must not leave in a Referer nor enter a search engine.
PRIVATE_PREFIXES = ("/q/", "/Q/", "/v/", "/V/", "/f/", "/e/", "/r/", "/agenda/", "/invitation/")


Hook = Callable[[Message, Scope], Awaitable[None]]


def sealing(*, https: bool) -> Hook:
    """A Litestar `before_send` hook: adds the fixed headers to the start of an answer and writes its access line.

    Args:
        https: the public address is in https; browsers are then told never to come otherwise.
    """
    secure = [SECURE_ONLY] if https else []

    async def seal(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        start: HTTPResponseStartEvent = message
        headers = list(start["headers"])
        if not any(name == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-store"))
        headers += PRIVATE if scope["path"].startswith(PRIVATE_PREFIXES) else ORDINARY
        headers += secure
        headers.append((b"x-request-id", request_id(scope).encode()))
        start["headers"] = headers
        log_access(scope, start["status"])

    return seal
