"""Sessions: one browser, for whom, and until when. The cookie holds an identifier, the database only its SHA-256.

Pure: instants are UTC and parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.accounts.roles import Actor
from materiel.domain.calendar.civil_day import civil_date


class SubjectKind(StrEnum):
    """Whom a session serves."""

    ANONYMOUS = "anonymous"
    ACCOUNT = "account"
    FAMILY = "family"
    INSTITUTION = "institution"
    REFERENT = "referent"
    HANDED = "handed"
    """Whoever holds a device that an agent handed over. No row is of this kind: it is what an account's session serves
    while it holds `HANDED_OVER`, and until its password is given."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`idle`: the longest time without a request; `total`: the longest time at all."""

    idle: timedelta
    total: timedelta


# A family reads an agreement at its own pace and a school is interrupted by its pupils: WCAG 2.2.1 exempts a limit
# longer than twenty hours. An account opens far more: a working day, and a forgotten screen closes by itself.
LIFETIMES: dict[SubjectKind, Lifetime] = {
    SubjectKind.ANONYMOUS: Lifetime(timedelta(minutes=30), timedelta(hours=1)),
    SubjectKind.ACCOUNT: Lifetime(timedelta(hours=4), timedelta(hours=12)),
    SubjectKind.FAMILY: Lifetime(timedelta(hours=24), timedelta(hours=48)),
    SubjectKind.INSTITUTION: Lifetime(timedelta(hours=24), timedelta(hours=48)),
    # One person, who opens a phone at each meeting; the pages name pupils.
    SubjectKind.REFERENT: Lifetime(timedelta(hours=24), timedelta(hours=48)),
}

SEEN_EVERY = timedelta(minutes=1)
"""How stale `seen_at` may be: it is noted at most once in that time."""

MESSAGE = "flash"
"""Under which name a session holds the message that its next page shows once: kind, text, what was left, identifier,
where it is undone and until when."""


LINKS = "links"
"""Under which name a family's session holds the other links opened in the same browser, latest first."""


HANDED_OVER = "handed_over"
"""Under which name an account's session holds that its device is in somebody else's hands, to sign in person: it opens
the pages of that signature and nothing else."""


def message_id(data: Mapping[str, object]) -> str:
    """What tells the message of a session from any other; empty when it holds none."""
    held = data.get(MESSAGE)
    if not isinstance(held, list):
        return ""
    # A session written by an earlier release has no identifier there.
    return str(held[3]) if len(held) > 3 else "unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session. `subject_id` is the account's or the link's id, empty for an anonymous visitor.

    `data` holds small JSON values that must survive a redirection: a message to show once, a login half done.
    """

    id_hash: str
    subject_kind: SubjectKind
    subject_id: str
    service_id: UUID | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    data: Mapping[str, object] = field(default_factory=dict)

    def is_valid(self, now: datetime) -> bool:
        """Neither too old nor left alone too long."""
        return now < self.expires_at and now - self.seen_at < LIFETIMES[self.subject_kind].idle

    def is_stale(self, now: datetime) -> bool:
        """Whether `seen_at` deserves a write."""
        return now - self.seen_at >= SEEN_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is behind a session, as the pages show and as the use cases want it.

    `actor` is set for an account, unless it still owes the second factor that its service requires: it then may set
    one up and nothing else. `link_id` is set for a family or an institution; `other_links` are those of other children
    of the family, opened before in the same browser, latest first. `zone` is that of the service's territory.
    """

    kind: SubjectKind
    name: str
    service_id: UUID
    zone: ZoneInfo
    actor: Actor | None = None
    account_id: UUID | None = None
    link_id: UUID | None = None
    other_links: tuple[UUID, ...] = ()

    def civil_date(self, instant: datetime) -> date:
        """The day of an instant where the service is."""
        return civil_date(instant, self.zone)
