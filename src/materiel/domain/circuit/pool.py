"""The pool (« ce qui dort dans l'académie »): what lies in the stocks of its services, held by nobody for months.

Source: domain § 8.2: a coordinator sees what is idle across the services of one académie, without any pupil's data, and
may ask for it. What is told of an item is what it is, whose it is and where it lies; nothing of who held it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.item.family import ItemFamily

MONTHS = (3, 6, 12, 24)
"""For how many months at least, as the page offers it."""

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFilter:
    """Which items are shown. `q`: words of what it is, all of which must be found."""

    months: int = MONTHS[1]
    family: ItemFamily | None = None
    service_code: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolItem:
    """An item that sleeps. `place`: the commune of its service. `idle_since`: the last return, or its arrival.

    `is_asked`: a transfer of it awaits an answer. `is_in_kit`: it passes once its service has taken it out of its kit.
    """

    id: UUID
    service_id: UUID
    service_code: str
    service_name: str
    place: str
    inventory_number: str
    designation: str
    family: ItemFamily
    category: str
    idle_since: date
    is_asked: bool
    is_in_kit: bool


@dataclass(frozen=True, slots=True)
class PoolTally:
    """How many items of a family sleep at a service, by its code."""

    service_code: str
    family: ItemFamily
    found: int
