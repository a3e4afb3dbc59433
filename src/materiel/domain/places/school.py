"""Schools (« établissements ») and their kinds. The classification of an annuaire row is in `classification`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.address import Address
from materiel.domain.language.labelled import LabelledEnum


class SchoolKind(LabelledEnum):
    """What the texts distinguish among schools; the stored values are those of the API."""

    PUBLIC_PRIMARY = "public_primary", "École publique"
    EPLE = "eple", "Établissement public local d'enseignement (EPLE)"
    PRIVATE_UNDER_CONTRACT = "private_under_contract", "Établissement privé sous contrat"
    PRIVATE_NO_CONTRACT = "private_no_contract", "Établissement privé hors contrat"
    MEDICO_EDUCATIONAL = "medico_educational", "Établissement médico-éducatif"
    AGRICULTURAL_PUBLIC = "agricultural_public", "Établissement agricole public"
    AGRICULTURAL_PRIVATE = "agricultural_private", "Établissement agricole privé sous contrat"
    POST_BAC = "post_bac", "Établissement d'enseignement supérieur"
    SERVICE = "service", "Service administratif"
    TO_CHECK = "to_check", "À vérifier"


class Sector(LabelledEnum):
    """« Public » or « Privé » as the annuaire says; never enough to decide alone."""

    PUBLIC = "public", "Public"
    PRIVATE = "private", "Privé"
    UNKNOWN = "unknown", "Non renseigné"


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """One school of the annuaire, as one managing service knows it: what it typed is its own.

    `kind` is the effective kind: the service's decision if any, else the computed one. `email` is the mailbox in use,
    `published_email` that of the annuaire. `contact_id` names, for life, who signs for the school for that service;
    None while nothing was typed. `municipality_insee` is the commune whose mayor is told: the former one until a
    manager of the service confirmed a change; `published_municipality` is that of the annuaire.

    `partial_contract`: only a part of the classes is under contract; the pupil's class must be confirmed.
    `section_of` is the UAI of the signing school when this row is a section (SEGPA, SEP).
    `absent_since`: civil date of the first import that no longer held it; never deleted.
    """

    id: UUID
    uai: str
    name: str
    kind: SchoolKind
    computed_kind: SchoolKind
    kind_reason: str = ""
    partial_contract: bool = False
    sector: Sector = Sector.UNKNOWN
    type_name: str = ""
    nature_code: str = ""
    contract_code: str = ""
    ministry: str = ""
    section_of: str = ""
    address: Address
    municipality_insee: str
    municipality_name: str
    departement: str
    academie: str
    email: str = ""
    published_email: str = ""
    published_municipality: str = ""
    phone: str = ""
    contact_id: UUID | None = None
    head_name: str = ""
    head_title: str = ""
    on_behalf_of: str = ""
    board_act: str = ""
    has_post_bac: bool = False
    is_open: bool = True
    absent_since: date | None = None
    version: int = 1
