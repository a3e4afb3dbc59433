"""An account (« compte ») of a managing service: someone of the service who uses the product.

The journal never holds this name: it keeps `user:<id>`, so that erasing an account leaves the history whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Role
from materiel.domain.language.french import long_date
from materiel.errors import RuleBroken

TITLE_MAX, DELEGATION_MAX = 100, 150
"""With the last day, they make the quality that an evidence keeps: three hundred signs at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account. `email` is unique in the installation, in lower case; instants are UTC.

    `title` is the quality of whoever signs for the State, `delegation` the act that lets them, as they are printed with
    each signature; `delegation_ends_on` is its last day, None for one without.
    """

    id: UUID
    service_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    title: str = ""
    delegation: str = ""
    delegation_ends_on: date | None = None

    @property
    def quality(self) -> str:
        """In what quality this person signs for the State: title, delegation and its last day; empty for none."""
        until = f"jusqu'au {long_date(self.delegation_ends_on)}" if self.delegation_ends_on else ""
        return ", ".join(filter(None, (self.title, self.delegation, until)))


def check_may_sign_for_state(user: User, on: date) -> None:
    """Refuse who has no quality to sign for the State, or whose delegation is over that day.

    Raises:
        RuleBroken: `state_signature.no_quality`, `state_signature.delegation_over`.

    Source: décret n° 2005-850 du 27 juillet 2005 (délégations de signature); Code des relations entre le public et
    l'administration, art. L212-1: a decision bears the name and the quality of its author.
    """
    if not user.title:
        raise RuleBroken(
            "state_signature.no_quality",
            "Votre qualité n'est pas renseignée : un administrateur du service l'écrit à « Réglages », « Comptes », "
            "avec votre délégation de signature.",
        )
    if user.delegation_ends_on is not None and user.delegation_ends_on < on:
        raise RuleBroken(
            "state_signature.delegation_over",
            f"Votre délégation de signature a pris fin le {long_date(user.delegation_ends_on)} : un administrateur du "
            "service note la nouvelle à « Réglages », « Comptes ».",
        )
