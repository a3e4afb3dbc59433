"""Pupils with their homes and representatives. Every read names the managing service: no pupil exists outside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from materiel.domain.people.person_name import Identity
from materiel.domain.people.pupil import Home, Pupil, Representative
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row, is_postgres
from materiel.store.engine.ids import new_id
from materiel.store.engine.mapper import Mapper, Part
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders, update_version
from materiel.store.engine.search import searchable, words_of
from materiel.store.engine.statement import Statement
from materiel.store.places import school as schools
from materiel.store.tables import HomeRow, PupilRow, RepresentativeRow

_HOME = Mapper(Home, HomeRow)
_PERSON = Mapper(Representative, RepresentativeRow)
_PUPIL = Mapper(
    Pupil,
    PupilRow,
    given=("school_uai",),
    parts={
        "homes": Part(_HOME, of="pupil", order="position"),
        "representatives": Part(_PERSON, of="pupil", order="position"),
    },
)
_SELECT = f"SELECT {_PUPIL.selected('pupil')}, school.uai FROM pupil JOIN school ON school.id = pupil.school"
_BY_ID = _PUPIL.statement(f"{_SELECT} WHERE pupil.id = {{}} AND pupil.service = {{}}")
_DELETE_FAMILY = [Statement(f"DELETE FROM {table} WHERE pupil = {{}}") for table in ("home", "representative")]
# Leaves the service's other writers alone: their foreign keys ask for a weaker lock.
_LOCK_SERVICE = Statement("SELECT id FROM managing_service WHERE id = {} FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True)
class PupilIdentity:
    """What tells one pupil from another, and the school that each attends."""

    id: UUID
    last_name: str
    first_name: str
    birth_date: date
    school_uai: str


_IDENTITY = Mapper(PupilIdentity)
_WHO = (
    "SELECT pupil.id, pupil.last_name, pupil.first_name, pupil.birth_date, school.uai AS school_uai"
    " FROM pupil JOIN school ON school.id = pupil.school WHERE pupil.service = {}"
)
_ALL_IDENTITIES = Statement(_WHO)


async def insert(pupil: Pupil, created_at: datetime) -> None:
    """Add a pupil.

    Raises:
        NotFound: `school.not_found`.
    """
    await insert_many([pupil], created_at)


async def insert_many(pupils: Sequence[Pupil], created_at: datetime) -> None:
    """Add pupils in as few statements as possible; all or none. Errors are those of `insert`."""
    ids = {uai: await schools.id_of(uai) for uai in {pupil.school_uai for pupil in pupils}}
    await insert_rows(
        PupilRow,
        *(_written(pupil, ids[pupil.school_uai]) | {"created_at": created_at} for pupil in pupils),
    )
    await _insert_families(pupils)


async def identities(service_id: UUID, birth_dates: Collection[date]) -> list[PupilIdentity]:
    """Who is known in a service among those born on some days: enough to recognise each in a list."""
    if not birth_dates:
        return []
    born_then = Statement(f"{_WHO} AND pupil.birth_date IN ({placeholders(list(birth_dates))})")
    return [_IDENTITY.value(row) for row in await born_then.fetch(service_id, *birth_dates)]


async def of_identities(service_id: UUID, wanted: Collection[Identity]) -> list[PupilIdentity]:
    """Who is known in a service by one of these last names and days of birth, and perhaps others.

    Thirty pupils are born on any day, in a large service: the words that are searched hold the key of each last name.
    """
    asked = list(dict.fromkeys((day, f"% {key} %" if key else "%") for key, _, day in wanted))
    if not asked:
        return []
    values = [value for each in asked for value in each]
    return [_IDENTITY.value(row) for row in await _born_so(len(asked)).fetch(*values, service_id)]


@lru_cache
def _born_so(number: int) -> Statement:
    text = (
        "WITH wanted (born_on, words) AS (VALUES {})"
        " SELECT DISTINCT pupil.id, pupil.last_name, pupil.first_name, pupil.birth_date, school.uai AS school_uai"
        " FROM wanted {} JOIN pupil ON pupil.birth_date = wanted.born_on JOIN school ON school.id = pupil.school"
        " WHERE pupil.search LIKE wanted.words AND pupil.service = {}"
    )
    typed = ", ".join(["(CAST({} AS DATE), CAST({} AS TEXT))"] * number)
    return Statement(
        text.format(", ".join(["({}, {})"] * number), "CROSS", "{}"), postgres=text.format(typed, "", "{}")
    )


async def all_identities(service_id: UUID) -> list[PupilIdentity]:
    """Who is known in a service: to recognise those whom a list names without their dates of birth."""
    return [_IDENTITY.value(row) for row in await _ALL_IDENTITIES.fetch(service_id)]


async def wait_for_other_imports(service_id: UUID) -> None:
    """Let one import at a time add to a service, until the end of the transaction. SQLite has one writer anyway."""
    if is_postgres():
        await _LOCK_SERVICE.fetch(service_id)


async def get(pupil_id: UUID, service_id: UUID) -> Pupil:
    """The pupil of an id in a service.

    Raises:
        NotFound: `pupil.not_found`.
    """
    row = await _BY_ID.fetch_one(pupil_id, service_id)
    if row is None:
        raise unknown()
    return _pupil(row)


def unknown() -> NotFound:
    """The refusal of a pupil that is not the service's."""
    return NotFound("pupil.not_found", "Cet élève n’existe pas dans votre service. Vérifiez le lien.")


