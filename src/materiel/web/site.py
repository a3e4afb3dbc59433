"""What every page of one installation shares: its settings, its theme, its menu. Made once, at start."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar.connection import ASGIConnection

from materiel.settings import Settings
from materiel.web.assets import Assets, own_assets
from materiel.web.theme import Theme, theme_named


@dataclass(frozen=True, slots=True)
class Site:
    """One installation as its pages see it."""

    settings: Settings = field(repr=False)
    own: Assets
    theme: Theme

    @property
    def csrf_key(self) -> bytes:
        """Signs the tokens of the forms, and nothing else."""
        return hmac.digest(self.settings.secret_key.encode(), b"materiel:csrf", hashlib.sha256)

    @property
    def accessibility(self) -> str:
        """The mention that the law wants at the foot of every page: « non conforme » without an audit."""
        rate = self.settings.audit_rate
        if not self.settings.audit_date or rate < 50:
            return "non conforme"
        return "totalement conforme" if rate == 100 else "partiellement conforme"


def site_of(settings: Settings) -> Site:
    """The site of these settings. Raises what `theme_named` raises."""
    own = own_assets()
    return Site(settings, own, theme_named(settings.theme, own))


def current_site(connection: ASGIConnection[Any, Any, Any, Any]) -> Site:
    """The site that serves a request."""
    state: Mapping[str, Any] = connection.app.state
    site: Site = state["site"]
    return site
