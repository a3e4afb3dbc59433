"""The calendar behind a private address: what the account may read of its service, days and numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from materiel.domain.accounts.roles import PERMISSIONS, Permission
from materiel.domain.calendar.ics import written
from materiel.domain.desk.agenda import AFTER, BEFORE, agenda_of
from materiel.errors import NotFound
from materiel.store.accounts import calendar_feed as feeds
from materiel.store.accounts import service as services
from materiel.store.accounts import user as users
from materiel.store.circuit import transfer as transfers
from materiel.store.desk import agenda as store
from materiel.store.work import pause as pauses
from materiel.use_cases.accounts.calendar_feed import digest_of

NAME = "Prêt de matériel"
"""How a calendar program calls it; neither the service nor what it lends."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar as iCalendar, and nothing else."""

    text: str


async def read_calendar(secret: str, *, now: datetime) -> Calendar:
    """The calendar of a private address.

    Raises:
        NotFound: `calendar.not_found`, an unknown or forgotten address, a closed account; which is not said.
    """
    account_id = await feeds.account_of(digest_of(secret))
    user = await users.find(account_id) if account_id is not None else None
    if user is None or user.disabled_at is not None or Permission.READ not in PERMISSIONS[user.role]:
        raise NotFound("calendar.not_found", "Cet agenda n'existe pas, ou plus.")
    today = (await services.get(user.service_id)).civil_date(now)
    first, last = today - BEFORE, today + AFTER
    writes = Permission.WRITE in PERMISSIONS[user.role]
    days = agenda_of(
        user.service_id,
        await store.endings(user.service_id, first, last),
        await store.deliveries(user.service_id, first, last) if writes else [],
        await pauses.of_service(user.service_id),
        today,
        meetings=await store.meetings(user.service_id, first, last),
        stocktakes=await store.stocktakes(user.service_id, first, last),
        lent_until=await transfers.lent_between(user.service_id, first, last),
    )
    return Calendar(written(NAME, days, now=now))
