"""The pupils of a sector and what they hold: what a référent may read, and not one column more.

By the school that a pupil attends today, or the school that a section is of: who leaves the sector leaves the page. A
pupil who has died is not there (E29), nor is what is deposited for a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.circuit.use import UseLevel
from materiel.store.engine.database import Row
from materiel.store.engine.rows import as_date
from materiel.store.engine.statement import Statement

_IN_SECTOR = (
    "(pupil.school IN (SELECT sector.school FROM referent_school AS sector WHERE sector.referent = {})"
    " OR pupil.school IN (SELECT section.id FROM school AS section"
    " JOIN school AS mother ON mother.uai = section.section_of"
    " JOIN referent_school AS sector ON sector.school = mother.id WHERE sector.referent = {}))"
)
_HELD = (
    "SELECT pupil.id AS pupil, pupil.last_name, pupil.first_name, school.name AS school_name, school.uai AS school_uai,"
    " town.name AS school_town, loan.id AS loan, item.id AS item, item.designation, item.inventory_number,"
    " loan_item.handed_over_on AS since, note.level, note.said_on"
    " FROM pupil JOIN school ON school.id = pupil.school"
    " JOIN municipality AS town ON town.insee_code = school.municipality JOIN loan ON loan.pupil = pupil.id"
    " JOIN loan_item ON loan_item.loan = loan.id JOIN item ON item.id = loan_item.item"
    " LEFT JOIN use_note AS note ON note.loan = loan.id AND note.item = item.id AND note.said_on ="
    " (SELECT max(last.said_on) FROM use_note AS last WHERE last.loan = loan.id AND last.item = item.id)"
    " WHERE pupil.service = {} AND pupil.died_on IS NULL AND loan.usage = 'individual'"
    " AND loan.status = 'handed_over' AND loan_item.handed_over_on IS NOT NULL AND loan_item.removed_on IS NULL"
    f" AND {_IN_SECTOR}"
)
_OF_SECTOR = Statement(
    f"{_HELD} ORDER BY school.name, town.name, school.id, pupil.last_name, pupil.first_name, pupil.id, item.id"
)
_OF_PUPIL = Statement(f"{_HELD} AND pupil.id = {{}} ORDER BY item.designation, item.id")


_ATTENDS = Statement(
    "SELECT pupil.id FROM pupil WHERE pupil.service = {} AND pupil.died_on IS NULL"
    f" AND {_IN_SECTOR} AND pupil.id = {{}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldInSector:
    """One thing that a pupil of the sector has, since when, and what was said of it last."""

    loan_id: UUID
    item_id: UUID
    inventory_number: str
    designation: str
    since: date
    level: UseLevel | None
    said_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorPupil:
    """A pupil of the sector who has something of the service. `school_town`: many schools have the same name."""

    id: UUID
    last_name: str
    first_name: str
    school_uai: str
    school_name: str
    school_town: str
    held: tuple[HeldInSector, ...]

    def called(self, held: HeldInSector) -> str:
        """How a thing is called on the page of the pupil: by its number too where two are called alike."""
        alike = [each for each in self.held if each.designation == held.designation]
        return held.designation if len(alike) == 1 else f"{held.designation}, n° {held.inventory_number}"

    @property
    def noted_on(self) -> date | None:
        """The day of the last meeting noted, when every thing has been spoken of."""
        days = [each.said_on for each in self.held]
        return min(day for day in days if day) if days and all(days) else None


async def pupils(referent_id: UUID, service_id: UUID) -> list[SectorPupil]:
    """Every pupil of the sector who has something of the service, school by school."""
    return _pupils(await _OF_SECTOR.fetch(service_id, referent_id, referent_id))


async def pupil(pupil_id: UUID, referent_id: UUID, service_id: UUID) -> SectorPupil | None:
    """One of them; None for anybody else."""
    found = _pupils(await _OF_PUPIL.fetch(service_id, referent_id, referent_id, pupil_id))
    return found[0] if found else None


async def attends(pupil_id: UUID, referent_id: UUID, service_id: UUID) -> bool:
    """Whether a pupil of the service attends a school of the sector today, whatever they hold."""
    return await _ATTENDS.fetch_one(service_id, referent_id, referent_id, pupil_id) is not None


_PUPIL = ("last_name", "first_name", "school_uai", "school_name", "school_town")


def _pupils(rows: Sequence[Row]) -> list[SectorPupil]:
    held: dict[UUID, list[HeldInSector]] = {}
    first: dict[UUID, Row] = {}
    for row in rows:
        first.setdefault(row["pupil"], row)
        held.setdefault(row["pupil"], []).append(_held(row))
    return [
        SectorPupil(
            id=pupil_id,
            held=tuple(held[pupil_id]),
            **{name: row[name] for name in _PUPIL},
        )
        for pupil_id, row in first.items()
    ]


def _held(row: Row) -> HeldInSector:
    return HeldInSector(
        loan_id=row["loan"],
        item_id=row["item"],
        inventory_number=row["inventory_number"],
        designation=row["designation"],
        since=as_date(row["since"]),
        level=UseLevel(row["level"]) if row["level"] else None,
        said_on=as_date(row["said_on"]) if row["said_on"] else None,
    )
