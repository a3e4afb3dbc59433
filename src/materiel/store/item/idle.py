"""Items that sleep in the stock, as a condition on `item`, and when one was last held."""

from __future__ import annotations

IDLE = (
    "item.status = 'in_stock' AND item.created_at < {} AND NOT EXISTS"
    " (SELECT 1 FROM loan_item WHERE loan_item.item = item.id AND loan_item.handed_over_on IS NOT NULL"
    " AND (loan_item.removed_on IS NULL OR loan_item.removed_on >= {}))"
)
"""Values: the instant before which it was registered, the day since when nobody has held it."""

_LAST = (
    "(SELECT max(loan_item.removed_on) FROM loan_item WHERE loan_item.item = item.id"
    " AND loan_item.handed_over_on IS NOT NULL)"
)
LAST_HELD = f"{_LAST} AS last_held"
LONGEST_ASLEEP = f"COALESCE({_LAST}, item.created_at)"
"""What orders items by how long they have slept; both engines compare a day with an instant."""

FREE_TO_PASS = (
    "item.lent_until IS NULL AND NOT item.safety_hold"
    " AND NOT EXISTS (SELECT 1 FROM disposal_item WHERE disposal_item.item = item.id AND disposal_item.holds)"
)
"""What another service may be shown: what is lent by a third one is that one's to lend again, what a safety recall
holds goes nowhere, and what an end of life takes out is nobody's.
"""
