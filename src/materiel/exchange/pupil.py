"""The table of pupils, in: one line a pupil, up to two homes and two persons responsible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from materiel.domain.address import Address
from materiel.domain.language.folding import fold, name_key
from materiel.domain.people.person_name import same_name
from materiel.domain.people.pupil import Capacity, Home
from materiel.domain.people.written_people import PartedName, names_several, people_named, pupil_named
from materiel.exchange.cells import read_choice, read_date, read_text, restored_phone
from materiel.exchange.guessing import CellContent, guesses
from materiel.exchange.table import (
    BadCell,
    BadLine,
    CellReader,
    CellSetAside,
    Columns,
    TableLayout,
    TableLine,
    column_name,
)

REQUIRED = ("date_de_naissance",)
SCHOOL = ("uai", "etablissement")
"""Its code, or its name: one of the two."""

IN_ONE_CELL = ("eleve", "eleve_prenom_nom")
"""The pupil's names in one cell: the last name first where nothing says which it is, or the first name."""

EITHER = (("nom", *IN_ONE_CELL), ("prenom", *IN_ONE_CELL), SCHOOL)

HEADINGS = {
    "nom": "Nom",
    "prenom": "Prénom",
    "date_de_naissance": "Date de naissance",
    "uai": "UAI",
    "etablissement": "Établissement",
    "commune_etablissement": "Commune de l'établissement",
    "adresse_1": "Adresse",
    "code_postal_1": "Code postal",
    "ville_1": "Ville",
}
PLACES = (1, 2)
HOME_PARTS = ("adresse", "code_postal", "ville", "pays", "confidentiel")
TICKED = frozenset({"oui", "o", "x", "1", "vrai", "true", "yes"})
"""What a cell holds that says yes; anything else, and an empty one, says no."""
OWN = ("courriel", "telephone")
"""The pupil's own, for an adult or an emancipated minor."""

WHOLE = "nom_complet"
"""A person, or two, in one cell."""

PERSON_PARTS = ("nom", "prenom", "qualite", "domicile", "courriel", "telephone")

_PART_ALIASES = {
    "mail": "courriel",
    "email": "courriel",
    "e_mail": "courriel",
    "mel": "courriel",
    "tel": "telephone",
    "portable": "telephone",
    "lien": "qualite",
    "lien_de_parente": "qualite",
}
_PEOPLE = ("responsable", "responsable_legal", "representant", "representant_legal", "parent")


def _person_aliases() -> dict[str, str]:
    """What else the columns of the persons responsible are called: « Nom du responsable 1 », « Parent 2 mail »."""
    parts = {part: part for part in (*PERSON_PARTS, WHOLE)} | _PART_ALIASES
    # Somebody without a number is the first.
    people = [(f"{person}_{place}", place) for person in _PEOPLE for place in PLACES] + [(each, 1) for each in _PEOPLE]
    named = {
        written: f"responsable_{place}_{name}"
        for person, place in people
        for part, name in parts.items()
        for written in (f"{person}_{part}", f"{part}_{person}", f"{part}_du_{person}", f"{part}_de_{person}")
    }
    named |= {f"{person}_{place}": f"responsable_{place}_{WHOLE}" for person in _PEOPLE for place in PLACES}
    named |= {person: f"responsable_1_{WHOLE}" for person in _PEOPLE}
    return {written: name for written, name in named.items() if written != name}


COMMUNE = "commune_etablissement"

