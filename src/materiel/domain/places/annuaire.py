"""Whether a file of the annuaire is whole for a département: absence is judged there alone.

A manager exports the collèges, or the écoles of one town, and imports them: what the file leaves out still exists. The
annuaire itself loses one or two schools in a hundred a year.
"""

from __future__ import annotations

TOLERATED_PERCENT = 5
"""More than this share of the open schools known missing: the file is an extract."""

LEAST_SCHOOLS = 20
"""Of a département that nothing is known of yet; the smallest mainland one has over a hundred."""


def is_whole(known: int, missing: int) -> bool:
    """Whether a file holds a whole département.

    Args:
        known: its schools already known, open and not absent; at least one.
        missing: those of them that the file does not hold. One may always have closed.
    """
    return missing <= max(1, known * TOLERATED_PERCENT // 100) and missing * 2 <= known


def looks_whole(schools: int, *, has_ecoles: bool, has_colleges: bool) -> bool:
    """Whether a file seems to hold a whole département that nothing is known of yet: both degrees, enough schools."""
    return schools >= LEAST_SCHOOLS and has_ecoles and has_colleges
