"""Schools: written in bulk by the import of the annuaire, never deleted, and read as one managing service knows them.

The annuaire is shared; what a service decided or typed of a school is in `school_contact`, which no other one reads.
The version that a service sees counts its own changes alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from materiel.domain.language.order import LinePlace, Order
from materiel.domain.places.school import School, SchoolKind
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import ROWS_AT_ONCE, placeholders, upsert_known
from materiel.store.engine.search import searchable
from materiel.store.engine.sorting import ListedRows, SortKey, sorted_page
from materiel.store.engine.statement import Statement
from materiel.store.tables import SchoolRow

CHUNK = 300
"""Rows of one INSERT: 300 × 24 values stay under the 32 767 of PostgreSQL's protocol."""

IMPORTED = (
    *("uai", "name", "computed_kind", "partial_contract", "sector", "type_name", "nature_code"),
    *("contract_code", "ministry", "section_of", "address", "municipality", "departement", "academie"),
    *("email", "phone", "has_post_bac", "is_open"),
)
"""The columns that come from the annuaire, hence what the digest of a row covers."""

_WRITTEN = ("id", *IMPORTED, "absent_since", "row_digest", "search")
_CONTACT = (
    *("decided_kind", "kind_reason", "head_name", "head_title", "on_behalf_of", "board_act"),
    "held_municipality",
)
_TYPED = ("kind_reason", "head_name", "head_title", "on_behalf_of", "board_act")
# Two tables tell of a school: what a service decided or typed stands before what the annuaire says.
_SCHOOL = Mapper(
    School,
    SchoolRow,
    given=(
        *("kind", "municipality_insee", "municipality_name", "published_municipality"),
        *("email", "published_email", "contact_id", "version", *_TYPED),
    ),
)
_COLUMNS = (
    "school.*, place.name AS municipality_name, known.id AS contact_id, known.email AS known_email,"
    f" known.version AS contact_version, {', '.join(f'known.{column}' for column in _CONTACT)}"
)
_SOURCE = (
    "school LEFT JOIN school_contact AS known ON known.school = school.id AND known.service = {}"
    " JOIN municipality AS place ON place.insee_code = COALESCE(known.held_municipality, school.municipality)"
)
_SELECT = f"SELECT {_COLUMNS} FROM {_SOURCE} "
_EFFECTIVE = "COALESCE(known.decided_kind, school.computed_kind)"
SORTS = {
    "uai": SortKey("school.uai", indexed=True, unique=True),
    "nom": SortKey("lower(school.name)"),
    "commune": SortKey("lower(place.name)"),
    "nature": SortKey(_EFFECTIVE),
}
"""By the name of the column; what has no index is for a list known to be short."""
_BY_UAI = Statement(_SELECT + "WHERE school.uai = {}")
_BY_ID = Statement(_SELECT + "WHERE school.id = {}")
_ID = Statement("SELECT id FROM school WHERE uai = {}")
_SECTIONS = Statement(_SELECT + "WHERE school.section_of = {} ORDER BY school.uai")
_KNOWN = Statement(
    "SELECT id, uai, departement, computed_kind, partial_contract, absent_since, row_digest,"
    " is_open, municipality FROM school WHERE uai > {} ORDER BY uai LIMIT {}"
)
IMPORT_LOCK = 7_461_233_501
"""Any number that nothing else of the product locks."""

_IMPORT_LOCK = Statement("SELECT pg_advisory_xact_lock({})")
_NEW_CONTACT = {"kind_decided_by": "", "email": ""} | dict.fromkeys(_TYPED, "")
"""What a service that typed nothing yet knows of a school."""


@dataclass(frozen=True, slots=True)
class KnownSchool:
    """What the import compares a row with."""

    id: UUID
    uai: str
    departement: str
    computed_kind: SchoolKind
    partial_contract: bool
    is_absent: bool
    row_digest: str
    is_open: bool
    municipality: str

    @property
    def is_expected(self) -> bool:
        """Whether a whole file of its département holds it."""
        return self.is_open and not self.is_absent


_KNOWN_SCHOOL = Mapper(KnownSchool, given=("is_absent",))


async def by_uai(uai: str, service_id: UUID) -> School:
    """The school of a UAI, as a service knows it.

    Raises:
        NotFound: `school.not_found`.
    """
    row = await _BY_UAI.fetch_one(service_id, uai)
    if row is None:
        raise unknown(uai)
    return _school(row)


