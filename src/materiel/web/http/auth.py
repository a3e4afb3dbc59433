"""Who calls the API: a Bearer token, its role and its managing service. Cookies open nothing here.

A token read from the database is believed for two seconds: a revocation holds after that in every process, and a
busy client does not pay a second query for each of its requests. Pages never read the Authorization header: a token
opens no page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from time import monotonic

from litestar import Request
from litestar.datastructures import State
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from materiel.domain.accounts.roles import Actor
from materiel.web.http.errors import Unauthenticated
from materiel.web.http.rate_limit import RateLimit
from materiel.web.http.trace import start_clock
from materiel.web.http.visit import network_in

LONGEST_TOKEN = 200
BELIEVED_SECONDS = 2.0
MOST_BELIEVED = 10_000

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
        self._believed: dict[bytes, tuple[Actor, datetime]] = {}

    def __deepcopy__(self, memo: object) -> ApiGate:
        """Litestar copies the middlewares of a router for each of its routes; the counters are of all of them."""
        return self

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request through with its actor, or raise `Unauthenticated` or `TooManyRequests`."""
        start_clock(scope)
        if scope["route_handler"].opt.get("public"):
            self._by_address.take(network_in(scope), monotonic())
            await next_app(scope, receive, send)
            return
        try:
            actor = await self._actor(scope)
        except Unauthenticated:
            self._by_address.take(network_in(scope), monotonic())
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
                "Envoyez votre jeton dans l'en-tête « Authorization: Bearer <jeton> ». "
                "L'API n'accepte ni cookie, ni jeton dans l'adresse.",
            )
        actor = await self._actor_of(token) if len(token) <= LONGEST_TOKEN else None
        if actor is None:
            raise Unauthenticated(
                "auth.token_invalid",
                "Ce jeton est inconnu, expiré ou révoqué. Demandez-en un nouveau à l'administrateur de votre service.",
            )
        return actor

    async def _actor_of(self, token: str) -> Actor | None:
        now = self._clock()
        # The digest, so that a dump of this process's memory holds no token.
        digest = hashlib.sha256(token.encode()).digest()
        if digest in self._believed:
            actor, read_at = self._believed[digest]
            if 0 <= (now - read_at).total_seconds() < BELIEVED_SECONDS:
                return actor
            del self._believed[digest]
        found = await self._authenticate(token, now)
        if found is not None:
            if len(self._believed) >= MOST_BELIEVED:
                self._believed.clear()
            self._believed[digest] = (found, now)
        return found


async def provide_actor(request: Request[Actor, None, State]) -> Actor:
    """The actor that the gate let in."""
    return request.user
