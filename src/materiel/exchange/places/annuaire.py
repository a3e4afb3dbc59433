"""Read the « Annuaire de l'éducation » (`fr-en-annuaire-education`, data.education.gouv.fr, Licence Ouverte 2.0).

Takes the exports of 2023 and of 2026 and the names of the API. What a spreadsheet commonly damages is repaired when the
repair is certain (leading zeros), and reported; what is not certain is refused. Domain § 3.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from materiel.domain.academies import ACADEMIES, academie_code, departement_code
from materiel.domain.address import Address
from materiel.domain.language import identifiers
from materiel.domain.places.classification import RowFacts
from materiel.domain.places.school import Sector
from materiel.exchange.cells import restored_phone
from materiel.exchange.table import BadLine, Columns, TableLayout, TableLine

REQUIRED = (
    "identifiant_de_l_etablissement",
    "nom_etablissement",
    "type_etablissement",
    "statut_public_prive",
    "code_commune",
    "nom_commune",
    "code_departement",
    "code_academie",
    "etat",
    "code_nature",
    "code_type_contrat_prive",
)

BOUNDS = {
    "nom_etablissement": 300,
    "type_etablissement": 60,
    "ministere_tutelle": 120,
    "nom_commune": 200,
    "adresse_1": 200,
    "adresse_2": 200,
    "adresse_3": 200,
    "code_postal": 10,
    "mail": 254,
    "telephone": 40,
    "code_nature": 3,
    "code_type_contrat_prive": 3,
}
"""The longest value of each column, in characters."""

SECTORS = {"public": Sector.PUBLIC, "privé": Sector.PRIVATE, "prive": Sector.PRIVATE}
_MANGLED_NUMBER = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_FLOAT = re.compile(r"[0-9]+\.0")
NOT_OPEN = frozenset({"FERME", "FERMÉ", "FERMEE", "FERMÉE", "A OUVRIR", "À OUVRIR", "2", "4"})
"""What « etat » says of a school that takes no pupil; empty or unknown, it says nothing, and nothing is closed."""

_ANNEXE = re.compile(r"\bannexe\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnuaireRow:
    """One accepted line. `departement` has three characters and `academie` two; `remarks` are (code, French detail).

    `is_one_of_several`: the annuaire says that this UAI has several lines, one for each site.
    """

    line: int
    uai: str
    name: str
    facts: RowFacts
    address: Address
    municipality_insee: str
    municipality_name: str
    departement: str
    academie: str
    email: str
    phone: str
    is_open: bool
    is_one_of_several: bool
    remarks: tuple[tuple[str, str], ...]

    @property
    def is_annexe(self) -> bool:
        """The line describes a secondary site, by its name."""
        return bool(_ANNEXE.search(self.name))


def read_row(line: TableLine) -> AnnuaireRow | BadLine:
    """One line of the annuaire; a `BadLine` says the first reason to refuse it."""
    uai = identifiers.clean_uai(line.get("identifiant_de_l_etablissement"))
    insee = _insee(line)
    departement = departement_code(_code(line, "code_departement"))
    academie = academie_code(_code(line, "code_academie"))
    fault = (
        _uai_fault(uai)
        or _length_fault(line)
        or _place_fault(line, insee=insee, departement=departement, academie=academie)
    )
    if fault:
        return BadLine(line.number, *fault, key=uai)
    return AnnuaireRow(
        line=line.number,
        uai=uai,
        name=line.get("nom_etablissement"),
        facts=_facts(line),
        address=_address(line),
        municipality_insee=insee,
        municipality_name=" ".join(line.get("nom_commune").split()),
        departement=departement,
        academie=academie,
        email=line.get("mail"),
        phone=restored_phone(_code(line, "telephone")),
        is_open=line.get("etat").upper() not in NOT_OPEN,
        is_one_of_several="1" in (line.get("etablissement_multi_lignes"), line.get("multi_uai")),
        remarks=tuple(_remarks(line, uai=uai)),
    )


def _code(line: TableLine, column: str) -> str:
    """A code or a number, without the « .0 » that statistical software puts behind it."""
    value = line.get(column)
    return value[:-2] if _FLOAT.fullmatch(value) else value


def _insee(line: TableLine) -> str:
    """The code of the commune: its lost zero given back, that of a whole city made the city's own."""
    insee = _code(line, "code_commune").upper()
    insee = insee.zfill(5) if len(insee) == 4 else insee
    return identifiers.legal_commune(insee) if insee in identifiers.WHOLE_CITIES else insee


def _uai_fault(uai: str) -> tuple[str, str] | None:
    if not uai:
        return "school.uai_missing", "L'identifiant de l'établissement (UAI) manque."
    detail = identifiers.uai_fault(uai)
    return ("school.uai_invalid", detail) if detail else None


