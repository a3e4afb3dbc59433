"""Pupils as a list shows them: by name, with their school and how many loans they have under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.language.order import LinePlace, Order
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.search import words_of
from materiel.store.engine.sorting import ListedRows, SortKey, sorted_page
from materiel.store.engine.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPupil:
    """A pupil without a family; `loans` are under way. `at`: where the pupil stands in the list."""

    id: UUID
    last_name: str
    first_name: str
    birth_date: date
    school_name: str
    municipality_name: str
    loans: int
    at: LinePlace


_PUPIL = Mapper(ListedPupil, given=("at",))
_LOANS = (
    "(SELECT count(*) FROM loan WHERE loan.pupil = pupil.id AND loan.status NOT IN ('returned', 'cancelled', 'closed'))"
)
_COLUMNS = (
    "pupil.id, pupil.last_name, pupil.first_name, pupil.birth_date, school.name AS school_name,"
    f" municipality.name AS municipality_name, {_LOANS} AS loans"
)
_SOURCE = (
    "pupil JOIN school ON school.id = pupil.school JOIN municipality ON municipality.insee_code = school.municipality"
)
SORTS = {
    "nom": SortKey("pupil.search", indexed=True),
    "naissance": SortKey("pupil.birth_date", date),
    "ou": SortKey("lower(school.name)"),
    "commune": SortKey("lower(municipality.name)"),
    "prets": SortKey(_LOANS, int),
}
"""By the name of the column; what has no index is for a list known to be short."""


async def page(
    service_id: UUID, q: str, order: Order, *, limit: int, after: LinePlace | None = None
) -> list[ListedPupil]:
    """At most `limit` pupils of a service whose names hold every word, after the place of one of them."""
    conditions, values = _asked(service_id, q)
    rows = await sorted_page(
        ListedRows(columns=_COLUMNS, source=_SOURCE, conditions=conditions, values=values, id="pupil.id"),
        SORTS[order.column],
        descending=order.descending,
        limit=limit,
        after=after,
    )
    return [_PUPIL.value(row, at=place) for row, place in rows]


async def count(service_id: UUID, q: str, *, at_most: int | None = None) -> int:
    """How many pupils of a service there are by these words: all of them, or up to so many."""
    conditions, values = _asked(service_id, q)
    few = "" if at_most is None else " LIMIT {}"
    (row,) = await Statement(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM pupil WHERE {' AND '.join(conditions)}{few}) AS few"
    ).fetch(*values, *([] if at_most is None else [at_most]))
    found: int = row["found"]
    return found


def _asked(service_id: UUID, q: str) -> tuple[list[str], list[object]]:
    words = words_of(q)
    return ["pupil.service = {}", *["pupil.search LIKE {}"] * len(words)], [
        service_id,
        *(f"%{each}%" for each in words),
    ]
