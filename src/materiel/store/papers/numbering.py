"""Numbers of agreements: without a gap, by managing service and school year."""

from __future__ import annotations

from uuid import UUID

from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement

_NEXT = Statement(
    "INSERT INTO agreement_counter (id, service, school_year, last) VALUES ({}, {}, {}, 1)"
    " ON CONFLICT (service, school_year) DO UPDATE SET last = agreement_counter.last + 1 RETURNING last"
)


async def next_number(service_id: UUID, school_year: int) -> int:
    """The next number, from 1, of a school year named by its first civil year.

    Call it inside the transaction that issues the document: the row stays locked until its end, so a rollback gives
    the number back and two issuers never get the same.
    """
    row = await _NEXT.fetch_one(new_id(), service_id, school_year)
    if row is None:
        raise LookupError("an INSERT … RETURNING gave no row")
    number: int = row["last"]
    return number