async def get_many(pupil_ids: Iterable[UUID], service_id: UUID) -> dict[UUID, Pupil]:
    """Those of these pupils that are a service's, by id."""
    wanted = list(set(pupil_ids))
    if not wanted:
        return {}
    found = _PUPIL.statement(f"{_SELECT} WHERE pupil.service = {{}} AND pupil.id IN ({placeholders(wanted)})")
    return {row["id"]: _pupil(row) for row in await found.fetch(service_id, *wanted)}


async def save(pupil: Pupil) -> Pupil:
    """Write a pupil back, homes and representatives included, and return it with its version raised.

    Call it inside a write transaction.

    Raises:
        Conflict: `pupil.changed`.
        NotFound: `school.not_found`.
    """
    school_id = await schools.id_of(pupil.school_uai)
    version = await update_version(PupilRow, _written(pupil, school_id))
    if version is None:
        raise Conflict("pupil.changed", "La fiche de l’élève a été modifiée entre-temps. Rechargez-la.")
    for family in _DELETE_FAMILY:
        await family.fetch(pupil.id)
    await _insert_families([pupil])
    return replace(pupil, version=version)


async def page(
    service_id: UUID, *, q: str = "", school_uai: str = "", limit: int, after: UUID | None = None
) -> list[Pupil]:
    """At most `limit` pupils of a service after one of them, oldest record first.

    Args:
        q: every word must be in the first name or the last name.
        school_uai: only those who attend this school; empty for all.
    """
    wanted = words_of(q)
    values: list[Any] = [service_id, after or UUID(int=0), *(f"%{word}%" for word in wanted)]
    if school_uai:
        values.append(school_uai)
    rows = await _page_statement(len(wanted), bool(school_uai)).fetch(*values, limit)
    return [_pupil(row) for row in rows]


@lru_cache
def _page_statement(words: int, with_school: bool) -> Statement:
    return _PUPIL.statement(
        f"{_SELECT} WHERE pupil.service = {{}} AND pupil.id > {{}}"
        + " AND pupil.search LIKE {}" * words
        + (" AND school.uai = {}" if with_school else "")
        + " ORDER BY pupil.id LIMIT {}"
    )


async def _insert_families(pupils: Sequence[Pupil]) -> None:
    await insert_rows(
        HomeRow,
        *(
            _HOME.row(home, id=new_id(), pupil=pupil.id, position=position)
            for pupil in pupils
            for position, home in enumerate(pupil.homes)
        ),
    )
    await insert_rows(
        RepresentativeRow,
        *(
            _PERSON.row(person, pupil=pupil.id, position=position, search=_words_of(person))
            for pupil in pupils
            for position, person in enumerate(pupil.representatives)
        ),
    )


def _pupil(row: Row) -> Pupil:
    return _PUPIL.value(row, school_uai=row["uai"])


def _written(pupil: Pupil, school_id: UUID) -> dict[str, Any]:
    return _PUPIL.row(pupil, school=school_id, search=_words_of(pupil))


def _words_of(person: Pupil | Representative) -> str:
    return searchable(names=(person.last_name, person.first_name))
