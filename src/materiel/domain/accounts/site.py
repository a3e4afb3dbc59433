"""What a site says of itself on its public pages, and what it still has to say.

Law: loi n° 2004-575 du 21 juin 2004, art. 1-1 (legal notice); loi n° 2005-102, art. 47 (accessibility).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

PARTLY_COMPLIANT = 50
"""Percent of the criteria from which a site may say that it complies partly (décret n° 2019-768)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """Texts are empty, and `audit_on` None, while nobody has said them.

    `service_id` is the service whose administrators set them; None while the installer named none.
    `demonstration`: every person of this base is invented, and nothing leaves it but for `.invalid` mailboxes.
    """

    organisation: str = ""
    publication_director: str = ""
    hosting: str = ""
    contact: str = ""
    dpo: str = ""
    audit_on: date | None = None
    audit_rate: int = 0
    audit_by: str = ""
    accessibility_plan: str = ""
    service_id: UUID | None = None
    demonstration: bool = False
    version: int = 1

    @property
    def accessibility(self) -> str:
        """The mention that the law wants at the foot of every page: « non conforme » without an audit."""
        if self.audit_on is None or self.audit_rate < PARTLY_COMPLIANT:
            return "non conforme"
        return "totalement conforme" if self.audit_rate == 100 else "partiellement conforme"

    @property
    def missing(self) -> tuple[str, ...]:
        """What the law wants said and nobody has, in French."""
        wanted = {
            "l'éditeur": self.organisation,
            "le directeur de la publication": self.publication_director,
            "l'hébergeur": self.hosting,
        }
        return tuple(name for name, said in wanted.items() if not said)

    def completed_by(self, defaults: SiteFacts) -> SiteFacts:
        """The same, what is not said taken from the settings of the server; an audit is taken whole."""
        names = ("organisation", "publication_director", "hosting", "contact", "dpo", "accessibility_plan")
        said = {name: getattr(self, name) or getattr(defaults, name) for name in names}
        audit = self if self.audit_on else defaults
        return replace(self, **said, audit_on=audit.audit_on, audit_rate=audit.audit_rate, audit_by=audit.audit_by)


def may_set(facts: SiteFacts, service_id: UUID, services: Sequence[UUID]) -> bool:
    """Whether the administrators of a service set the site: the one that the installer named, or the only one."""
    if facts.service_id is not None:
        return facts.service_id == service_id
    return list(services) == [service_id]


def is_fictitious(address: str) -> bool:
    """Whether a mailbox can be nobody's: a domain that never exists (RFC 2606)."""
    return address.rpartition("@")[2].lower().rpartition(".")[2] == "invalid"
