"""Who calls the API: a Bearer token, its role and its managing service. Cookies open nothing here.

Every request asks the database for its token again, so a revocation holds from the next request on, in every
process. Pages never read the Authorization header: a token opens no page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from time import monotonic

from litestar import Request
from litestar.datastructures import State
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from materiel.domain.roles import Actor
from materiel.web.errors import Unauthenticated
from materiel.web.rate_limit import RateLimit
from materiel.web.trace import start_clock

LONGEST_TOKEN = 200

Authenticate = Callable[[str, datetime], Awaitable[Actor | None]]


class ApiGate(ASGIMiddleware):
    """Rate limits, then the actor of the request, put in `scope["user"]`.

    Routes marked `opt={"public": True}` need no token; they are limited by address.
    """

    def __init__(
        self,
        authenticate: Authenticate,
        clock: Callable[[], datetime],
        *,
        by_token: RateLimit | None = None,
        by_address: RateLimit | None = None,
    ) -> None:
        self._authenticate = authenticate
        self._clock = clock
        self._by_token = by_token or RateLimit(rate=1000, burst=5000)
        self._by_address = by_address or RateLimit(rate=100, burst=1000)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request through with its actor, or raise `Unauthenticated` or `TooManyRequests`."""
        start_clock(scope)
        if scope["route_handler"].opt.get("public"):
            self._by_address.take(_address(scope), monotonic())
            await next_app(scope, receive, send)
            return
        try:
            actor = await self._actor(scope)
        except Unauthenticated:
            self._by_address.take(_address(scope), monotonic())
            raise
        self._by_token.take(actor.id, monotonic())
        scope["user"] = actor
        await next_app(scope, receive, send)

    async def _actor(self, scope: Scope) -> Actor:
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = header.decode("latin-1").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(
                "auth.token_missing",
                "Envoyez votre jeton dans l'en-tête « Authorization: Bearer <jeton> ». "
                "L'API n'accepte ni cookie, ni jeton dans l'adresse.",
            )
        actor = await self._authenticate(token, self._clock()) if len(token) <= LONGEST_TOKEN else None
        if actor is None:
            raise Unauthenticated(
                "auth.token_invalid",
                "Ce jeton est inconnu, expiré ou révoqué. Demandez-en un nouveau à l'administrateur de votre service.",
            )
        return actor


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


async def provide_actor(request: Request[Actor, None, State]) -> Actor:
    """The actor that the gate let in."""
    return request.user