async def by_uais(uais: Iterable[str], service_id: UUID) -> dict[str, School]:
    """The schools of some UAIs, as a service knows them, by UAI; the unknown ones are left out."""
    wanted = list(set(uais))
    if not wanted:
        return {}
    found = Statement(f"{_SELECT}WHERE school.uai IN ({placeholders(wanted)})")
    return {row["uai"]: _school(row) for row in await found.fetch(service_id, *wanted)}


async def id_of(uai: str) -> UUID:
    """The id of the school of a UAI, which is the same for every service.

    Raises:
        NotFound: `school.not_found`.
    """
    row = await _ID.fetch_one(uai)
    if row is None:
        raise unknown(uai)
    found: UUID = row["id"]
    return found


async def get(school_id: UUID, service_id: UUID) -> School:
    """The school of an id that another record holds, as a service knows it.

    Raises:
        NotFound: `school.not_found`.
    """
    row = await _BY_ID.fetch_one(service_id, school_id)
    if row is None:
        raise NotFound("school.not_found", "Cet établissement n'existe pas.")
    return _school(row)


async def sections_of(uai: str, service_id: UUID) -> list[School]:
    """The sections (SEGPA, SEP) for which a school signs, in the order of their UAI."""
    return [_school(row) for row in await _SECTIONS.fetch(service_id, uai)]


async def in_communes(insee_codes: Sequence[str], kind: SchoolKind, service_id: UUID) -> list[School]:
    """The schools that a service knows to be of an effective kind in these communes, in the order of their names.

    A school whose new commune is not confirmed yet is still in the former one.
    """
    marks = ", ".join(["{}"] * len(insee_codes))
    where = f"WHERE {_EFFECTIVE} = {{}} AND "
    found = Statement(
        f"{_SELECT}{where}school.municipality IN ({marks}) AND known.held_municipality IS NULL"
        f" UNION ALL {_SELECT}{where}known.held_municipality IN ({marks})"
    )
    asked = (service_id, kind.value, *insee_codes)
    return sorted((_school(row) for row in await found.fetch(*asked, *asked)), key=lambda school: school.name)


async def page(
    service_id: UUID, *, words: Sequence[str] = (), kind: SchoolKind | None = None, limit: int, after: str = ""
) -> list[School]:
    """Schools in the order of their UAI, after a UAI; those that hold every word, of the effective kind asked."""
    at = LinePlace(after, None) if after else None
    found = await sorted_schools(service_id, Order("uai"), words=words, kind=kind, limit=limit, after=at)
    return [school for school, _ in found]


async def sorted_schools(
    service_id: UUID,
    order: Order,
    *,
    words: Sequence[str] = (),
    kind: SchoolKind | None = None,
    limit: int,
    after: LinePlace | None = None,
) -> list[tuple[School, LinePlace]]:
    """Schools that hold every word, of the effective kind asked, after the place of one of them, each with its own."""
    conditions, values = _asked(service_id, words, kind)
    rows = await sorted_page(
        ListedRows(columns=_COLUMNS, source=_SOURCE, conditions=conditions, values=values, id="school.id"),
        SORTS[order.column],
        descending=order.descending,
        limit=limit,
        after=after,
    )
    return [(_school(row), at) for row, at in rows]


async def count(service_id: UUID, *, words: Sequence[str] = (), kind: SchoolKind | None = None) -> int:
    """How many schools hold every word and are of the effective kind asked."""
    conditions, values = _asked(service_id, words, kind)
    (row,) = await Statement(f"SELECT count(*) AS found FROM {_SOURCE} WHERE {' AND '.join(conditions)}").fetch(*values)
    found: int = row["found"]
    return found


def _asked(service_id: UUID, words: Sequence[str], kind: SchoolKind | None) -> tuple[list[str], list[Any]]:
    """The service is asked for by the join."""
    conditions = ["1 = 1", *["school.search LIKE {}"] * len(words)]
    values: list[Any] = [service_id, *(f"%{word}%" for word in words)]
    if kind is not None:
        conditions.append(f"{_EFFECTIVE} = {{}}")
        values.append(kind.value)
    return conditions, values


async def save_decision(
    school: School, service_id: UUID, kind: SchoolKind | None, *, reason: str, by: str, at: datetime
) -> School:
    """Record a service's decision on the kind, or withdraw it with None.

    Raises:
        Conflict: `school.changed`.
    """
    decided = {"decided_kind": kind.value if kind else None, "kind_reason": reason}
    saved = await _save(school, service_id, decided | {"kind_decided_by": by, "kind_decided_at": at})
    return replace(saved, kind=kind or school.computed_kind, kind_reason=reason)