ALIASES = {
    "nom_de_famille": "nom",
    "nom_eleve": "nom",
    "nom_de_l_eleve": "nom",
    **dict.fromkeys(("nom_prenom", "nom_et_prenom", "nom_prenoms", "nom_complet", "beneficiaire"), "eleve"),
    **dict.fromkeys(("nom_prenom_eleve", "nom_et_prenom_eleve", "nom_prenom_beneficiaire"), "eleve"),
    **dict.fromkeys(("nom_prenom_de_l_eleve", "nom_et_prenom_de_l_eleve", "nom_et_prenom_du_beneficiaire"), "eleve"),
    **dict.fromkeys(("eleve_nom_prenom", "eleve_beneficiaire", "enfant", "nom_prenom_de_l_enfant"), "eleve"),
    **dict.fromkeys(("prenom_nom", "prenom_et_nom", "prenom_nom_eleve", "prenom_nom_de_l_eleve"), "eleve_prenom_nom"),
    **dict.fromkeys(("prenom_et_nom_de_l_eleve", "prenom_et_nom_eleve"), "eleve_prenom_nom"),
    "prenom_eleve": "prenom",
    "prenom_de_l_eleve": "prenom",
    "date_naissance": "date_de_naissance",
    "ne_le": "date_de_naissance",
    "nee_le": "date_de_naissance",
    "ne_e_le": "date_de_naissance",
    "code_uai": "uai",
    "n_uai": "uai",
    "uai_etablissement": "uai",
    "uai_de_l_etablissement": "uai",
    "code_etablissement": "uai",
    "rne": "uai",
    # GEMAH: the identifier of a school is its code.
    "etablissement_id": "uai",
    "code_rne": "uai",
    **dict.fromkeys(
        ("nom_etablissement", "nom_de_l_etablissement", "ecole", "etablissement_scolaire", "etablissement_frequente"),
        "etablissement",
    ),
    **dict.fromkeys(("ville_etablissement", "ville_de_l_etablissement", "commune_de_l_etablissement"), COMMUNE),
    # ONDE, SIECLE, Gepi.
    "adresse1": "adresse_1",
    "cp1": "code_postal_1",
    "commune1": "ville_1",
    "pays1": "pays_1",
    "adresse2": "adresse_2",
    "cp2": "code_postal_2",
    "commune2": "ville_2",
    "pays2": "pays_2",
    "adresse": "adresse_1",
    "adresse_domicile_1": "adresse_1",
    "code_postal": "code_postal_1",
    "cp": "code_postal_1",
    "cp_1": "code_postal_1",
    "ville": "ville_1",
    "commune": "ville_1",
    "pays": "pays_1",
    "adresse_domicile_2": "adresse_2",
    "cp_2": "code_postal_2",
    "adresse_a_ne_pas_communiquer": "confidentiel_1",
    "adresse_1_a_ne_pas_communiquer": "confidentiel_1",
    "adresse_2_a_ne_pas_communiquer": "confidentiel_2",
    "confidentiel": "confidentiel_1",
    **_person_aliases(),
    **{
        f"{written}{of}eleve": f"{part}_eleve"
        for written, part in {**_PART_ALIASES, "courriel": "courriel", "telephone": "telephone"}.items()
        if part in OWN
        for of in ("_", "_de_l_", "_de_")
        if f"{written}{of}eleve" != f"{part}_eleve"
    },
}
ADDRESS_SEPARATOR = "|"
"""Between the lines of an address in one cell; a line end inside the cell does too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """A person responsible, unchecked. `home` is an index from 0, None when the file does not tell."""

    last_name: str
    first_name: str
    capacity: Capacity
    home: int | None
    email: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilLine:
    """One line of the table, unchecked.

    `school` is a UAI, or what was written where one is expected; `school_name` and `municipality`, in their own
    columns, tell the school of a line without its code. `set_aside`: cells that say nothing of the pupil.
    `written_name`: both names as one cell holds them, empty when each has its own; `is_name_sure`: it says where it
    parts.
    """

    line: int
    last_name: str
    first_name: str
    birth_date: date
    school: str
    school_name: str = ""
    municipality: str = ""
    set_aside: tuple[CellSetAside, ...] = ()
    homes: tuple[Home, ...]
    representatives: tuple[PersonLine, ...]
    email: str = ""
    phone: str = ""
    written_name: str = ""
    is_name_sure: bool = True


def _read(line: TableLine) -> PupilLine | BadLine:
    try:
        birth_date = line.read("date_de_naissance", read_date)
        if birth_date is None:
            raise BadCell("La date de naissance manque.", "date_de_naissance", "")
        written_name, name = names_of(line)
        school, school_name = line.read("uai", read_text), line.read("etablissement", read_text)
    except BadCell as fault:
        column = heading_of(fault.column)
        return BadLine(line.number, "pupil.unreadable", str(fault), column=column, cell=fault.cell)
    cells = CellReader(line)
    if not written_name:
        leave_other_names(line, name, cells)
    return PupilLine(
        line=line.number,
        last_name=name.last_name,
        first_name=name.first_name,
        written_name=written_name,
        is_name_sure=name.is_sure,
        birth_date=birth_date,
        school=school,
        school_name=school_name,
        municipality=cells.read(COMMUNE, read_text, ""),
        homes=tuple(home for place in PLACES if (home := _home(line, place, cells))),
        representatives=tuple(person for place in PLACES for person in _people(line, place, cells)),
        email=cells.read("courriel_eleve", read_text, ""),
        phone=restored_phone(cells.read("telephone_eleve", read_text, "")),
        set_aside=tuple(cells.set_aside),
    )


def names_of(line: TableLine) -> tuple[str, PartedName]:
    """What one cell says of both names, empty when each has its own; and the names.

    Raises:
        BadCell: the cell names several pupils, or only one name is in it.
    """
    last_name, first_name = line.read("nom", read_text), line.read("prenom", read_text)
    column = next((each for each in IN_ONE_CELL if each in line.cells), "")
    if (last_name and first_name) or not column:
        return "", PartedName(last_name, first_name, is_sure=True)
    written = line.read(column, read_text)
    if names_several(written):
        raise BadCell(f"« {written[:60]} » nomme plusieurs élèves : une ligne pour chacun.", column, written)
    name = pupil_named(written, is_first_name_first=column == "eleve_prenom_nom")
    if not name.first_name:
        raise BadCell(f"« {written[:60]} » : il faut le nom et le prénom.", column, written)
    return written, name


def leave_other_names(line: TableLine, name: PartedName, cells: CellReader) -> None:
    """Set aside what one cell says of a pupil whose names, in their own columns, are others."""
    for column in IN_ONE_CELL:
        if (other := line.get(column)) and not same_name(other, f"{name.last_name} {name.first_name}"):
            cells.leave(column, other, "Les colonnes « Nom » et « Prénom » disent autre chose : elles sont prises.")


def _home(line: TableLine, place: int, cells: CellReader) -> Home | None:
    if not line.fills_one_of(_OF_HOME[place]):
        return None
    written = cells.read(f"adresse_{place}", read_text, "").replace("\n", ADDRESS_SEPARATOR)
    lines = tuple(part for each in written.split(ADDRESS_SEPARATOR) if (part := each.strip()))
    postcode, city = line.get(f"code_postal_{place}"), cells.read(f"ville_{place}", read_text, "")
    country = cells.read(f"pays_{place}", read_text, "")
    # A column filled with « France » to the bottom makes no second home.
    if not (lines or postcode or city or (country and name_key(country) != "france")):
        return None
    hidden = fold(line.get(f"confidentiel_{place}")).strip() in TICKED
    return Home(address=Address(lines=lines, postcode=postcode, city=city, country=country), confidential=hidden)


def _people(line: TableLine, place: int, cells: CellReader) -> Iterator[PersonLine]:
    """The person of a place: one, two where one cell names a couple, whose mailbox is the first one's, or none."""
    if not line.fills_one_of(_OF_PERSON[place]):
        return

    def cell(name: str) -> str:
        return cells.read(f"responsable_{place}_{name}", read_text, "")

    named = [(name, cell("prenom"))] if (name := cell("nom")) else list(people_named(cell(WHOLE)))
    if not named:
        for part in PERSON_PARTS:
            if alone := line.get(f"responsable_{place}_{part}"):
                why = "Le nom de ce responsable manque : il n'est pas pris."
                cells.leave(f"responsable_{place}_{part}", alone, why)
        return
    capacity = cells.read(f"responsable_{place}_qualite", _capacity, Capacity.PARENT)
    home = cells.read(f"responsable_{place}_domicile", _home_of, None)
    email, phone = cell("courriel"), restored_phone(cell("telephone"))
    for last_name, first_name in named:
        yield PersonLine(
            last_name=last_name, first_name=first_name, capacity=capacity, home=home, email=email, phone=phone
        )
        email = phone = ""


