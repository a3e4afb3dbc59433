"""Schools: written in bulk by the import of the annuaire, decided upon by managers, never deleted.

`kind` of a `School` is the manager's decision when there is one; the import writes `computed_kind` alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from materiel.domain.school import School, SchoolKind, Sector
from materiel.errors import Conflict, NotFound
from materiel.store.address import address_from_text, address_to_text
from materiel.store.engine import is_postgres
from materiel.store.search import searchable
from materiel.store.statement import Statement

CHUNK = 300
"""Rows of one INSERT: 300 × 24 values stay under the 32 767 of PostgreSQL's protocol."""

IMPORTED = (
    *("uai", "name", "computed_kind", "partial_contract", "sector", "type_name", "nature_code"),
    *("contract_code", "ministry", "section_of", "address", "municipality", "departement", "academie"),
    *("email", "phone", "has_post_bac", "is_open"),
)
"""The columns that come from the annuaire, hence what the digest of a row covers."""

_WRITTEN = ("id", *IMPORTED, "absent_since", "row_digest", "search")
_KEPT_EMPTY = ("kind_reason", "kind_decided_by", "head_name", "head_title", "on_behalf_of", "board_act")
_SELECT = (
    "SELECT school.*, municipality.name AS municipality_name FROM school"
    " JOIN municipality ON municipality.insee_code = school.municipality "
)
_BY_UAI = Statement(_SELECT + "WHERE school.uai = {}")
_BY_ID = Statement(_SELECT + "WHERE school.id = {}")
_SECTIONS = Statement(_SELECT + "WHERE school.section_of = {} ORDER BY school.uai")
_KNOWN = Statement("SELECT id, uai, departement, computed_kind, partial_contract, absent_since, row_digest FROM school")
IMPORT_LOCK = 7_461_233_501
"""Any number that nothing else of the product locks."""

_IMPORT_LOCK = Statement("SELECT pg_advisory_xact_lock({})")
_SAVE_DECISION = Statement(
    """
    UPDATE school SET decided_kind = {}, kind_reason = {}, kind_decided_by = {}, kind_decided_at = {},
        version = version + 1
    WHERE uai = {} AND version = {} RETURNING version
    """
)
_SAVE_CONTACT = Statement(
    """
    UPDATE school SET head_name = {}, head_title = {}, on_behalf_of = {}, board_act = {},
        version = version + 1
    WHERE uai = {} AND version = {} RETURNING version
    """
)


@dataclass(frozen=True, slots=True)
class KnownSchool:
    """What the import compares a row with."""

    id: UUID
    departement: str
    computed_kind: SchoolKind
    partial_contract: bool
    is_absent: bool
    row_digest: str


async def by_uai(uai: str) -> School:
    """The school of a UAI.

    Raises:
        NotFound: `school.not_found`.
    """
    row = await _BY_UAI.fetch_one(uai)
    if row is None:
        raise NotFound(
            "school.not_found",
            f"Aucun établissement ne porte l'UAI « {uai[:20]} ». "
            "Vérifiez le code, ou importez l'annuaire de son département.",
        )
    return _school(row)


async def get(school_id: UUID) -> School:
    """The school of an id that another record holds.

    Raises:
        NotFound: `school.not_found`.
    """
    row = await _BY_ID.fetch_one(school_id)
    if row is None:
        raise NotFound("school.not_found", "Cet établissement n'existe pas.")
    return _school(row)


async def sections_of(uai: str) -> list[School]:
    """The sections (SEGPA, SEP) for which a school signs, in the order of their UAI."""
    return [_school(row) for row in await _SECTIONS.fetch(uai)]


async def in_communes(insee_codes: Sequence[str], kind: SchoolKind) -> list[School]:
    """The schools of an effective kind in these communes, in the order of their names."""
    marks = ", ".join(["{}"] * len(insee_codes))
    effective = "COALESCE(school.decided_kind, school.computed_kind) = {}"
    found = Statement(_SELECT + f"WHERE school.municipality IN ({marks}) AND {effective} ORDER BY school.name")
    return [_school(row) for row in await found.fetch(*insee_codes, kind.value)]


async def page(
    *, words: Sequence[str] = (), kind: SchoolKind | None = None, limit: int, after: str = ""
) -> list[School]:
    """Schools in the order of their UAI, after a UAI; those that hold every word, of the effective kind
    asked."""
    conditions, values = ["school.uai > {}"], [after]
    for word in words:
        conditions.append("school.search LIKE {}")
        values.append(f"%{word}%")
    if kind is not None:
        conditions.append("COALESCE(school.decided_kind, school.computed_kind) = {}")
        values.append(kind.value)
    found = Statement(_SELECT + f"WHERE {' AND '.join(conditions)} ORDER BY school.uai LIMIT {limit:d}")
    return [_school(row) for row in await found.fetch(*values)]


async def save_decision(school: School, kind: SchoolKind | None, *, reason: str, by: str, at: datetime) -> School:
    """Record a manager's decision on the kind, or withdraw it with None.

    Raises:
        Conflict: `school.changed`.
    """
    written = await _SAVE_DECISION.fetch_one(kind.value if kind else None, reason, by, at, school.uai, school.version)
    version = _version(written)
    return replace(school, kind=kind or school.computed_kind, kind_reason=reason, version=version)


