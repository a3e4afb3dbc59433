"""Who keeps a deposit: the commune of a public école or the body that runs it, else the school through its
head.

Law: circulaire n° 2001-221; Code de l'éducation, art. L212-1, L411-1 (an école has no legal personality), R421-20;
domain § 1.6, E34, E35. A name that nobody typed gives a neutral printed form (« Le maire de Baulon »).
"""

from __future__ import annotations

from dataclasses import dataclass

from materiel.domain.address import Address
from materiel.domain.language.french import of_place
from materiel.domain.language.identifiers import LEGAL_COMMUNE_NAMES, legal_commune
from materiel.domain.papers.document import Party
from materiel.domain.papers.required import has_mayor
from materiel.domain.papers.signatories import Custodian
from materiel.domain.places.municipality import Municipality
from materiel.domain.places.school import School


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A school, the school that signs for it (its mother school for a section) and its commune."""

    school: School
    signing_school: School
    municipality: Municipality | None

    @property
    def custodian(self) -> Custodian:
        """The third party of a deposit here."""
        return custodian_of(self.signing_school, self.municipality)


def custodian_of(school: School, municipality: Municipality | None = None) -> Custodian:
    """Name the third party of a deposit at a school.

    Args:
        school: the school that signs; of a section (SEGPA, SEP), its mother school.
        municipality: the school's commune, needed for a public école; None gives neutral forms from the school.

    Source: circulaire n° 2001-221; Code de l'éducation, art. L212-1, L411-1, R421-20; domain § 1.6, E34, E35.
    """
    if has_mayor(school.kind):
        return _local_authority(school, municipality)
    return Custodian(
        party=Party.HEAD_OF_SCHOOL,
        name=school.name,
        signatory_name=school.head_name or "Le chef d'établissement",
        signatory_title=school.head_title or ("chef d'établissement" if school.head_name else ""),
        address=school.address,
        act=school.board_act,
        on_behalf_of=school.on_behalf_of,
        is_named=bool(school.head_name),
        contact_id=school.contact_id,
    )


def _local_authority(school: School, municipality: Municipality | None) -> Custodian:
    of_commune = of_place(commune_name(school, municipality), commune_code(school, municipality))
    if municipality is None:
        return Custodian(
            party=Party.MUNICIPALITY,
            name=f"Commune {of_commune}",
            signatory_name=f"Le maire {of_commune}",
            signatory_title="",
            address=town_hall_address(school, None),
        )
    if not municipality.is_run_by_another_body:
        name, neutral, title = f"Commune {of_commune}", f"Le maire {of_commune}", "maire"
        signatory = municipality.signatory_name or municipality.mayor_name
        address = municipality.authority_address or town_hall_address(school, municipality)
    else:
        name = municipality.body_name
        neutral, title = f"Le président – {name}", "président"
        signatory = municipality.signatory_name
        address = municipality.authority_address or town_hall_address(school, municipality)
    return Custodian(
        party=Party.MUNICIPALITY,
        name=name,
        signatory_name=signatory or neutral,
        signatory_title=municipality.signatory_title or (title if signatory else ""),
        address=address,
        act=municipality.deliberation,
        is_named=bool(signatory),
        contact_id=municipality.contact_id,
    )


def commune_name(school: School, municipality: Municipality | None) -> str:
    """The legal commune's name: Paris, Lyon or Marseille for an arrondissement (E34)."""
    code = commune_code(school, municipality)
    fallback = municipality.name if municipality else school.municipality_name
    return LEGAL_COMMUNE_NAMES.get(code, fallback)


def commune_code(school: School, municipality: Municipality | None) -> str:
    """The INSEE code of the legal commune."""
    return legal_commune(municipality.insee_code if municipality else school.municipality_insee)


def town_hall_address(school: School, municipality: Municipality | None) -> Address:
    """The town hall's recorded address, else the school's postcode with the commune's name (no street)."""
    if municipality is not None and municipality.address is not None:
        return municipality.address
    return Address(lines=(), postcode=school.address.postcode, city=commune_name(school, municipality))
