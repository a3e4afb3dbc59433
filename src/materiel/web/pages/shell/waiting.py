"""What waits for the reader's service, counted beside the entries of the menu of every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from materiel.domain.desk.dashboard import DUTIES, Concern
from materiel.use_cases.desk.dashboard import ConcernTally, tallies
from materiel.web.http.session import session_in

_STATE = "waiting"

OURS = tuple(concern for concern, duty in DUTIES.items() if not duty.theirs)
BESIDE: Mapping[str, tuple[Concern, ...]] = {
    "dashboard:show": OURS,
    "awaited:list": (Concern.OWN_SIGNATURE,),
    "notice:list": (Concern.NOTICE,),
    "incident:list": (Concern.INCIDENT,),
    "outbox:list": (Concern.MAIL,),
}
"""The concerns that each entry of the menu leads to, by the name of its route."""


class CountsOfMenu(ASGIMiddleware):
    """Counts what waits for whoever may read it; one statement while nothing was written in the service."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count, then go on."""
        session = session_in(scope)
        actor = session.person.actor if session is not None and session.person is not None else None
        if actor is not None:
            scope["state"][_STATE] = await tallies(actor=actor, now=self._clock())
        await next_app(scope, receive, send)


def counts_of(scope: Scope) -> dict[str, str]:
    """By route, the number beside its entry as it is told (« 12 », « 100+ »); an entry without anything is left out."""
    found: list[ConcernTally] = scope["state"].get(_STATE, [])
    counted = {each.concern: each for each in found}
    told = {}
    for route, concerns in BESIDE.items():
        mine = [counted[concern] for concern in concerns if concern in counted]
        if number := sum(each.count for each in mine):
            told[route] = f"{number}{'+' if any(each.more for each in mine) else ''}"
    return told
