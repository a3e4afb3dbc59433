"""What a managing service (« service gestionnaire ») is, and what it must look like."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.academies import ACADEMIES
from materiel.domain.accounts.delays import AMBER_DAYS, LEAST_DELAY, MOST_DELAY, RED_DAYS, Delays
from materiel.domain.address import Address
from materiel.domain.calendar.civil_day import civil_date, zone_of
from materiel.domain.language.fields import Fields
from materiel.domain.language.identifiers import inventory_regex
from materiel.domain.language.labelled import LabelledEnum
from materiel.errors import FieldError, RuleBroken

LOAN_YEARS = 5
"""Years that a loan is kept after its end. Code civil, art. 2224: until then either side may still claim."""

PUPIL_YEARS = 1
"""Years that a pupil without any loan is kept: whoever was lent nothing may come back at the next school year."""

LEAST_YEARS, MOST_LOAN_YEARS, MOST_PUPIL_YEARS = 1, 30, 10


class ServiceKind(LabelledEnum):
    """Kinds of managing service (« service gestionnaire »)."""

    DSDEN = "dsden", "Direction des services départementaux de l'éducation nationale"
    RECTORAT = "rectorat", "Rectorat"


class RenewalPolicy(LabelledEnum):
    """How long an agreement runs, by choice of the service (domain § 2.3)."""

    YEARLY = "yearly", "À signer de nouveau chaque rentrée"
    BASIS = "basis", "Jusqu'à la fin de la notification"
    SCHOOLING = "schooling", "Pendant la scolarité dans l'académie"


class StateSigns(LabelledEnum):
    """When the State signs what others sign too, by choice of the service; see `signing.order`."""

    ANY = "any", "Dans n'importe quel ordre"
    FIRST = "first", "En premier"
    LAST = "last", "En dernier"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagingService:
    """A DSDEN or a rectorat, lender for the State. `signatory_*` and `delegation` fill the State's signature box.

    `loan_years` and `pupil_years` say how long files are kept, `retention_reference` by which rule (`retention`).
    `reminds_daily`: those who have not signed are written to by itself (`signing.daily`). `amber_days` and
    `red_days`: when what waits is coloured (`delays`). `witness_email`: where the head of its journal goes each day.
    `state_signs`: in which order the State signs. `replacement_limit`: how often it replaces what one
    pupil lost or broke by a fault, 0 for no limit. `letterhead`: the digest of the bloc-marque of its new papers.
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
    reminds_daily: bool = False
    amber_days: int = AMBER_DAYS
    red_days: int = RED_DAYS
    witness_email: str = ""
    state_signs: StateSigns = StateSigns.ANY
    replacement_limit: int = 0
    letterhead: str | None = None
    version: int = 1

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its territory, where its days begin and end."""
        return zone_of(self.departement)

    @property
    def delays(self) -> Delays:
        """For how long its pages let a thing wait before they colour it."""
        return Delays(self.amber_days, self.red_days)

    def civil_date(self, instant: datetime) -> date:
        """The day of an instant where the service is."""
        return civil_date(instant, self.zone)


NO_ADDRESS = Address(lines=(), postcode="", city="")
"""A service just created may not have given its address yet."""

NAME_MAX = 200
DELEGATION_MAX = 400
DPO_CONTACT_MAX = 254
PATTERN_MAX = 60
MOST_REPLACEMENTS = 9

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,19}")


def checked_service(service: ManagingService) -> ManagingService:
    """The service with its texts cleaned; refused when a document could not name it or it has no académie.

    Raises:
        RuleBroken: `service.invalid`, with one error for each field at fault.
    """
    fields = Fields("service.invalid")
    if not _CODE.fullmatch(service.code):
        fields.add("/code", "Le code compte 1 à 20 lettres sans accent, chiffres ou tirets : DSDEN35.")
    name = fields.text("/name", service.name, longest=NAME_MAX, required=True, name="le nom")
    _check_academie(fields, service)
    _check_pattern(fields, service)
    _check_years(fields, service)
    _check_delays(fields, service)
    if not 0 <= service.replacement_limit <= MOST_REPLACEMENTS:
        fields.add("/replacement_limit", f"Cette limite va de 0 (aucune limite) à {MOST_REPLACEMENTS}.")
    address = service.address
    cleaned = replace(
        service,
        name=name,
        address=address if address == NO_ADDRESS else fields.address("/address", address),
        phone=fields.phone("/phone", service.phone),
        email=fields.email("/email", service.email),
        witness_email=fields.email("/witness_email", service.witness_email),
        opening_hours=fields.text("/opening_hours", service.opening_hours, longest=NAME_MAX),
        signatory_name=fields.text("/signatory_name", service.signatory_name, longest=NAME_MAX),
        signatory_title=fields.text("/signatory_title", service.signatory_title, longest=NAME_MAX),
        delegation=fields.text("/delegation", service.delegation, longest=DELEGATION_MAX),
        retention_reference=fields.text("/retention_reference", service.retention_reference, longest=NAME_MAX),
        dpo_contact=fields.text("/dpo_contact", service.dpo_contact, longest=DPO_CONTACT_MAX),
    )
    fields.check()
    return cleaned


def missing_for_papers(service: ManagingService) -> tuple[FieldError, ...]:
    """What the documents need of a service and nobody typed; pointers into its own record.

    A signatory without a name gives a neutral form, and a service without a telephone its postal address: the address
    is what nothing replaces.
    """
    if service.address != NO_ADDRESS:
        return ()
    return (FieldError("/address", "L'adresse postale du service manque : rue, code postal et ville."),)


def check_complete(service: ManagingService) -> None:
    """Refuse to make a document in the name of a service that lacks what it prints.

    Raises:
        RuleBroken: `service.incomplete`, one error for each field of the service that is missing.
    """
    missing = missing_for_papers(service)
    if missing:
        raise RuleBroken(
            "service.incomplete",
            " ".join(each.detail for each in missing) + " Un administrateur du service la saisit à « Réglages », "
            "« Service et documents » (/reglages/service) ; les documents pourront alors être émis.",
            errors=missing,
        )


def _check_academie(fields: Fields, service: ManagingService) -> None:
    academie = ACADEMIES.get(service.academie)
    if academie is None:
        fields.add("/academie", f"Le code d'académie « {service.academie[:10]} » est inconnu ; Rennes est 14.")
    elif service.departement not in academie.departements:
        fields.add(
            "/departement",
            f"Le département « {service.departement[:10]} » n'est pas dans l'académie {academie.of_name} "
            f"({', '.join(academie.departements)}).",
        )


def _check_years(fields: Fields, service: ManagingService) -> None:
    """Bounds of retention; the archives and the data protection officer agree on the figures (domain § 4.3)."""
    for pointer, years, most in (
        ("/loan_years", service.loan_years, MOST_LOAN_YEARS),
        ("/pupil_years", service.pupil_years, MOST_PUPIL_YEARS),
    ):
        if not LEAST_YEARS <= years <= most:
            fields.add(pointer, f"La durée de conservation est comprise entre {LEAST_YEARS} et {most} ans.")


def _check_delays(fields: Fields, service: ManagingService) -> None:
    """Red is later than amber: a legal risk weighs more than what has only waited."""
    bounds = f"Ce délai est compris entre {LEAST_DELAY} et {MOST_DELAY} jours."
    amber, red = service.amber_days, service.red_days
    outside = [not LEAST_DELAY <= days <= MOST_DELAY for days in (amber, red)]
    for pointer, wrong in zip(("/amber_days", "/red_days"), outside, strict=True):
        if wrong:
            fields.add(pointer, bounds)
    if not any(outside) and red <= amber:
        fields.add("/red_days", f"Le rouge vient après l'orange : indiquez plus de {amber} jour{'s' * (amber > 1)}.")


def _check_pattern(fields: Fields, service: ManagingService) -> None:
    pattern = fields.text(
        "/inventory_pattern", service.inventory_pattern, longest=PATTERN_MAX, name="le modèle d'inventaire"
    )
    try:
        inventory_regex(pattern, service.departement)
    except ValueError:
        fields.add(
            "/inventory_pattern",
            "Le modèle d'inventaire ne connaît que {dep}, {year} et {seq} : {dep}-{year}-{seq:05}.",
        )
