"""What every page of one installation shares: its settings, its theme, its menu. Made once, at start."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from litestar.connection import ASGIConnection

from materiel.domain.accounts.site import SiteFacts
from materiel.settings import Settings
from materiel.use_cases.accounts.site import read_site
from materiel.use_cases.process.running import tell_restoration
from materiel.web.assets import Assets, own_assets
from materiel.web.theme import Theme, theme_named

BELIEVED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Site:
    """One installation as its pages see it."""

    settings: Settings = field(repr=False)
    own: Assets
    theme: Theme
    kept: KeptFacts

    @property
    def csrf_key(self) -> bytes:
        """Signs the tokens of the forms, and nothing else."""
        return hmac.digest(self.settings.secret_key.encode(), b"materiel:csrf", hashlib.sha256)

    @property
    def facts(self) -> SiteFacts:
        """What the site says of itself: its own pages first, then the settings of the server."""
        return self.kept.facts

    @property
    def demonstration(self) -> bool:
        """Whether every page says that this is one."""
        return self.kept.facts.demonstration

    @property
    def accessibility(self) -> str:
        """The mention that the law wants at the foot of every page."""
        return self.facts.accessibility


class KeptFacts:
    """What the base says of the site, read again after two seconds: a page costs no query for it."""

    def __init__(self, defaults: SiteFacts) -> None:
        self._defaults = defaults
        self._read_at = float("-inf")
        self.facts = defaults

    def __deepcopy__(self, memo: object) -> KeptFacts:
        """Litestar copies what it is given; what was read is of the whole server."""
        return self

    async def refresh(self) -> None:
        """Read again what is old."""
        if monotonic() - self._read_at >= BELIEVED_SECONDS:
            await self.read()

    async def read(self) -> SiteFacts:
        """Read now."""
        await tell_restoration()
        self.facts = (await read_site()).completed_by(self._defaults)
        self._read_at = monotonic()
        return self.facts


def defaults_of(settings: Settings) -> SiteFacts:
    """What the settings of the server say of the site."""
    return SiteFacts(
        organisation=settings.organisation,
        publication_director=settings.publication_director,
        hosting=settings.hosting,
        contact=settings.contact,
        dpo=settings.dpo,
        audit_on=settings.audit_date,
        audit_rate=settings.audit_rate,
        audit_by=settings.audit_by,
        accessibility_plan=settings.accessibility_plan,
    )


def site_of(settings: Settings) -> Site:
    """The site of these settings. Raises what `theme_named` raises."""
    own = own_assets()
    return Site(settings, own, theme_named(settings.theme, own), KeptFacts(defaults_of(settings)))


def current_site(connection: ASGIConnection[Any, Any, Any, Any]) -> Site:
    """The site that serves a request."""
    state: Mapping[str, Any] = connection.app.state
    site: Site = state["site"]
    return site
