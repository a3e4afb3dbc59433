"""Confirmations of presence (« récolement ») of items deposited at a school, by the school or its commune.

Law: Code civil, art. 1927 (the depositary keeps the item with care). Nobody has to confirm: a confirmation helps the
service to know where its items are, and its absence proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What an institution said of an item deposited there.

    `seen_on` is a civil date, `confirmed_by` what the journal calls whoever said it, `confirmed_link` the link by which
    they came, None for one that cannot be told, `confirmed_at` an instant in UTC.
    """

    id: UUID
    service_id: UUID
    item_id: UUID
    loan_id: UUID
    is_present: bool
    seen_on: date
    confirmed_by: str
    confirmed_at: datetime
    confirmed_link: UUID | None = None

    def says_again(self, *, is_present: bool, on: date) -> bool:
        """Whether saying this today would add nothing: a form sent twice is kept once."""
        return self.is_present is is_present and self.seen_on == on