async def save_contact(school: School) -> School:
    """Write who signs for the school.

    Raises:
        Conflict: `school.changed`.
    """
    written = await _SAVE_CONTACT.fetch_one(
        school.head_name,
        school.head_title,
        school.on_behalf_of,
        school.board_act,
        school.uai,
        school.version,
    )
    return replace(school, version=_version(written))


async def wait_for_other_imports() -> None:
    """Let one import at a time compare and write, until the end of the transaction. SQLite has one writer anyway."""
    if is_postgres():
        await _IMPORT_LOCK.fetch(IMPORT_LOCK)


async def known() -> dict[str, KnownSchool]:
    """Every school known, by UAI, with what tells an unchanged row."""
    return {
        row["uai"]: KnownSchool(
            row["id"],
            row["departement"],
            SchoolKind(row["computed_kind"]),
            bool(row["partial_contract"]),
            row["absent_since"] is not None,
            row["row_digest"],
        )
        for row in await _KNOWN.fetch()
    }


def row_digest(school: School) -> str:
    """SHA-256 of everything that the annuaire says of a school and that is stored."""
    values = _imported_values(school)
    return hashlib.sha256("\x1f".join(map(str, values)).encode()).hexdigest()


async def upsert(schools: Sequence[School]) -> tuple[int, int]:
    """Create or update schools from the annuaire, and tell how many of each; decisions and contacts of managers stay.

    One that is already as the annuaire says is neither: another import may have written it since it was compared.
    Their municipalities must exist. Call it inside a write transaction: it writes by chunks.
    """
    versions: list[int] = []
    for start in range(0, len(schools), CHUNK):
        chunk = schools[start : start + CHUNK]
        values = [value for school in chunk for value in _written_values(school)]
        versions += [row["version"] for row in await _upsert_statement(len(chunk)).fetch(*values)]
    created = versions.count(1)
    return created, len(versions) - created


async def mark_absent(uais: Sequence[str], day: date) -> None:
    """Note the first day on which the annuaire no longer held these schools."""
    for start in range(0, len(uais), CHUNK):
        chunk = uais[start : start + CHUNK]
        mark = Statement(
            "UPDATE school SET absent_since = {}, version = version + 1"
            f" WHERE absent_since IS NULL AND uai IN ({', '.join(['{}'] * len(chunk))})"
        )
        await mark.fetch(day, *chunk)


@lru_cache(maxsize=4)
def _upsert_statement(rows: int) -> Statement:
    """The text is long and nearly always for a full chunk: built once."""
    columns = (*_WRITTEN, *_KEPT_EMPTY, "version")
    line = ", ".join([*(["{}"] * len(_WRITTEN)), *(["''"] * len(_KEPT_EMPTY)), "1"])
    updates = ", ".join(f"{column} = excluded.{column}" for column in _WRITTEN if column not in {"id", "uai"})
    return Statement(
        f"INSERT INTO school ({', '.join(columns)}) VALUES {', '.join([f'({line})'] * rows)}"
        f" ON CONFLICT (uai) DO UPDATE SET {updates}, version = school.version + 1"
        " WHERE school.row_digest <> excluded.row_digest OR school.absent_since IS NOT NULL RETURNING version"
    )


def _imported_values(school: School) -> list[Any]:
    stored: dict[str, Any] = {
        "computed_kind": school.computed_kind.value,
        "sector": school.sector.value,
        "address": address_to_text(school.address),
        "municipality": school.municipality_insee,
    }
    return [stored[column] if column in stored else getattr(school, column) for column in IMPORTED]


def _written_values(school: School) -> list[Any]:
    search = searchable(school.uai, school.type_name, names=(school.name, school.municipality_name))
    return [school.id, *_imported_values(school), school.absent_since, row_digest(school), search]


def _version(written: Mapping[str, Any] | None) -> int:
    if written is None:
        raise Conflict(
            "school.changed",
            "La fiche de l'établissement a été modifiée entre-temps. Rechargez-la, puis recommencez.",
        )
    version: int = written["version"]
    return version


def _school(row: Mapping[str, Any]) -> School:
    computed = SchoolKind(row["computed_kind"])
    same = (
        *("id", "uai", "name", "kind_reason", "type_name", "nature_code", "contract_code", "ministry"),
        *("section_of", "municipality_name", "departement", "academie", "email", "phone", "head_name"),
        *("head_title", "on_behalf_of", "board_act", "absent_since", "version"),
    )
    return School(
        kind=SchoolKind(row["decided_kind"]) if row["decided_kind"] else computed,
        computed_kind=computed,
        partial_contract=bool(row["partial_contract"]),
        sector=Sector(row["sector"]),
        address=address_from_text(row["address"]),
        municipality_insee=row["municipality"],
        has_post_bac=bool(row["has_post_bac"]),
        is_open=bool(row["is_open"]),
        **{column: row[column] for column in same},
    )
