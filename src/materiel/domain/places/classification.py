"""What a row of the « Annuaire de l'éducation » is, for the texts: the ordered rules of the domain § 3.9.

Law: circulaire n° 2001-221 (public or « privé sous contrat », never « médico-éducatif »); Code de l'éducation, art.
L351-1 (agricultural schools). Codes decide, never labels: the published label of contract 21 has a typing error, and
« Privé » alone says nothing of a contract. The order matters: medico-educational establishments carry contract codes,
and private agricultural lycées the nature of ordinary ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.places.school import SchoolKind, Sector

PARTIAL_CONTRACTS = frozenset({"21", "31", "41"})
"""« Partie des classes » under contract: the pupil's class must be confirmed."""

GENERAL_CONTRACTS = frozenset({"20", "30", "40"}) | PARTIAL_CONTRACTS
AGRICULTURAL_CONTRACTS = GENERAL_CONTRACTS | {"60"}
NO_CONTRACT = frozenset({"10", "50"})

MEDICO_EDUCATIONAL_NATURES = range(240, 250)
SERVICE_NATURES = frozenset({802, 803, 805, 806, 809, 841})
SERVICE_TYPES = frozenset({"service administratif", "information et orientation"})
POST_BAC_NATURE = 400
SECTION_NATURES = frozenset({334, 335, 390})
AGRICULTURAL_NATURES = frozenset({307, 380})
PRIMARY_NATURES = range(100, 200)
SECONDARY_NATURES = range(300, 391)
SECONDARY_TYPES = frozenset({"collège", "lycée", "erea"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What classification reads of one row. Codes and names as published; `parent_uai` is « etablissement_mere »."""

    type_name: str = ""
    sector: Sector = Sector.UNKNOWN
    nature_code: str = ""
    contract_code: str = ""
    ministry: str = ""
    has_post_bac: bool = False
    has_secondary: bool = False
    is_military: bool = False
    parent_uai: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The computed kind. `note` (French) says why a manager must look when the kind is « à vérifier »."""

    kind: SchoolKind
    partial_contract: bool = False
    note: str = ""


def is_section(facts: RowFacts) -> bool:
    """A SEGPA or a professional section that names its school: its kind and its signatory are the parent's."""
    return _nature(facts) in SECTION_NATURES and bool(facts.parent_uai) and _before_sections(facts) is None


def classify(facts: RowFacts, parent: Classification | None = None) -> Classification:
    """Give the kind of a school; every row gets exactly one.

    Args:
        facts: the row.
        parent: of a section, its school's classification; None when the school is unknown, then « à vérifier ».

    Source: circulaire n° 2001-221 du 29 octobre 2001; Code de l'éducation, art. L351-1.
    """
    early = _before_sections(facts)
    if early is not None:
        return early
    if _nature(facts) in SECTION_NATURES and facts.parent_uai:
        return parent or _to_check("Section dont l'établissement de rattachement n'est pas connu.")
    if "AGRICULTURE" in facts.ministry.upper() or _nature(facts) in AGRICULTURAL_NATURES:
        return _agricultural(facts)
    if facts.sector is Sector.PUBLIC:
        return _public(facts)
    if facts.sector is Sector.PRIVATE:
        return _private(facts)
    return _to_check("Ni le secteur ni la nature ne permettent de classer cet établissement.")


def _before_sections(facts: RowFacts) -> Classification | None:
    """Rules 1 to 3, which hold whatever the sector and the contract."""
    nature = _nature(facts)
    type_name = facts.type_name.casefold()
    ministry = facts.ministry.upper()
    if (
        nature in MEDICO_EDUCATIONAL_NATURES
        or type_name == "médico-social"
        or "SANTE" in ministry
        or "SANTÉ" in ministry
        or "SOLIDARITE" in ministry
        or "SOLIDARITÉ" in ministry
    ):
        return Classification(kind=SchoolKind.MEDICO_EDUCATIONAL)
    if nature in SERVICE_NATURES or type_name in SERVICE_TYPES:
        return Classification(kind=SchoolKind.SERVICE)
    post_bac_only = facts.has_post_bac and not facts.has_secondary and nature not in SECONDARY_NATURES
    if nature == POST_BAC_NATURE or post_bac_only:
        return Classification(kind=SchoolKind.POST_BAC)
    return None


def _agricultural(facts: RowFacts) -> Classification:
    if facts.sector is Sector.PUBLIC:
        return Classification(kind=SchoolKind.AGRICULTURAL_PUBLIC)
    if facts.sector is Sector.PRIVATE and facts.contract_code in AGRICULTURAL_CONTRACTS:
        return Classification(
            kind=SchoolKind.AGRICULTURAL_PRIVATE,
            partial_contract=facts.contract_code in PARTIAL_CONTRACTS,
        )
    if facts.sector is Sector.PRIVATE and facts.contract_code in NO_CONTRACT:
        return Classification(kind=SchoolKind.PRIVATE_NO_CONTRACT)
    return _to_check("Établissement agricole privé dont le contrat n'est pas renseigné.")


def _public(facts: RowFacts) -> Classification:
    nature = _nature(facts)
    type_name = facts.type_name.casefold()
    if type_name in {"ecole", "école"} or nature in PRIMARY_NATURES:
        return Classification(kind=SchoolKind.PUBLIC_PRIMARY)
    if type_name in SECONDARY_TYPES or nature in SECONDARY_NATURES:
        if facts.is_military:
            return _to_check("Établissement public du second degré qui n'est pas un EPLE.")
        return Classification(kind=SchoolKind.EPLE)
    return _to_check("Établissement public d'une nature inconnue.")


def _private(facts: RowFacts) -> Classification:
    if facts.contract_code in GENERAL_CONTRACTS:
        return Classification(
            kind=SchoolKind.PRIVATE_UNDER_CONTRACT,
            partial_contract=facts.contract_code in PARTIAL_CONTRACTS,
        )
    if facts.contract_code in NO_CONTRACT:
        return Classification(kind=SchoolKind.PRIVATE_NO_CONTRACT)
    return _to_check("Établissement privé dont le contrat n'est pas renseigné.")


def _to_check(note: str) -> Classification:
    return Classification(kind=SchoolKind.TO_CHECK, note=note)


def _nature(facts: RowFacts) -> int:
    return int(facts.nature_code) if facts.nature_code.isascii() and facts.nature_code.isdigit() else 0
