"""Which answers refuse something to an account or to a token: noted once they leave, without making anybody wait."""

from __future__ import annotations

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from materiel.domain.accounts.refused_access import RefusedKind
from materiel.use_cases.history.refusal import RefusalBuffer, noting, refused_to
from materiel.web.http.headers import Hook
from materiel.web.http.visit import network_in
from materiel.web.reading import actor_in

KINDS = {403: RefusedKind.FORBIDDEN, 404: RefusedKind.NOT_FOUND}


def noting_refusals(buffer: RefusalBuffer) -> Hook:
    """A Litestar `before_send` hook: notes what was forbidden, and a record that was not found."""

    async def note(message: Message, scope: Scope) -> None:
        kind = KINDS.get(message["status"]) if message["type"] == "http.response.start" else None
        actor = actor_in(scope) if kind else None
        if kind is None or actor is None or (kind is RefusedKind.NOT_FOUND and not scope.get("path_params")):
            return
        if (refused := refused_to(actor, kind)) is not None:
            buffer.note(refused, network_in(scope))

    return note


def keeping_refusals(app: ASGIApp, buffer: RefusalBuffer) -> ASGIApp:
    """The application, whose use cases note in a buffer what they refuse."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        token = noting.set(buffer)
        try:
            await app(scope, receive, send)
        finally:
            noting.reset(token)

    return answer
