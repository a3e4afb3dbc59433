"""Municipalities (« communes »): created from the annuaire, their contacts kept here and never overwritten
by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from materiel.domain.identifiers import departement_of_commune
from materiel.domain.party import AuthorityKind, Municipality
from materiel.errors import Conflict, NotFound
from materiel.store.address import address_from_text, address_to_text
from materiel.store.search import searchable
from materiel.store.statement import Statement

CHUNK = 500

_BY_CODE = Statement("SELECT * FROM municipality WHERE insee_code = {}")
_PAGE = Statement("SELECT * FROM municipality WHERE insee_code > {} ORDER BY insee_code LIMIT {}")
_NAMES = Statement("SELECT insee_code, name FROM municipality")
_RENAME = Statement("UPDATE municipality SET name = {}, version = version + 1 WHERE insee_code = {}")
_SAVE = Statement(
    """
    UPDATE municipality SET name = {}, address = {}, email = {}, phone = {}, mayor_name = {},
        authority_kind = {}, authority_name = {}, authority_address = {}, authority_email = {}, signatory_name = {},
        signatory_title = {}, deliberation = {}, version = version + 1
    WHERE insee_code = {} AND version = {} RETURNING version
    """
)


async def get(insee_code: str) -> Municipality:
    """The municipality of an INSEE code, as stored under this very code.

    Raises:
        NotFound: `municipality.not_found`.
    """
    row = await _BY_CODE.fetch_one(insee_code)
    if row is None:
        raise NotFound(
            "municipality.not_found",
            f"Aucune commune ne porte le code INSEE « {insee_code[:10]} ». "
            "Importez l'annuaire de son département, puis recommencez.",
        )
    return _municipality(row)


async def save(municipality: Municipality) -> Municipality:
    """Write the contacts of a municipality and raise its version.

    Raises:
        Conflict: `municipality.changed`, someone wrote it since it was read.
    """
    address, authority_address = municipality.address, municipality.authority_address
    written = await _SAVE.fetch_one(
        municipality.name,
        address_to_text(address) if address else None,
        municipality.email,
        municipality.phone,
        municipality.mayor_name,
        municipality.authority_kind.value,
        municipality.authority_name,
        address_to_text(authority_address) if authority_address else None,
        municipality.authority_email,
        municipality.signatory_name,
        municipality.signatory_title,
        municipality.deliberation,
        municipality.insee_code,
        municipality.version,
    )
    if written is None:
        raise Conflict(
            "municipality.changed",
            "La fiche de la commune a été modifiée entre-temps. Rechargez-la, puis recommencez.",
        )
    return replace(municipality, version=written["version"])


async def page(*, words: Sequence[str] = (), limit: int, after: str = "") -> list[Municipality]:
    """Municipalities in the order of their INSEE code, after a code; those whose name or code holds every word.

    A name has no `search` column: the table is small, so it is read whole and compared here.
    """
    found: list[Municipality] = []
    while rows := await _PAGE.fetch(after, CHUNK):
        for row in rows:
            text = searchable(row["insee_code"], names=(row["name"],))
            if all(word in text for word in words):
                found.append(_municipality(row))
                if len(found) == limit:
                    return found
        after = rows[-1]["insee_code"]
    return found


async def names() -> dict[str, str]:
    """The name of every known municipality, by INSEE code."""
    return {row["insee_code"]: row["name"] for row in await _NAMES.fetch()}


async def insert_names(named: Mapping[str, str]) -> None:
    """Create municipalities with their name alone, from INSEE code to name; those that exist are left as
    they are."""
    codes = list(named)
    for start in range(0, len(codes), CHUNK):
        await _insert([(code, named[code]) for code in codes[start : start + CHUNK]])


async def rename(insee_code: str, name: str) -> None:
    """Take the name that the annuaire now gives."""
    await _RENAME.fetch(name, insee_code)


async def _insert(named: Sequence[tuple[str, str]]) -> None:
    line = "({}, {}, {}, '', '', '', 'commune', '', '', '', '', 1)"
    insert = Statement(
        "INSERT INTO municipality (insee_code, name, departement, email, phone, mayor_name, authority_kind,"
        " authority_name, signatory_name, signatory_title, deliberation, version) VALUES "
        + ", ".join([line] * len(named))
        + " ON CONFLICT (insee_code) DO NOTHING"
    )
    await insert.fetch(*(value for code, name in named for value in (code, name, departement_of_commune(code))))


def _municipality(row: Mapping[str, Any]) -> Municipality:
    values = dict(row)
    for column in ("address", "authority_address"):
        values[column] = address_from_text(values[column]) if values[column] else None
    values["authority_kind"] = AuthorityKind(values["authority_kind"])
    return Municipality(**values)
