"""An account (« compte ») of a managing service: someone of the service who uses the product.

The journal never holds this name: it keeps `user:<id>`, so that erasing an account leaves the history whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account. `email` is unique in the installation, in lower case; instants are UTC."""

    id: UUID
    service_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
