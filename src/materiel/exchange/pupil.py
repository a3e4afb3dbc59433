"""The table of pupils, in: one line a pupil, up to two homes and two persons responsible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from materiel.domain.party import Address, Capacity, Home
from materiel.exchange.cells import read_choice, read_date, read_text
from materiel.exchange.reading import BadLine, Line, Source, open_table

REQUIRED = ("nom", "prenom", "date_de_naissance", "uai", "adresse_1", "code_postal_1", "ville_1")
ALIASES = {
    "date_naissance": "date_de_naissance",
    "ne_le": "date_de_naissance",
    "etablissement": "uai",
    "code_uai": "uai",
    "adresse": "adresse_1",
    "code_postal": "code_postal_1",
    "ville": "ville_1",
    "commune": "ville_1",
    "adresse_domicile_2": "adresse_2",
}
ADDRESS_SEPARATOR = "|"
"""Between the lines of an address in one cell; a line end inside the cell does too."""

PLACES = (1, 2)


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
    """One line of the table, unchecked."""

    line: int
    last_name: str
    first_name: str
    birth_date: date
    school: str
    homes: tuple[Home, ...]
    representatives: tuple[PersonLine, ...]


@contextmanager
def open_pupils(source: Source) -> Iterator[Iterator[PupilLine | BadLine]]:
    """Open the file and stream its lines.

    Columns: `REQUIRED`, then for a second home `adresse_2`, `code_postal_2`, `ville_2`, and for each person
    responsible n = 1 or 2 `responsable_n_nom`, `…_prenom`, `…_qualite`, `…_domicile` (1 or 2), `…_courriel`
    and `…_telephone`.

    Raises:
        BadInput: the file cannot be read; see `reading.open_table`.
    """
    with open_table(source, required=REQUIRED, aliases=ALIASES) as table:
        yield (each if isinstance(each, BadLine) else _read(each) for each in table.lines)


def _read(line: Line) -> PupilLine | BadLine:
    try:
        birth_date = read_date(line.get("date_de_naissance"))
        if birth_date is None:
            raise ValueError("La date de naissance manque.")
        return PupilLine(
            line=line.number,
            last_name=read_text(line.get("nom")),
            first_name=read_text(line.get("prenom")),
            birth_date=birth_date,
            school=read_text(line.get("uai")),
            homes=tuple(home for place in PLACES if (home := _home(line, place))),
            representatives=tuple(person for place in PLACES if (person := _person(line, place))),
        )
    except ValueError as fault:
        return BadLine(line.number, "pupil.unreadable", str(fault))


def _home(line: Line, place: int) -> Home | None:
    written = read_text(line.get(f"adresse_{place}")).replace("\n", ADDRESS_SEPARATOR)
    lines = tuple(part for each in written.split(ADDRESS_SEPARATOR) if (part := each.strip()))
    postcode, city = line.get(f"code_postal_{place}"), read_text(line.get(f"ville_{place}"))
    if not (lines or postcode or city):
        return None
    # A spreadsheet eats the zero of 01000; four digits are never a postcode.
    return Home(address=Address(lines=lines, postcode=postcode.zfill(5), city=city))


def _person(line: Line, place: int) -> PersonLine | None:
    def cell(name: str) -> str:
        return read_text(line.get(f"responsable_{place}_{name}"))

    if not cell("nom"):
        return None
    home = cell("domicile")
    if home and home not in {str(each) for each in PLACES}:
        raise ValueError(f"« {home[:20]} » n'est pas le numéro d'un domicile : 1 ou 2.")
    return PersonLine(
        last_name=cell("nom"),
        first_name=cell("prenom"),
        capacity=read_choice(cell("qualite"), Capacity, Capacity.PARENT),
        home=int(home) - 1 if home else None,
        email=cell("courriel"),
        phone=cell("telephone"),
    )