def _length_fault(line: TableLine) -> tuple[str, str] | None:
    if not line.get("nom_etablissement"):
        return "school.name_missing", "Le nom de l'établissement manque."
    for column, bound in BOUNDS.items():
        length = len(_code(line, column))
        if length > bound:
            return (
                "school.field_too_long",
                f"La colonne « {column} » compte {length} caractères ; {bound} au plus.",
            )
    return None


def _place_fault(line: TableLine, *, insee: str, departement: str, academie: str) -> tuple[str, str] | None:
    if not identifiers.is_insee_code(insee):
        return (
            "school.municipality_invalid",
            f"« {line.get('code_commune')[:20]} » n'est pas un code INSEE de commune (cinq caractères).",
        )
    if not line.get("nom_commune"):
        return "school.municipality_missing", "Le nom de la commune manque."
    if not re.fullmatch(r"0[0-9]{2}|02[AB]|9[78][0-9]|[67]20", departement):
        return (
            "school.departement_invalid",
            f"« {line.get('code_departement')[:20]} » n'est pas un code de département, tel que 035 ou 02A.",
        )
    if academie not in ACADEMIES and not re.fullmatch(r"[0-9]{2}", academie):
        return (
            "school.academie_invalid",
            f"« {line.get('code_academie')[:20]} » n'est pas un code d'académie à deux chiffres.",
        )
    return None


def _facts(line: TableLine) -> RowFacts:
    tracks = ("voie_generale", "voie_technologique", "voie_professionnelle")
    return RowFacts(
        type_name=line.get("type_etablissement"),
        sector=SECTORS.get(line.get("statut_public_prive").casefold(), Sector.UNKNOWN),
        nature_code=_code(line, "code_nature"),
        contract_code=_code(line, "code_type_contrat_prive"),
        ministry=line.get("ministere_tutelle"),
        has_post_bac=line.get("post_bac") == "1",
        has_secondary=any(line.get(track) == "1" for track in tracks),
        is_military=line.get("lycee_militaire") == "1",
        parent_uai=identifiers.clean_uai(line.get("etablissement_mere"))[:8],
    )


def _address(line: TableLine) -> Address:
    """Street lines only: the third published line of an école often repeats the postcode and the city."""
    postcode = _code(line, "code_postal")
    postcode = postcode.zfill(5) if postcode.isdigit() else postcode
    city = " ".join(line.get("nom_commune").split())
    lines = []
    for column in ("adresse_1", "adresse_2", "adresse_3"):
        text = " ".join(line.get(column).split())
        repeated = re.fullmatch(r"([0-9]{5}) (.+)", text)
        if repeated and repeated[1] == postcode:
            city = repeated[2]
        elif text:
            lines.append(text)
    return Address(lines=tuple(lines), postcode=postcode, city=city)


def _remarks(line: TableLine, *, uai: str) -> Iterator[tuple[str, str]]:
    published = line.get("identifiant_de_l_etablissement").upper()
    if len(published) == 7:
        yield "school.uai_zero_restored", f"UAI « {published} » : le zéro initial perdu a été rendu ({uai})."
    elif identifiers.uai_has_unusual_prefix(uai):
        yield "school.uai_unusual", f"UAI « {uai} » : les trois premiers chiffres ne sont pas un département."
    yield from _padded(line, "code_departement", 3)
    yield from _padded(line, "code_academie", 2)
    yield from _padded(line, "code_commune", 5)
    if _code(line, "code_postal").isdigit():
        yield from _padded(line, "code_postal", 5)
    if line.get("code_commune") in identifiers.WHOLE_CITIES:
        yield (
            "school.code_commune_city",
            f"Code commune « {line.get('code_commune')} » : aucune commune ne le porte, celui de la ville est retenu "
            f"({_insee(line)}).",
        )
    phone = _code(line, "telephone")
    if restored_phone(phone) != phone:
        yield (
            "school.telephone_padded",
            f"Téléphone « {phone} » : le zéro initial perdu a été rendu ({restored_phone(phone)}).",
        )
    siret = line.get("siren_siret").replace(" ", "")
    if _MANGLED_NUMBER.fullmatch(siret):
        yield (
            "school.siret_mangled",
            f"SIRET « {siret[:20]} » : le tableur a détruit ce numéro, il est laissé de côté. "
            "Mettez la colonne au format Texte avant d'enregistrer.",
        )
    elif siret and not (identifiers.is_siret(siret) or identifiers.is_siren(siret)):
        yield (
            "school.siret_invalid",
            f"SIRET « {siret[:20]} » : la clé ne correspond pas, il est laissé de côté.",
        )


def _padded(line: TableLine, column: str, width: int) -> Iterator[tuple[str, str]]:
    value = _code(line, column)
    if 0 < len(value) < width:
        yield (
            f"school.{column}_padded",
            f"Colonne « {column} » : « {value} » complété par des zéros ({value.zfill(width)}).",
        )


LAYOUT = TableLayout(Columns(required=REQUIRED), read_row)
"""The table of the annuaire; nobody is told of the many columns that are left aside."""