_OF_HOME = {place: frozenset(f"{part}_{place}" for part in HOME_PARTS) for place in PLACES}
_OF_PERSON = {place: frozenset(f"responsable_{place}_{part}" for part in (*PERSON_PARTS, WHOLE)) for place in PLACES}
"""Columns without a cell of which a line tells nobody, and nothing of a home."""


def _capacity(cell: str) -> Capacity:
    return read_choice(cell, Capacity, Capacity.PARENT)


def _home_of(cell: str) -> int | None:
    if cell and cell not in {str(each) for each in PLACES}:
        raise ValueError(f"« {cell[:20]} » n'est pas le numéro d'un domicile : 1 ou 2.")
    return int(cell) - 1 if cell else None


LAYOUT = TableLayout(
    Columns(
        required=REQUIRED,
        either=EITHER,
        aliases=ALIASES,
        headings=HEADINGS,
        read=frozenset(
            {
                *REQUIRED,
                *(name for group in EITHER for name in group),
                COMMUNE,
                *(f"{part}_eleve" for part in OWN),
                *(f"{part}_{place}" for part in HOME_PARTS for place in PLACES),
                *(f"responsable_{place}_{part}" for part in (*PERSON_PARTS, WHOLE) for place in PLACES),
            }
        ),
        guess=partial(
            guesses,
            fields={
                CellContent.UAI: "uai",
                CellContent.DATE: "date_de_naissance",
                CellContent.PEOPLE: f"responsable_1_{WHOLE}",
                CellContent.MAILBOX: "responsable_1_courriel",
                CellContent.PHONE: "responsable_1_telephone",
                CellContent.POSTCODE: "code_postal_1",
            },
        ),
    ),
    _read,
)
"""The table of pupils: `REQUIRED`, `nom` and `prenom` or one of `IN_ONE_CELL`, and one of `SCHOOL`; then `adresse_1`,
`code_postal_1` and `ville_1`.

Of the pupil's own `courriel_eleve` and `telephone_eleve`, for a second home `adresse_2`, `code_postal_2` and `ville_2`,
`pays_n` for an address abroad, with the postcode of that country, `confidentiel_n` (oui) for an address not to be
communicated, and for each person responsible n = 1 or 2 `responsable_n_nom`, `…_prenom`, `…_qualite`, `…_domicile` (1
or 2), `…_courriel` and `…_telephone`.
"""

