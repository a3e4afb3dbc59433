"""Municipalities, and the local authorities that answer for their schools instead of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.address import Address
from materiel.domain.language.labelled import LabelledEnum


class AuthorityKind(LabelledEnum):
    """Who runs the public écoles of a municipality (E35)."""

    COMMUNE = "commune", "Commune"
    EPCI = "epci", "Établissement public de coopération intercommunale"
    SYNDICATE = "syndicate", "Syndicat scolaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """A commune with the contacts that one managing service knows; the annuaire has none (domain § 3.6).

    The mayor receives notices. The `authority_*` fields name who signs deposits: the commune, or the body that holds
    the competence, which then has its own mailbox. `deliberation` is its optional act, « n° … du … ». `contact_id`
    names, for life, whom that service knows there; None while nothing was typed. `source_fields` are those that are as
    the administration's directory said (`domain.places.directory`), `source` its paternity and `source_on` its date.
    """

    insee_code: str
    name: str
    departement: str
    address: Address | None = None
    email: str = ""
    phone: str = ""
    mayor_name: str = ""
    authority_kind: AuthorityKind = AuthorityKind.COMMUNE
    authority_name: str = ""
    authority_address: Address | None = None
    authority_email: str = ""
    signatory_name: str = ""
    signatory_title: str = ""
    deliberation: str = ""
    source: str = ""
    source_on: date | None = None
    source_fields: tuple[str, ...] = ()
    contact_id: UUID | None = None
    version: int = 1

    @property
    def is_run_by_another_body(self) -> bool:
        """Whether its public écoles are run by an EPCI or a school syndicate, which then signs and keeps (E35)."""
        return self.authority_kind is not AuthorityKind.COMMUNE

    @property
    def body_name(self) -> str:
        """The name of that body, else its kind."""
        return self.authority_name or str(self.authority_kind.label)
