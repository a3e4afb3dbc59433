"""Items that sleep in the stock, as a condition on `item`, and when one was last held."""

from __future__ import annotations

IDLE = (
    "item.status = 'in_stock' AND item.created_at < {} AND NOT EXISTS"
    " (SELECT 1 FROM loan_item WHERE loan_item.item = item.id AND loan_item.handed_over_on IS NOT NULL"
    " AND (loan_item.removed_on IS NULL OR loan_item.removed_on >= {}))"
)
"""Values: the instant before which it was registered, the day since when nobody has held it."""

LAST_HELD = (
    "(SELECT max(loan_item.removed_on) FROM loan_item WHERE loan_item.item = item.id"
    " AND loan_item.handed_over_on IS NOT NULL) AS last_held"
)
