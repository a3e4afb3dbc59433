"""Parties of a loan: the managing service, the municipality, the pupil with homes and representatives.

Law: Code de l'éducation, art. L131-4 (persons responsible); Code civil, art. 372-2, 388, 413-6.
Holds names and addresses only: no diagnosis, no reason, no family situation beyond « two homes » (domain § 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.civil_day import civil_date, zone_of
from materiel.domain.labelled import LabelledEnum

LOAN_YEARS = 5
"""Years that a loan is kept after its end. Code civil, art. 2224: until then either side may still claim."""

PUPIL_YEARS = 1
"""Years that a pupil without any loan is kept: whoever was lent nothing may come back at the next school year."""


class ServiceKind(LabelledEnum):
    """Kinds of managing service (« service gestionnaire »)."""

    DSDEN = "dsden", "Direction des services départementaux de l'éducation nationale"
    RECTORAT = "rectorat", "Rectorat"


class RenewalPolicy(LabelledEnum):
    """How long an agreement runs, by choice of the service (domain § 2.3)."""

    YEARLY = "yearly", "À signer de nouveau chaque rentrée"
    BASIS = "basis", "Jusqu'à la fin de la notification"
    SCHOOLING = "schooling", "Pendant la scolarité dans l'académie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `lines` holds one to four lines without the postcode and the city.

    `country` is the French name of a foreign country, empty in France; the postcode is then the country's own.
    """

    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str = ""

    @property
    def place(self) -> tuple[str, ...]:
        """The last lines: postcode and city, then the country in capitals, alone on its line."""
        return tuple(line for line in (f"{self.postcode} {self.city}".strip(), self.country.upper()) if line)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagingService:
    """A DSDEN or a rectorat, lender for the State. `signatory_*` and `delegation` fill the State's signature box.

    `loan_years` and `pupil_years` say how long files are kept, `retention_reference` by which rule (`retention`).
    """

    id: UUID
    code: str
    name: str
    kind: ServiceKind
    academie: str
    departement: str
    address: Address
    phone: str = ""
    email: str = ""
    opening_hours: str = ""
    signatory_name: str = ""
    signatory_title: str = ""
    delegation: str = ""
    dpo_contact: str = ""
    renewal_policy: RenewalPolicy = RenewalPolicy.YEARLY
    ask_both_parents: bool = False
    inventory_pattern: str = ""
    require_second_factor: bool = False
    loan_years: int = LOAN_YEARS
    pupil_years: int = PUPIL_YEARS
    retention_reference: str = ""
    version: int = 1

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its territory, where its days begin and end."""
        return zone_of(self.departement)

    def civil_date(self, instant: datetime) -> date:
        """The day of an instant where the service is."""
        return civil_date(instant, self.zone)


class AuthorityKind(LabelledEnum):
    """Who runs the public écoles of a municipality (E35)."""

    COMMUNE = "commune", "Commune"
    EPCI = "epci", "Établissement public de coopération intercommunale"
    SYNDICATE = "syndicate", "Syndicat scolaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """A commune with the contacts that one managing service knows; the annuaire has none (domain § 3.6).

    The mayor receives notices. The `authority_*` fields name who signs deposits: the commune, or the body
    that holds the competence, which then has its own mailbox. `deliberation` is its optional act, « n° … du … ».
    `contact_id` names, for life, whom that service knows there; None while nothing was typed.
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


class Capacity(LabelledEnum):
    """In what capacity a person signs for a pupil (E4); the API takes the stored values."""

    MOTHER = "mother", "mère"
    FATHER = "father", "père"
    PARENT = "parent", "parent"
    GUARDIAN = "guardian", "tuteur ou tutrice"
    INSTITUTION = "institution", "service de l'aide sociale à l'enfance"
    DELEGATE = "delegate", "tiers délégataire de l'autorité parentale"
    CURATOR = "curator", "curateur ou curatrice"
    PROTECTION = "protection", "mandataire judiciaire à la protection des majeurs"
    OTHER = "other", "personne responsable"


class ProtectionRegime(LabelledEnum):
    """Legal capacity of the pupil beyond age (E5-E7)."""

    NONE = "none", "Aucun"
    EMANCIPATED = "emancipated", "Mineur émancipé"
    SAFEGUARD = "safeguard", "Sauvegarde de justice"
    CURATORSHIP = "curatorship", "Curatelle"
    GUARDIANSHIP = "guardianship", "Tutelle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One place where the pupil lives; two when parents are separated (P2).

    `confidential`: the address is not to be told (« adresse à ne pas communiquer »): it stands on no paper, since one
    paper is read by both homes, by the school and by the commune.
    """

    address: Address
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """A person responsible for the pupil (« représentant légal »). `id` is kept for life: a correction keeps it.

    `home` is an index into the pupil's homes. `on_behalf_of` names the institution; `reference` the act seen
    (judgment, delegation), never its content. `sole_authority`: only this person signs (E3).
    """

    id: UUID
    last_name: str
    first_name: str
    capacity: Capacity
    home: int | None = None
    email: str = ""
    phone: str = ""
    on_behalf_of: str = ""
    reference: str = ""
    sole_authority: bool = False

    @property
    def full_name(self) -> str:
        """First name then last name, as printed."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """A pupil (« élève »), the only beneficiary of an individual loan.

    `disagreement`: the other parent's disagreement is known; one signature no longer suffices (E2).
    `school_uai` is the school actually attended (E22). `died_on` stops every automatic message (E29). `email` and
    `phone` are the pupil's own: an adult and an emancipated minor are the borrower.
    """

    id: UUID
    service_id: UUID
    last_name: str
    first_name: str
    birth_date: date
    school_uai: str
    homes: tuple[Home, ...]
    representatives: tuple[Representative, ...]
    email: str = ""
    phone: str = ""
    protection: ProtectionRegime = ProtectionRegime.NONE
    protection_reference: str = ""
    disagreement: bool = False
    died_on: date | None = None
    version: int = 1

    @property
    def full_name(self) -> str:
        """First name then last name, as printed."""
        return f"{self.first_name} {self.last_name}".strip()
