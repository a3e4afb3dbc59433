"""What waits for the reader's service, counted beside the entries of the menu of every page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from materiel.domain.accounts.roles import PERMISSIONS, Permission
from materiel.domain.desk.dashboard import DUTIES, Concern
from materiel.domain.language.typography import count
from materiel.use_cases.desk.dashboard import ConcernTally, tallies, tallies_lately
from materiel.web.http.csrf import SAFE_METHODS
from materiel.web.http.session import session_in

_STATE = "waiting"

OURS = tuple(concern for concern, duty in DUTIES.items() if not duty.theirs)
BESIDE: Mapping[str, tuple[Concern, ...]] = {
    "dashboard:show": OURS,
    "folder:show": (Concern.OWN_SIGNATURE,),
    "returned:list": (Concern.SCANS,),
    "notice:list": (Concern.NOTICE,),
    "incident:list": (Concern.INCIDENT,),
    "repair:list": (Concern.REPAIR_LATE,),
    "outbox:list": (Concern.MAIL,),
}
"""The concerns that each entry of the menu leads to, by the name of its route."""


MOST_REMEMBERED = 10_000


class CountsOfMenu(ASGIMiddleware):
    """Counts what waits for whoever may read it: the latest counts for who has just written and for the home page,
    those of the last seconds for the others.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._wrote: set[str] = set()
        """The sessions that sent a form and have read no page since, in this process."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count, then go on."""
        session = session_in(scope)
        actor = session.person.actor if session is not None and session.person is not None else None
        if session is not None and actor is not None and Permission.READ in PERMISSIONS[actor.role]:
            reads = scope.get("method") in SAFE_METHODS
            latest = scope["path"] == "/" or session.has_news or session.id_hash in self._wrote
            tally = tallies if reads and latest else tallies_lately
            scope["state"][_STATE] = await tally(actor=actor, now=self._clock())
            self._remember(session.id_hash, reads=reads)
        await next_app(scope, receive, send)

    def _remember(self, session: str, *, reads: bool) -> None:
        if reads:
            self._wrote.discard(session)
            return
        if len(self._wrote) >= MOST_REMEMBERED:
            self._wrote.clear()
        self._wrote.add(session)


def counts_of(scope: Scope) -> dict[str, str]:
    """By route, the number beside its entry as it is told (« 12 », « 100+ »); an entry without anything is left out."""
    found: list[ConcernTally] = scope["state"].get(_STATE, [])
    counted = {each.concern: each for each in found}
    told = {}
    for route, concerns in BESIDE.items():
        if number := told_number(counted[concern] for concern in concerns if concern in counted):
            told[route] = number
    return told


def told_number(tallies: Iterable[ConcernTally]) -> str:
    """How many things these concerns list, together: « 12 », « 100+ »; empty for nothing."""
    mine = list(tallies)
    number = sum(each.count for each in mine)
    return f"{count(number)}{'+' if any(each.more for each in mine) else ''}" if number else ""
