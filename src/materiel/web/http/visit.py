"""Who visits: the network that its address counts as, and the device, known by a random cookie of its own.

The cookie opens nothing: it tells a device from which an account was opened before from everybody else, so that a
stranger who tries passwords does not keep its owner out. It is given with a log-in, and lasts longer than a session.
"""

from __future__ import annotations

import re
import secrets
from time import monotonic
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.types import Scope

from materiel.domain.accounts.network import network_of
from materiel.domain.accounts.visit import Visit
from materiel.domain.work.housekeeping import KEPT, Remnant
from materiel.use_cases.accounts.session import session_digest
from materiel.web.http.device import device_of
from materiel.web.http.rate_limit import RateLimit

DEVICE = "__Host-device"
WRONG_SECRETS = "wrong_secrets"
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{43}")
_STATE = "web_device"


def network_in(scope: Scope) -> str:
    """The network of whoever calls, to limit tries and requests; never logged."""
    client = scope.get("client")
    return network_of(client[0]) if client else ""


def wrong_secrets() -> RateLimit:
    """What a network may try of long random secrets (links, invitations, returns from a provider): the wrong ones.

    Nobody guesses 256 bits: it is counted in memory, without a write, and never stops whoever holds a right one.
    """
    return RateLimit(rate=1, burst=300)


def slow_guesses(request: Request[Any, Any, Any]) -> None:
    """Count one long secret that opened nothing.

    Raises:
        TooManyRequests: `request.too_many`.
    """
    limit: RateLimit = request.app.state[WRONG_SECRETS]
    limit.take(network_in(request.scope), monotonic())


def visit_of(connection: ASGIConnection[Any, Any, Any, Any], base_url: str) -> Visit:
    """Where a request comes from."""
    return Visit(
        network=network_in(connection.scope),
        base_url=base_url,
        device=session_digest(_secret(connection)),
        browser=device_of(connection.headers.get("user-agent", "")),
    )


def device_cookie(connection: ASGIConnection[Any, Any, Any, Any]) -> Cookie:
    """The cookie to give once the device is known: the one that it has, for as long again, or a new one."""
    return Cookie(
        key=DEVICE,
        value=_secret(connection),
        max_age=int(KEPT[Remnant.DEVICE].total_seconds()),
        secure=True,
        httponly=True,
        samesite="lax",
    )


def _secret(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The same for the whole request, whether the browser sent it or not."""
    if _STATE not in connection.scope["state"]:
        sent = connection.cookies.get(DEVICE, "")
        connection.scope["state"][_STATE] = sent if _WELL_FORMED.fullmatch(sent) else secrets.token_urlsafe(32)
    secret: str = connection.scope["state"][_STATE]
    return secret
