"""Who acts in a request and when, as the use cases ask for it."""

from __future__ import annotations

from datetime import date, datetime

from litestar.di import NamedDependency

from materiel.domain.accounts.roles import Actor
from materiel.settings import Settings
from materiel.use_cases.papers.issuer import Issuer


async def provide_issuer(
    actor: NamedDependency[Actor], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Issuer:
    """Who issues, now, under the address of this installation."""
    return Issuer(actor=actor, now=now, base_url=settings.base_url, label_url=settings.label_url)


async def provide_today(actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> date:
    """The civil date where the service of the account is."""
    return actor.civil_date(now)
