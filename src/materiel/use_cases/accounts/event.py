"""Telling the owner of an account what happens to it, at the account's own address."""

from __future__ import annotations

from datetime import datetime

from materiel.domain.accounts.event import AccountEvent
from materiel.domain.accounts.user import User
from materiel.domain.calendar.civil_day import local_time
from materiel.domain.work.outbox import Impulse, Purpose
from materiel.errors import RuleBroken
from materiel.store.accounts import service as services
from materiel.use_cases.work.outbox import MessageText, post

CONNECTIONS = "/compte/connexions"


async def tell_owner(user: User, event: AccountEvent, *, base_url: str, now: datetime, browser: str = "") -> None:
    """Write to the owner of an account; in the write transaction of what happened.

    The message names nobody but by the address it goes to, and holds no link that lets in. An account whose address
    cannot be written to is told nothing: its owner must still be able to protect it.

    Args:
        browser: what the browser of the visit says of itself, empty when nobody visits.
    """
    service = await services.get(user.service_id)
    moment = local_time(now, service.zone)
    letter = MessageText(
        purpose=Purpose.ACCOUNT,
        impulse=Impulse.OWN,
        template="account_event",
        to_address=user.email,
        service=service,
        values={
            "title": event.label,
            "said": event.sentence,
            "day": service.civil_date(now),
            "hour": f"{moment.hour}\u00a0h\u00a0{moment:%M}",
            "browser": browser,
            "connections": base_url + CONNECTIONS,
        },
    )
    try:
        await post(letter, base_url=base_url, now=now)
    except RuleBroken:
        return
