"""Refused log-ins and accesses (« accès refusés »): what the journal keeps of them, and how it stays short. Pure.

One entry tells what was refused within a while for one account, one token or one link, with how many times and from how
many networks: never an address, never what was typed. An account that nobody knows belongs to no service: its refusals
are only counted.

Source: délibération CNIL n° 2021-122 du 14 octobre 2021 (journalisation); ANSSI, recommandations pour l'architecture
d'un système de journalisation (échecs d'authentification et d'accès).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

EVERY = timedelta(hours=1)
"""The first refusal is written at once; the next ones of the same kind, together, an hour after: 25 entries a day."""

MANY_NOT_FOUND = 20
"""Records that are not found are told from that many on: somebody tries identifiers. Fewer is an old bookmark.

Whether they exist in another service is not looked up: the journal would tell it to whoever tries.
"""

MOST_NETWORKS = 1_000


class RefusedKind(StrEnum):
    """What was refused; the value is the action of the entry."""

    PASSWORD = "user.password_refused"
    CODE = "user.code_refused"
    OWN_PASSWORD = "user.own_password_refused"
    SLOWED = "user.slowed_down"
    CLOSED = "user.closed_refused"
    IDENTITY = "user.identity_refused"
    LINK = "access_link.refused"
    FORBIDDEN = "access.forbidden"
    NOT_FOUND = "access.not_found"


@dataclass(frozen=True, slots=True)
class RefusedAccess:
    """Who was refused what: an account (`user`), a token (`token`) or a link (`access_link`) of a service."""

    kind: RefusedKind
    service_id: UUID
    subject_kind: str
    subject_id: UUID


@dataclass(slots=True)
class RefusalTally:
    """How often, from how many networks, from `first_at` to `last_at` (UTC)."""

    first_at: datetime
    last_at: datetime
    times: int = 0
    networks: frozenset[str] = frozenset()

    def add(self, network: str, at: datetime) -> None:
        """Count one more."""
        self.times += 1
        self.last_at = max(self.last_at, at)
        if network and len(self.networks) < MOST_NETWORKS:
            self.networks |= {network}

    def merge(self, later: RefusalTally) -> None:
        """Count those of another."""
        self.times += later.times
        self.last_at = max(self.last_at, later.last_at)
        self.networks |= later.networks


def is_due(kind: RefusedKind, tally: RefusalTally, written_at: datetime | None, now: datetime) -> bool:
    """Whether an entry is written now.

    Args:
        written_at: when the last one of the same was.
    """
    if kind is RefusedKind.NOT_FOUND and tally.times < MANY_NOT_FOUND:
        return False
    return written_at is None or not timedelta(0) <= now - written_at < EVERY


def is_forgotten(kind: RefusedKind, tally: RefusalTally, now: datetime) -> bool:
    """Whether what is too little to be told is given up."""
    return kind is RefusedKind.NOT_FOUND and tally.times < MANY_NOT_FOUND and now - tally.first_at >= EVERY
