"""The mailbox of an institution: its links, its signatures and its notices go there, so that a new one is confirmed.

A code is sent to the new mailbox, whoever reads it gives it to the service, and until then the former one is used. The
former one is told: a change that nobody asked for is then seen. The first mailbox ever typed needs no code, unless
links were sent to the institution already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from materiel.domain.calendar.waiting import is_too_soon
from materiel.errors import RuleBroken

LIFETIME = timedelta(days=7)
"""A town hall reads its mail within some days; the code is given by telephone."""

MOST_TRIES = 5
ASK_AGAIN_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxChange:
    """A new mailbox that awaits its code. A school by its id, or a commune by its INSEE code; instants are UTC.

    `source_on`: the date of the file of the administration's directory that it comes from; None when somebody typed it.
    """

    id: UUID
    service_id: UUID
    school_id: UUID | None
    insee_code: str | None
    of_authority: bool
    former: str
    email: str
    attempts: int
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    source_on: date | None = None


def needs_confirmation(former: str, email: str, *, links_sent: bool) -> bool:
    """Whether a mailbox must be confirmed before it is used; emptying one never is."""
    return bool(email) and email.lower() != former.lower() and (bool(former) or links_sent)


def check_may_ask(pending: MailboxChange | None, email: str, now: datetime) -> None:
    """Refuse to send a second code at once to the same mailbox.

    Raises:
        RuleBroken: `mailbox.too_soon`.
    """
    is_same = pending is not None and pending.email.lower() == email.lower()
    if pending is not None and is_same and is_too_soon(pending.asked_at, now, ASK_AGAIN_AFTER):
        raise RuleBroken(
            "mailbox.too_soon", "Un code vient de partir à cette adresse. Attendez une demi-minute avant un autre."
        )


def check_usable(pending: MailboxChange, now: datetime) -> None:
    """Refuse a code that may not be tried any more.

    Raises:
        RuleBroken: `mailbox.code_expired`, `mailbox.code_exhausted`.
    """
    if now >= pending.expires_at:
        raise RuleBroken(
            "mailbox.code_expired",
            f"Ce code a plus de {LIFETIME.days} jours. Saisissez de nouveau l'adresse pour en envoyer un autre.",
        )
    if pending.attempts >= MOST_TRIES:
        raise RuleBroken(
            "mailbox.code_exhausted",
            f"Ce code a été essayé {MOST_TRIES} fois. Saisissez de nouveau l'adresse pour en envoyer un autre.",
        )
