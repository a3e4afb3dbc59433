"""Import pupils from a table. A pupil known by names and birth date is left as is, or reported when the school
differs: moving a pupil is a step of the loans.

An import is one transaction: good lines go in together, the others are reported with their number and their faults.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.folding import name_key
from materiel.domain.identifiers import departement_of_commune
from materiel.domain.party import Home, Pupil
from materiel.domain.person_name import Identity, identity_of
from materiel.domain.registration import checked_pupil
from materiel.domain.roles import Actor, Permission
from materiel.errors import RuleBroken
from materiel.exchange.pupil import LAYOUT, PupilLine
from materiel.exchange.reading import Source
from materiel.exchange.report import ImportReport
from materiel.exchange.table import BadLine
from materiel.store import journal
from materiel.store import municipality as municipalities
from materiel.store import pupil as pupils
from materiel.use_cases.prepared import (
    Prepared,
    Progress,
    import_note,
    overtaken,
    read_through,
    untold,
    write_now,
)
from materiel.use_cases.printable import printable
from materiel.use_cases.pupil import RegisterPupil, RepresentativeInput, check_school, new_pupil

_SHORT_POSTCODE = re.compile(r"[1-9][0-9]{3}")


async def import_pupils(
    source: Source, *, actor: Actor, now: datetime, dry_run: bool = False, progress: Progress = untold
) -> ImportReport:
    """Register the pupils of a table.

    Args:
        source: a CSV, XLSX, ODS or XLS.
        dry_run: compare and report, write nothing.

    Raises:
        PermissionDenied: the actor may not write.
        BadInput: the file cannot be read.
        Conflict: `import.overtaken`.
    """
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    return await write_now(
        await prepare_pupils(source, actor=actor, now=now, dry_run=dry_run, progress=progress), now=now
    )


async def prepare_pupils(
    source: Source, *, actor: Actor, now: datetime, dry_run: bool, progress: Progress = untold
) -> Prepared:
    """Read the table and compare it with the pupils known; see `import_pupils`."""
    report = ImportReport(dry_run=dry_run)
    comparison = _Comparison(actor.service_id, actor.civil_date(now), report, await _known(actor.service_id))
    await read_through(source, LAYOUT, report, comparison.take, progress)

    async def write(at: datetime) -> None:
        await _write(comparison, actor=actor, at=at)

    return Prepared(report, write)


@dataclass(slots=True)
class _Comparison:
    service_id: UUID
    today: date
    report: ImportReport
    known: dict[Identity, str]
    """The school that each known pupil attends."""

    new: list[Pupil] = field(default_factory=list)
    _seen: dict[Identity, int] = field(default_factory=dict)
    _schools: dict[str, RuleBroken | None] = field(default_factory=dict)
    _communes: set[tuple[str, str]] | None = None
    """Département and name of each known commune, read when a first postcode of four digits needs it."""

    async def take(self, lines: Sequence[PupilLine | BadLine]) -> None:
        for line in lines:
            await self._take(line)

    async def _take(self, line: PupilLine | BadLine) -> None:
        self.report.read += 1
        if isinstance(line, BadLine):
            self.report.reject(line.number, line.code, line.detail)
            return
        try:
            homes = tuple([await self._restored(home) for home in line.homes])
            command = _command(replace(line, homes=homes))
            pupil = printable(checked_pupil(new_pupil(command, self.service_id), today=self.today))
            await self._check_school(pupil.school_uai)
        except RuleBroken as fault:
            self.report.reject(line.line, fault.code, fault.message)
            return
        identity = _identity(pupil)
        if identity in self._seen:
            self.report.reject(
                line.line, "pupil.duplicate", f"Cet élève figure déjà à la ligne {self._seen[identity]} du fichier."
            )
            return
        self._seen[identity] = line.line
        if homes != line.homes:
            self.report.warn(
                line.line,
                "pupil.postcode_zero_restored",
                f"Code postal de quatre chiffres : le zéro initial perdu a été rendu ({_told(homes, line.homes)}).",
            )
        school = self.known.get(identity)
        if school is None:
            self.report.created += 1
            self.new.append(pupil)
        elif school == pupil.school_uai:
            self.report.unchanged += 1
        else:
            self.report.reject(
                line.line,
                "pupil.school_differs",
                f"Cet élève est connu dans l'établissement {school} : "
                "changez d'établissement depuis sa fiche ou son prêt.",
            )

    async def _restored(self, home: Home) -> Home:
        """The zero that a spreadsheet ate, given back where the city is a known commune of that département only.

        1201 Genève is no 01201: left as typed, it is refused with what to do.
        """
        code = "".join(home.address.postcode.split())
        if home.address.country or not _SHORT_POSTCODE.fullmatch(code):
            return home
        if self._communes is None:
            named = await municipalities.names()
            self._communes = {(departement_of_commune(insee), name_key(name)) for insee, name in named.items()}
        if (f"00{code[0]}", name_key(home.address.city)) not in self._communes:
            return home
        return replace(home, address=replace(home.address, postcode=f"0{code}"))

    async def _check_school(self, uai: str) -> None:
        """Ask once for each school."""
        if uai not in self._schools:
            try:
                await check_school(uai)
                self._schools[uai] = None
            except RuleBroken as refusal:
                self._schools[uai] = refusal
        if known := self._schools[uai]:
            raise known


def _told(homes: Sequence[Home], before: Sequence[Home]) -> str:
    return ", ".join(home.address.place[0] for home, old in zip(homes, before, strict=True) if home != old)


def _command(line: PupilLine) -> RegisterPupil:
    people = tuple(
        RepresentativeInput(**{each.name: getattr(person, each.name) for each in fields(person)})
        for person in line.representatives
    )
    return RegisterPupil(
        last_name=line.last_name,
        first_name=line.first_name,
        birth_date=line.birth_date,
        school=line.school,
        homes=line.homes,
        representatives=people,
        email=line.email,
        phone=line.phone,
    )


async def _write(comparison: _Comparison, *, actor: Actor, at: datetime) -> None:
    await pupils.wait_for_other_imports(actor.service_id)
    # No constraint of the database tells a pupil from another.
    known = await _known(actor.service_id)
    if any(_identity(pupil) in known for pupil in comparison.new):
        raise overtaken()
    await pupils.insert_many(comparison.new, at)
    notes = [
        journal.Note(action="pupil.registered", subject_kind="pupil", subject_id=pupil.id, details={})
        for pupil in comparison.new
    ]
    notes.append(import_note("pupil.imported", comparison.report, actor))
    await journal.append_many(actor.service_id, notes, at=at, actor=actor.id)


async def _known(service_id: UUID) -> dict[Identity, str]:
    return {_identity(each): each.school_uai for each in await pupils.identities(service_id)}


def _identity(pupil: Pupil | pupils.Identity) -> Identity:
    return identity_of(pupil.last_name, pupil.first_name, pupil.birth_date)