MODEL = (
    *HEADINGS.values(),
    "Pays",
    *("Courriel de l'élève", "Téléphone de l'élève"),
    *("Adresse 2", "Code postal 2", "Ville 2", "Pays 2"),
    *("Adresse 1 à ne pas communiquer", "Adresse 2 à ne pas communiquer"),
    *(f"Responsable {place} {part}" for place in PLACES for part in ("nom", "prénom", "qualité", "domicile")),
    *(f"Responsable {place} {part}" for place in PLACES for part in ("courriel", "téléphone")),
)
"""The headings of a table to be filled."""


def heading_of(column: str) -> str:
    """How a column is called to a person."""
    return _CALLED.get(column, column)


def school_cell(line: PupilLine) -> dict[str, str]:
    """The column and the cell that say the school of a line."""
    if line.school:
        return {"column": heading_of("uai"), "cell": line.school}
    return {"column": heading_of("etablissement"), "cell": line.school_name}


_CALLED = {column_name(heading): heading for heading in MODEL} | HEADINGS
_CALLED |= {"eleve": "Élève (nom et prénom)", "eleve_prenom_nom": "Élève (prénom puis nom)"}
_CALLED |= {f"responsable_{place}_{WHOLE}": f"Responsable {place} en une case" for place in PLACES}
_CALLED |= {ALIASES[name]: heading for name, heading in _CALLED.items() if name in ALIASES}

CHOICES = {name: heading for name, heading in _CALLED.items() if name in LAYOUT.columns.read}
"""What a column may be said to be, with its heading."""
