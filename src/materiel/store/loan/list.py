"""Loans as a list shows them: filtered, sorted, a page at a time, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.language.order import LinePlace, Order
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import AGREEMENTS
from materiel.store.engine.search import words_of
from materiel.store.engine.sorting import ListedRows, SortKey, sorted_page
from materiel.store.engine.statement import Statement, words

LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanFilter:
    """What is listed; an empty filter lists all. `under_way` leaves out what is over.

    `q`: words of the pupil, of the school, of an item or of the old paper's reference, all of which must be found.
    `deposits_only`: what stays at school, shared or not.
    """

    q: str = ""
    status: LoanStatus | None = None
    under_way: bool = False
    school: str = ""
    pupil: UUID | None = None
    deposits_only: bool = False


_RANKS = " ".join(f"WHEN '{status.value}' THEN {rank}" for rank, status in enumerate(LoanStatus))
SORTS = {
    "cree": SortKey("loan.id", UUID, indexed=True, unique=True),
    "qui": SortKey("trim(coalesce(pupil.search, ''))"),
    "numero": SortKey(
        "coalesce((SELECT max(document.number) FROM document WHERE document.loan = loan.id AND document.kind IN"
        f" ({words(AGREEMENTS)})), loan.paper_reference)"
    ),
    "nombre": SortKey("(SELECT count(*) FROM loan_item WHERE loan_item.loan = loan.id)", int),
    "ou": SortKey("lower(place.name)"),
    "etat": SortKey(f"(CASE loan.status {_RANKS} END)", int),
    "fin": SortKey("loan.ends_on", date),
}
"""By the name of the column; what has no index is for a list known to be short."""


async def page(
    service_id: UUID, wanted: LoanFilter, order: Order, *, limit: int, after: LinePlace | None = None
) -> list[tuple[UUID, LinePlace]]:
    """At most `limit` loans of a service after the place of one of them, each with its own."""
    conditions, values = _asked(service_id, wanted)
    rows = await sorted_page(
        ListedRows(columns="loan.id", source=_JOINED, conditions=conditions, values=values, id="loan.id"),
        SORTS[order.column],
        descending=order.descending,
        limit=limit,
        after=after,
    )
    return [(row["id"], place) for row, place in rows]


async def ids(service_id: UUID, wanted: LoanFilter, *, limit: int, before: UUID | None = None) -> list[UUID]:
    """At most `limit` loans of a service, newest first, before one of them."""
    after = None if before is None else LinePlace(before, before)
    return [loan_id for loan_id, _ in await page(service_id, wanted, NEWEST, limit=limit, after=after)]


async def count(service_id: UUID, wanted: LoanFilter, *, at_most: int | None = None) -> int:
    """How many loans of a service there are: all of them, or up to so many."""
    conditions, values = _asked(service_id, wanted)
    source = _JOINED if wanted.q or wanted.school else "loan"
    few = "" if at_most is None else " LIMIT {}"
    (row,) = await Statement(
        f"SELECT count(*) AS found FROM (SELECT 1 FROM {source} WHERE {' AND '.join(conditions)}{few}) AS few"
    ).fetch(*values, *([] if at_most is None else [at_most]))
    found: int = row["found"]
    return found


async def count_things(service_id: UUID, wanted: LoanFilter) -> int:
    """How many items these loans have, those taken out of them included."""
    conditions, values = _asked(service_id, wanted)
    (row,) = await Statement(
        f"SELECT count(*) AS found FROM {_JOINED} JOIN loan_item ON loan_item.loan = loan.id"
        f" WHERE {' AND '.join(conditions)}"
    ).fetch(*values)
    found: int = row["found"]
    return found


NEWEST = Order("cree", descending=True)
_JOINED = "loan JOIN school AS place ON place.id = loan.school LEFT JOIN pupil ON pupil.id = loan.pupil"
_HOLDS = (
    "(pupil.search LIKE {} OR place.search LIKE {} OR lower(loan.paper_reference) LIKE {} OR EXISTS (SELECT 1"
    " FROM loan_item JOIN item ON item.id = loan_item.item WHERE loan_item.loan = loan.id AND item.search LIKE {}))"
)


def _asked(service_id: UUID, wanted: LoanFilter) -> tuple[list[str], list[object]]:
    values: list[object] = [service_id]
    conditions = ["loan.service = {}"]
    if wanted.status is not None:
        conditions.append("loan.status = {}")
        values.append(wanted.status.value)
    if wanted.under_way:
        conditions.append("loan.status NOT IN ('returned', 'cancelled', 'closed')")
    if wanted.school:
        conditions.append("place.uai = {}")
        values.append(wanted.school)
    if wanted.pupil is not None:
        conditions.append("loan.pupil = {}")
        values.append(wanted.pupil)
    if wanted.deposits_only:
        conditions.append("loan.custody = 'school'")
    for word in words_of(wanted.q):
        conditions.append(_HOLDS)
        values.extend([f"%{word}%"] * 4)
    return conditions, values
