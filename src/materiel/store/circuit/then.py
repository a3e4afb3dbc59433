"""Where a loan was in the evening of a day, as a join: its school, and who kept its items. Value: the day."""

from __future__ import annotations

PLACE_THEN = (
    " LEFT JOIN loan_school AS place ON place.id = (SELECT past.id FROM loan_school AS past WHERE past.loan = loan.id"
    " AND (past.since IS NULL OR past.since <= {}) ORDER BY past.id DESC LIMIT 1)"
    " JOIN school ON school.id = COALESCE(place.school, loan.school)"
)
CUSTODY_THEN = "COALESCE(place.custody, loan.custody)"
