"""Loans as a list shows them: one statement a page, newest first, with the school and the pupil of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from materiel.domain.loan.loan import LoanStatus
from materiel.store.engine.search import words_of
from materiel.store.engine.statement import Statement

LAST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanFilter:
    """What is listed; an empty filter lists all. `under_way` leaves out what is over.

    `q`: words of the pupil, of the school, or of an item, all of which must be found.
    `deposits_only`: what stays at school, shared or not.
    """

    q: str = ""
    status: LoanStatus | None = None
    under_way: bool = False
    school: str = ""
    pupil: UUID | None = None
    deposits_only: bool = False


async def ids(service_id: UUID, wanted: LoanFilter, *, limit: int, before: UUID | None = None) -> list[UUID]:
    """At most `limit` loans of a service, newest first, before one of them."""
    words = words_of(wanted.q)
    values: list[object] = [service_id, before or LAST]
    conditions: list[str] = []
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
    for word in words:
        conditions.append(_HOLDS)
        values.extend([f"%{word}%"] * 3)
    rows = await _statement(tuple(conditions)).fetch(*values, limit)
    return [row["id"] for row in rows]


_HOLDS = (
    "(pupil.search LIKE {} OR place.search LIKE {} OR EXISTS (SELECT 1 FROM loan_item"
    " JOIN item ON item.id = loan_item.item WHERE loan_item.loan = loan.id AND item.search LIKE {}))"
)


@lru_cache
def _statement(conditions: tuple[str, ...]) -> Statement:
    where = " AND ".join(("loan.service = {}", "loan.id < {}", *conditions))
    return Statement(
        "SELECT loan.id FROM loan JOIN school AS place ON place.id = loan.school"
        f" LEFT JOIN pupil ON pupil.id = loan.pupil WHERE {where} ORDER BY loan.id DESC LIMIT {{}}"
    )
