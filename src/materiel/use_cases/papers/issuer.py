"""Who issues, when, and for which site: what every act that makes a paper or a letter is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from materiel.domain.accounts.roles import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues, when, the address of the site, and the shorter one printed in codes if there is one."""

    actor: Actor
    now: datetime
    base_url: str
    label_url: str = ""

    @property
    def today(self) -> date:
        """The civil date of issue, where the service is."""
        return self.actor.civil_date(self.now)