async def save_contact(school: School, service_id: UUID) -> School:
    """Write who signs for the school, for a service.

    Raises:
        Conflict: `school.changed`.
    """
    names = ("head_name", "head_title", "on_behalf_of", "board_act")
    return await _save(school, service_id, {name: getattr(school, name) for name in names})


async def pin_mailbox(school_id: UUID, service_id: UUID, email: str) -> None:
    """Keep the mailbox that a service has just written to: from now on an import does not change it."""
    await _note(school_id, service_id, {"email": email})


async def hold_municipality(school_id: UUID, service_id: UUID, insee_code: str | None) -> None:
    """Keep the papers of a service at the former commune of a school; with None they follow the annuaire."""
    await _note(school_id, service_id, {"held_municipality": insee_code})


async def _note(school_id: UUID, service_id: UUID, values: Mapping[str, Any]) -> None:
    """Write beside what people typed, without making what they are typing stale."""
    row = {"id": new_id(), "service": service_id, "school": school_id, "version": 1, **_NEW_CONTACT, **values}
    note = Statement(
        f"INSERT INTO school_contact ({', '.join(row)}) VALUES ({placeholders(list(row))})"
        f" ON CONFLICT (service, school) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in values)}"
    )
    await note.fetch(*row.values())


async def _save(school: School, service_id: UUID, values: Mapping[str, Any]) -> School:
    written = await upsert_known(
        "school_contact",
        {"service": service_id, "school": school.id},
        {"id": new_id(), **_NEW_CONTACT, **values},
        values,
        school.version,
    )
    if written is None:
        raise Conflict(
            "school.changed",
            "La fiche de l'établissement a été modifiée entre-temps. Rechargez-la, puis recommencez.",
        )
    return replace(school, contact_id=written[0], version=written[1])


async def wait_for_other_imports() -> None:
    """Let one import at a time compare and write, until the end of the transaction. SQLite has one writer anyway."""
    if is_postgres():
        await _IMPORT_LOCK.fetch(IMPORT_LOCK)


async def known() -> dict[str, KnownSchool]:
    """Every school known, by UAI, with what tells an unchanged row; read some at a time."""
    found: dict[str, KnownSchool] = {}
    after = ""
    while rows := await _KNOWN.fetch(after, ROWS_AT_ONCE):
        for row in rows:
            found[row["uai"]] = _KNOWN_SCHOOL.value(row, is_absent=row["absent_since"] is not None)
        after = rows[-1]["uai"]
    return found


def row_digest(school: School) -> str:
    """SHA-256 of everything that the annuaire says of a school and that is stored."""
    values = _imported_values(school)
    return hashlib.sha256("\x1f".join(map(str, values)).encode()).hexdigest()


async def upsert(schools: Sequence[School]) -> tuple[int, int]:
    """Create or update schools from the annuaire, and tell how many of each; what services know of them stays.

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
    columns = (*_WRITTEN, "version")
    line = ", ".join([*(["{}"] * len(_WRITTEN)), "1"])
    updates = ", ".join(f"{column} = excluded.{column}" for column in _WRITTEN if column not in {"id", "uai"})
    return Statement(
        f"INSERT INTO school ({', '.join(columns)}) VALUES {', '.join([f'({line})'] * rows)}"
        f" ON CONFLICT (uai) DO UPDATE SET {updates}, version = school.version + 1"
        " WHERE school.row_digest <> excluded.row_digest OR school.absent_since IS NOT NULL RETURNING version"
    )


def _imported_values(school: School) -> list[Any]:
    row = _SCHOOL.row(school, municipality=school.municipality_insee, email=school.email)
    return [row[column] for column in IMPORTED]


def _written_values(school: School) -> list[Any]:
    search = searchable(school.uai, school.type_name, names=(school.name, school.municipality_name))
    return [school.id, *_imported_values(school), school.absent_since, row_digest(school), search]


def unknown(uai: str) -> NotFound:
    """The refusal of a UAI that no school bears."""
    return NotFound(
        "school.not_found",
        f"Aucun établissement ne porte l'UAI « {uai[:20]} ». "
        "Vérifiez le code, ou importez l'annuaire de son département.",
    )


def _school(row: Row) -> School:
    decided, known = row["decided_kind"], {name: row[name] or "" for name in _TYPED}
    return _SCHOOL.value(
        row,
        kind=SchoolKind(decided or row["computed_kind"]),
        municipality_insee=row["held_municipality"] or row["municipality"],
        municipality_name=row["municipality_name"],
        published_municipality=row["municipality"],
        email=row["known_email"] or row["email"],
        published_email=row["email"],
        contact_id=row["contact_id"],
        version=row["contact_version"] or 1,
        **known,
    )
