"""Signed copies (« exemplaires signés »): an issued document, the pages that prove its signatures, and one seal.

A copy is written when a signature is given and waits for its seal; sealed, it never changes. A later signature makes
another copy. Law: Code civil, art. 1366, 1367 and 1375.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.papers.document import Document
from materiel.errors import Conflict

LATE_AFTER = timedelta(minutes=10)
"""A seal takes some milliseconds: what waits longer waits for somebody."""

RETRY_AFTER = timedelta(minutes=1)
LONGEST_RETRY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCopy:
    """One copy, without its bytes. `record` is the JSON that it proves, `sha256` the digest of the whole file.

    `subject` and `fingerprint` are those of the certificate, `is_worthless` when a demonstration made it. `error` is
    why it is not sealed yet, in French. Instants are UTC.
    """

    id: UUID
    service_id: UUID
    document_id: UUID
    record: str
    is_complete: bool
    made_at: datetime
    next_attempt_at: datetime
    sha256: str | None = None
    sealed_at: datetime | None = None
    subject: str = ""
    fingerprint: str = ""
    is_time_stamped: bool = False
    is_worthless: bool = False
    attempts: int = 0
    error: str = ""

    @property
    def is_sealed(self) -> bool:
        """Whether it is what anybody may be given."""
        return self.sealed_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSeals:
    """How many copies wait for their seal, since when the first of them does (UTC), and why; nothing for none."""

    count: int
    since: datetime | None = None
    error: str = ""

    def is_late(self, now: datetime) -> bool:
        """Whether somebody should look at it."""
        return self.since is not None and now >= self.since + LATE_AFTER


def retry_at(attempts: int, now: datetime) -> datetime:
    """When to try again what could not be sealed, after so many tries."""
    doubled: int = 2 ** min(attempts, 10)
    return now + min(RETRY_AFTER * doubled, LONGEST_RETRY)


def check_signed(document: Document) -> None:
    """Refuse the copy of what nobody signed.

    Raises:
        Conflict: `document.unsigned`.
    """
    if not document.has_signature:
        raise Conflict(
            "document.unsigned",
            "Personne n'a encore signé ce document : il n'a pas d'exemplaire signé. Prenez le document émis.",
        )


def still_waiting(error: str) -> Conflict:
    """What to say of a copy that is not sealed yet."""
    why = f" {error}" if error else ""
    return Conflict(
        "document.copy_waiting",
        f"L'exemplaire signé attend son cachet électronique : réessayez dans quelques minutes.{why}",
    )
