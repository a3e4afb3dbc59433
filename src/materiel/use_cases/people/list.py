"""The pupils of the actor's service as a list: sorted, a page at a time, and how many there are."""

from __future__ import annotations

from datetime import datetime

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.order import LinePlace, Order
from materiel.store.people import list as store
from materiel.store.people.list import ListedPupil
from materiel.use_cases.search.total import Total, whole_total

__all__ = ["ListedPupil", "pupil_page", "total_pupils"]


async def pupil_page(
    q: str, order: Order, *, actor: Actor, limit: int, after: LinePlace | None = None
) -> list[ListedPupil]:
    """Pupils whose names hold every word, after the place of one of them."""
    actor.require(Permission.READ)
    return await store.page(actor.service_id, q, order, limit=limit, after=after)


async def total_pupils(q: str, *, actor: Actor, now: datetime) -> Total:
    """How many pupils these words find, on all pages."""
    actor.require(Permission.READ)

    async def add_up(at_most: int | None) -> Total:
        return Total(await store.count(actor.service_id, q, at_most=at_most))

    return await whole_total(("pupils", actor.service_id, q), add_up, now, searched=bool(q))
