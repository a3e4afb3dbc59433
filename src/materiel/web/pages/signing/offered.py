"""By which means a person may be told from others behind a link, as the pages offer them and as their forms say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.language.french import enumeration
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.people.mobile import masked_mobile
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.identity import LIFETIME, Identified
from materiel.domain.signing.one_time_code import OneTimeCode
from materiel.settings import Settings
from materiel.web.http.forms import Form

FIELD = "means"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What is offered besides a code by e-mail: nothing, unless the settings say so.

    `address` is the mailbox as the page shows it; empty when the service asked for a code by SMS. `mobile` is the
    number, masked; empty without one, or without a gateway. `provider` is who may give an identity; `mobile_with` who
    else has that number.
    """

    address: str = ""
    mobile: str = ""
    provider: str = ""
    mobile_with: str = ""

    @property
    def options(self) -> list[tuple[str, str]]:
        """The choices of the form, e-mail first."""
        told = [
            (Means.EMAIL, f"Recevoir le code par courriel à {self.address}" if self.address else ""),
            (Means.SMS, f"Recevoir le code par SMS au {self.mobile}" if self.mobile else ""),
            (Means.IDENTITY, f"M’identifier avec {self.provider}, sans code" if self.provider else ""),
        ]
        return [(means.value, words) for means, words in told if words]

    @property
    def first(self) -> str:
        """The choice made when nothing else is."""
        return self.options[0][0] if self.options else ""

    def choose(self, form: Form) -> None:
        """Make the first choice in a form where none is made."""
        if not form.typed(FIELD):
            form.set(FIELD, self.first)

    def chosen(self, form: Form) -> Means:
        """What a form says, or the first choice; a fault of the form for anything that is not offered."""
        if not self.options:
            return Means.EMAIL
        typed = form.typed(FIELD) or self.first
        if typed not in [value for value, _ in self.options]:
            form.fault(FIELD, "Choisissez comment confirmer que c’est vous.")
            return Means.EMAIL
        return Means(typed)

    @property
    def codes(self) -> list[tuple[str, str]]:
        """The choices of another code; none to a number that others have, which asks who signs, on the first page."""
        return [
            (value, words)
            for value, words in self.options
            if value == Means.EMAIL or (value == Means.SMS and not self.mobile_with)
        ]

    def again(self, form: Form, last: OneTimeCode | None) -> Means:
        """By which means another code goes: as the form says, else as the last one went."""
        typed = form.typed(FIELD)
        if typed in [value for value, _ in self.codes]:
            return Means(typed)
        return last.means if last is not None else Means.SMS if self.first == Means.SMS else Means.EMAIL

    def sent_to(self, code: OneTimeCode | None, address: str) -> str:
        """Where a code went, as the page says it: « à » an address, « par SMS au » a number."""
        if code is not None and code.means is Means.SMS:
            return f"par SMS au {masked_mobile(code.sent_to)}"
        return f"à {address}"

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The choices, when there is one to make."""
        return self.options if len(self.options) > 1 or self.first == Means.SMS else []


ONLY_MAIL = Offered()
"""A code to the mailbox of the link, as institutions receive theirs."""


def offered_to(person: FamilyPerson, settings: Settings | None, address: str, *, only_sms: bool = False) -> Offered:
    """What a person of a family is offered.

    Args:
        address: their mailbox as the pages show it.
        only_sms: the service asked for a code by SMS, and by no mailbox that others read.
    """
    has_gateway = settings is not None and settings.sms_gateway is not None
    provider = settings.family_provider if settings is not None else None
    return Offered(
        address="" if only_sms else address,
        mobile=masked_mobile(person.mobile) if has_gateway and person.mobile else "",
        provider=provider.name if provider is not None else "",
        mobile_with=enumeration(list(person.shares_mobile_with)) if has_gateway else "",
    )


def code_context(
    offered: Offered, code: OneTimeCode | None, identity: Identified | None, address: str, now: datetime
) -> dict[str, Any]:
    """What the page where a code is typed shows of how the person is told from others."""
    fresh = identity is not None and is_too_soon(identity.at, now, LIFETIME)
    return {
        "offered": offered,
        "code_until": code.expires_at if code is not None and code.expires_at > now else None,
        "by_sms": code is not None and code.means is Means.SMS,
        "sent_to": offered.sent_to(code, address),
        "no_code": code is None and bool(offered.provider),
        "other_codes": [(value, words) for value, words in offered.codes if code is None or value != code.means],
        "identity": identity if fresh else None,
    }
