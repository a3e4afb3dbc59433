"""Where the objects of a loan were kept, from which day on: a loan moves, what happened before does not (E9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from materiel.domain.usage import Custody


@dataclass(frozen=True, slots=True)
class Placement:
    """The school and the custody of a loan from a day on."""

    school_uai: str
    custody: Custody
    since: date


def placement_on(placements: Sequence[Placement], day: date) -> Placement | None:
    """Where a loan was on a day; its first place for a day before all, None for a loan without any.

    Args:
        placements: in the order in which they were recorded; of two of one day, the later counts.
    """
    begun = sorted((each for each in placements if each.since <= day), key=lambda each: each.since)
    return begun[-1] if begun else next(iter(placements), None)
