"""An API token (« jeton »): what a program shows to act for one managing service, with one role, until a day.

The token itself is shown once, when made; the database keeps its SHA-256 only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import Actor, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token. `expires_on` is its last day, a civil date; None never expires. Instants are UTC."""

    id: UUID
    service_id: UUID
    label: str
    role: Role
    created_at: datetime
    expires_on: date | None = None
    revoked_at: datetime | None = None

    def is_valid(self, today: date) -> bool:
        """Neither revoked nor past its last day."""
        return self.revoked_at is None and (self.expires_on is None or today <= self.expires_on)

    def actor(self, zone: ZoneInfo, delays: Delays) -> Actor:
        """Who acts through it, in the time zone and by the delays of its service."""
        return Actor(f"token:{self.id}", self.role, self.service_id, zone, delays)
