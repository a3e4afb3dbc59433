"""Municipalities (« communes »): named by the annuaire, with the contacts that one managing service knows.

What a service typed of a commune is in `municipality_contact`, which no other one reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from uuid import UUID

from materiel.domain.language.identifiers import departement_of_commune, legal_commune
from materiel.domain.places.municipality import Municipality
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import ROWS_AT_ONCE, placeholders, upsert_known
from materiel.store.engine.search import searchable
from materiel.store.engine.statement import Statement

CHUNK = 500
COMMUNES = 36_000
"""More than there are in France."""

_CONTACT = (
    *("address", "email", "phone", "mayor_name", "authority_kind", "authority_name", "authority_address"),
    *("authority_email", "signatory_name", "signatory_title", "deliberation", "source", "source_on", "source_fields"),
)
_MUNICIPALITY = Mapper(Municipality)
_SELECT = (
    "SELECT municipality.insee_code, municipality.name, municipality.departement, known.id AS contact_id,"
    f" known.version, {', '.join(f'known.{column}' for column in _CONTACT)} FROM municipality"
    " LEFT JOIN municipality_contact AS known ON known.municipality = municipality.insee_code AND known.service = {} "
)
_BY_CODE = Statement(_SELECT + "WHERE municipality.insee_code = {}")
_PAGE = Statement(_SELECT + "WHERE municipality.insee_code > {} ORDER BY municipality.insee_code LIMIT {}")
_NAMES = Statement("SELECT insee_code, name FROM municipality WHERE insee_code > {} ORDER BY insee_code LIMIT {}")
_COUNT = Statement("SELECT count(*) AS found FROM municipality")
_NAMES_IN = Statement("SELECT name FROM municipality WHERE departement = {}")
_OF_SERVICE = Statement(
    "SELECT municipality AS insee_code FROM school WHERE id IN"
    " (SELECT school FROM loan WHERE service = {} UNION SELECT school FROM pupil WHERE service = {})"
)
_RENAME = Statement("UPDATE municipality SET name = {} WHERE insee_code = {}")


async def get(insee_code: str, service_id: UUID) -> Municipality:
    """The municipality of an INSEE code, as stored under this very code, with what a service knows of it.

    Raises:
        NotFound: `municipality.not_found`.
    """
    row = await _BY_CODE.fetch_one(service_id, insee_code)
    if row is None:
        raise NotFound(
            "municipality.not_found",
            f"Aucune commune ne porte le code INSEE « {insee_code[:10]} ». "
            "Importez l'annuaire de son département, puis recommencez.",
        )
    return _municipality(row)


async def get_many(insee_codes: Iterable[str], service_id: UUID) -> dict[str, Municipality]:
    """Those of these INSEE codes that are known, by code, with what a service knows of each."""
    wanted = list(set(insee_codes))
    if not wanted:
        return {}
    found = Statement(f"{_SELECT}WHERE municipality.insee_code IN ({placeholders(wanted)})")
    return {row["insee_code"]: _municipality(row) for row in await found.fetch(service_id, *wanted)}


async def save(municipality: Municipality, service_id: UUID) -> Municipality:
    """Write what a service knows of a municipality and raise its version; the first write makes the contact's id.

    Raises:
        Conflict: `municipality.changed`, someone wrote it since it was read.
    """
    row = _MUNICIPALITY.row(municipality)
    values = {column: row[column] for column in _CONTACT}
    keys = {"service": service_id, "municipality": municipality.insee_code}
    written = await upsert_known("municipality_contact", keys, {"id": new_id(), **values}, values, municipality.version)
    if written is None:
        raise Conflict(
            "municipality.changed",
            "La fiche de la commune a été modifiée entre-temps. Rechargez-la, puis recommencez.",
        )
    return replace(municipality, contact_id=written[0], version=written[1])


async def page(service_id: UUID, *, words: Sequence[str] = (), limit: int, after: str = "") -> list[Municipality]:
    """Municipalities in the order of their INSEE code, after a code; those whose name or code holds every word.

    A name has no `search` column: the table is small, so it is read whole and compared here, folded once.
    """
    found: list[Municipality] = []
    while rows := await _PAGE.fetch(service_id, after, CHUNK):
        for row in rows:
            text = _searchable(row["insee_code"], row["name"])
            if all(word in text for word in words):
                found.append(_municipality(row))
                if len(found) == limit:
                    return found
        after = rows[-1]["insee_code"]
    return found


async def count() -> int:
    """How many municipalities are known."""
    (row,) = await _COUNT.fetch()
    found: int = row["found"]
    return found


async def names() -> dict[str, str]:
    """The name of every known municipality, by INSEE code."""
    named: dict[str, str] = {}
    after = ""
    while rows := await _NAMES.fetch(after, ROWS_AT_ONCE):
        named |= {row["insee_code"]: row["name"] for row in rows}
        after = rows[-1]["insee_code"]
    return named


async def within(service_id: UUID, departements: Sequence[str]) -> set[str]:
    """The INSEE codes of the communes of some départements, and of those where a service has loans or pupils.

    Of Paris, Lyon and Marseille, that of the city, which has the mayor.
    """
    there = Statement(f"SELECT insee_code FROM municipality WHERE departement IN ({placeholders(departements)})")
    rows = (*await there.fetch(*departements), *await _OF_SERVICE.fetch(service_id, service_id))
    return {legal_commune(row["insee_code"]) for row in rows}


async def names_in(departement: str) -> list[str]:
    """The names of the known municipalities of a département."""
    return [row["name"] for row in await _NAMES_IN.fetch(departement)]


async def insert_names(named: Mapping[str, str]) -> None:
    """Create municipalities with their name alone, from INSEE code to name; those that exist are left as they are."""
    codes = list(named)
    for start in range(0, len(codes), CHUNK):
        await _insert([(code, named[code]) for code in codes[start : start + CHUNK]])


async def rename(insee_code: str, name: str) -> None:
    """Take the name that the annuaire now gives."""
    await _RENAME.fetch(name, insee_code)


async def _insert(named: Sequence[tuple[str, str]]) -> None:
    insert = Statement(
        "INSERT INTO municipality (insee_code, name, departement) VALUES "
        + ", ".join(["({}, {}, {})"] * len(named))
        + " ON CONFLICT (insee_code) DO NOTHING"
    )
    await insert.fetch(*(value for code, name in named for value in (code, name, departement_of_commune(code))))


@lru_cache(maxsize=COMMUNES)
def _searchable(insee_code: str, name: str) -> str:
    return searchable(insee_code, names=(name,))


def _municipality(row: Row) -> Municipality:
    if row["contact_id"] is None:
        return Municipality(insee_code=row["insee_code"], name=row["name"], departement=row["departement"])
    return _MUNICIPALITY.value(row)
