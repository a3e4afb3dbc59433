"""Noting refused log-ins and accesses in memory; a loop of the server writes them to the journal of their service.

Nothing refused makes the writer busy, and a page that only reads writes nothing. A process that is killed loses what
was noted since the last writing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.refused_access import (
    EVERY,
    RefusalTally,
    RefusedAccess,
    RefusedKind,
    is_due,
    is_forgotten,
)
from materiel.domain.accounts.roles import Actor
from materiel.domain.accounts.user import User
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.use_cases.process.noting import Notebook

MOST_NOTED = 10_000
"""Beyond that many different refusals in memory the next ones are counted and not kept."""

STRANGER = "stranger"
"""What the journal keeps of whoever proved nothing."""

_log = logging.getLogger("materiel.refusal")


class RefusalBuffer(Notebook):
    """Refusals noted and not written yet; the same one again is counted, not repeated."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._noted: dict[RefusedAccess, RefusalTally] = {}
        self._written: dict[RefusedAccess, datetime] = {}
        self._unknown = 0
        self._lost = 0

    def note(self, refused: RefusedAccess, network: str) -> None:
        """Note one refusal; touches no database."""
        now = self._clock()
        if refused not in self._noted:
            if len(self._noted) >= MOST_NOTED:
                self._lost += 1
                return
            self._noted[refused] = RefusalTally(now, now)
        self._noted[refused].add(network, now)

    def count_unknown(self) -> None:
        """Count one try of an account that does not exist."""
        self._unknown += 1

    async def flush(self, *, all_of_it: bool = False) -> int:
        """Write what is due, in one transaction; how many entries. What cannot be written waits for the next time.

        Args:
            all_of_it: the server stops.
        """
        now = self._clock()
        self._written = {each: at for each, at in self._written.items() if now - at < EVERY}
        for refused in [each for each, tally in self._noted.items() if is_forgotten(each.kind, tally, now)]:
            del self._noted[refused]
        due = {
            refused: tally
            for refused, tally in self._noted.items()
            if is_due(refused.kind, tally, None if all_of_it else self._written.get(refused), now)
        }
        for refused in due:
            del self._noted[refused]
        try:
            if due:
                await _write(due)
        except BaseException:
            for refused, tally in due.items():
                if (later := self._noted.get(refused)) is not None:
                    tally.merge(later)
                self._noted[refused] = tally
            raise
        self._written |= dict.fromkeys(due, now)
        for count, told in ((self._unknown, "log-ins to unknown accounts"), (self._lost, "refusals not kept")):
            if count:
                _log.warning("%s: %d", told, count)
        self._unknown = self._lost = 0
        return len(due)


noting: ContextVar[RefusalBuffer | None] = ContextVar("refusals", default=None)
"""Where the request under way notes its refusals; nowhere outside a server."""


def note_refusal(kind: RefusedKind, user: User | None, network: str) -> None:
    """Note what was refused to whoever tried an account; one that does not exist is only counted."""
    buffer = noting.get()
    if buffer is None:
        return
    if user is None:
        buffer.count_unknown()
    else:
        buffer.note(RefusedAccess(kind, user.service_id, "user", user.id), network)


def note_dead_link(link_id: UUID, service_id: UUID) -> None:
    """Note that a link opened nothing any more."""
    if (buffer := noting.get()) is not None:
        buffer.note(RefusedAccess(RefusedKind.LINK, service_id, "access_link", link_id), "")


def refused_to(actor: Actor, kind: RefusedKind) -> RefusedAccess | None:
    """What is noted when an account or a token is refused something; None for any other actor."""
    subject_kind, _, key = actor.id.partition(":")
    return RefusedAccess(kind, actor.service_id, subject_kind, UUID(key)) if subject_kind in {"user", "token"} else None


@in_one_visit
async def _write(due: dict[RefusedAccess, RefusalTally]) -> None:
    async with write_transaction():
        for refused, tally in sorted(due.items(), key=lambda item: (str(item[0].service_id), item[1].first_at)):
            is_known = refused.kind in {RefusedKind.FORBIDDEN, RefusedKind.NOT_FOUND, RefusedKind.OWN_PASSWORD}
            await journal.By(
                refused.service_id,
                f"{refused.subject_kind}:{refused.subject_id}" if is_known else STRANGER,
                tally.last_at,
            ).note(
                refused.kind.value,
                refused.subject_id,
                {
                    "times": tally.times,
                    "networks": len(tally.networks),
                    "since": tally.first_at.isoformat(timespec="seconds"),
                },
                of=refused.subject_kind,
            )
