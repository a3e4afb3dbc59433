"""Import pupils from a table. The record of one known by names and birth date is completed where it says nothing.

One whom the file says to be in another school is told among the `moves` of the report, and moved by an act of its own:
loans follow, with papers. It is written by batches (see `prepared`); lines that cannot go in are reported with their
number and their faults.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.domain.imports.import_file import ReadingOptions, RecordKind, WrittenRecord
from materiel.domain.item.registration import checked_pupil
from materiel.domain.language.folding import name_key
from materiel.domain.language.values import corrected, replace
from materiel.domain.people.person_name import Identity, identity_of
from materiel.domain.people.pupil import Home, Pupil
from materiel.errors import Conflict, FieldError, RuleBroken
from materiel.exchange.pupil import EITHER, LAYOUT, SCHOOL, PupilLine, heading_of, school_cell
from materiel.exchange.reading import Source
from materiel.exchange.report import FileReport, NameRead, ReportedMove
from materiel.exchange.table import BadLine, CellSetAside
from materiel.store.history import journal
from materiel.store.people import pupil as pupils
from materiel.store.people.pupil import PupilIdentity
from materiel.store.places import municipality as municipalities
from materiel.use_cases.imports import completing
from materiel.use_cases.imports.completing import Completed, completions
from materiel.use_cases.imports.prepared import (
    READ_AS_IT_IS,
    Batches,
    Compared,
    Overtaken,
    PreparedImport,
    Progress,
    import_lines,
    import_now,
    noted_end,
    untold,
)
from materiel.use_cases.imports.told import cell_of_pupil
from materiel.use_cases.imports.written_school import WrittenSchools
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.people.near_pupils import NearPupils, PupilLines
from materiel.use_cases.people.pupil import RegisterPupil, RepresentativeInput, check_school, new_pupil

_SHORT_POSTCODE = re.compile(r"[1-9][0-9]{3}")


async def prepare_pupils(
    source: Source,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool,
    progress: Progress = untold,
    batches: Batches | None = None,
    options: ReadingOptions = READ_AS_IT_IS,
) -> PreparedImport:
    """Read, compare and write the pupils, and leave the end of the import to be written."""
    report = FileReport(dry_run=dry_run)
    written = WrittenSchools(actor.service_id, options.schools)
    comparison = PupilComparison(actor, actor.civil_date(now), dry_run, written, options.school, tells_moves=True)
    # One school for the whole file is the school of a line that says none.
    either = [group for group in EITHER if group != SCHOOL or not options.school]
    layout = replace(LAYOUT, columns=replace(LAYOUT.columns, either=either))
    await import_lines(
        source,
        layout,
        report,
        comparison.compare,
        batches=batches,
        now=now,
        progress=progress,
        options=options,
    )
    comparison.lines.refuse_the_undecided(report)
    return noted_end("pupil.imported", report, actor)


import_pupils = partial(import_now, prepare_pupils)


@dataclass(slots=True)
class PupilPart:
    """Some lines of the table: the pupils to register and the known ones, by line."""

    report: FileReport
    actor: Actor
    new: dict[int, Pupil] = field(default_factory=dict)
    known: dict[int, PupilIdentity] = field(default_factory=dict)
    completed: Completed = field(default_factory=dict)

    @property
    def written(self) -> list[WrittenRecord]:
        """The pupils to register or to complete, as an import remembers them."""
        made = [
            WrittenRecord(kind=RecordKind.PUPIL, subject=pupil.id, before=None, version=pupil.version, line=line)
            for line, pupil in self.new.items()
        ]
        return [*made, *completing.written(self.completed)]

    async def write(self, at: datetime) -> None:
        """Register and complete them, in a transaction and at its instant.

        Raises:
            Overtaken: somebody has registered or written one of them.
        """
        await _write(list(self.new.values()), actor=self.actor, at=at)
        try:
            await completing.write(self.completed, actor=self.actor, at=at)
        except Conflict as conflict:
            raise Overtaken from conflict


@dataclass(slots=True)
class PupilComparison:
    """The pupils of a file beside those that are known."""

    actor: Actor
    today: date
    dry_run: bool
    written: WrittenSchools
    school: str
    tells_moves: bool = False
    """Whether a known pupil in another school is told among the moves; the line is refused otherwise."""

    lines: PupilLines = field(default_factory=PupilLines)
    _schools: dict[str, RuleBroken | None] = field(default_factory=dict)
    _communes: dict[str, set[str]] = field(default_factory=dict)
    """The names of the communes of a département, read when a first postcode of four digits needs them."""

    _near: NearPupils = field(init=False)

    def __post_init__(self) -> None:
        self._near = NearPupils(self.actor.service_id)

    async def compare(self, lines: Sequence[PupilLine | BadLine]) -> Compared:
        """Some lines; the same ones may be compared anew."""
        part = await self.part(lines)
        return Compared(part.report, part.write, part.written)

    async def part(self, lines: Sequence[PupilLine | BadLine]) -> PupilPart:
        """The same, pupil by pupil."""
        part = PupilPart(FileReport(dry_run=self.dry_run), self.actor)
        typed = [(line, await self._typed(line, part.report)) for line in lines]
        known = await _known(self.actor.service_id, [pupil for _, pupil in typed if pupil is not None])
        for line, pupil in typed:
            if isinstance(line, PupilLine) and pupil is not None:
                self._take(line, pupil, known.get(_identity(pupil), []), part)
        read = {line.line: pupil for line, pupil in typed if isinstance(line, PupilLine) and pupil is not None}
        part.completed = await completions(part.known, read, part.report, self.actor.service_id)
        if self.dry_run and part.new:
            # The report of an import is kept a month: it repeats no name.
            await self._near.tell(part.new, part.report)
        return part

    async def _typed(self, line: PupilLine | BadLine, report: FileReport) -> Pupil | None:
        """The pupil of a line; None, and a line of the report, when it may not go in."""
        report.read += 1
        if isinstance(line, BadLine):
            report.reject(line.number, line.code, line.detail, column=line.column, cell=line.cell)
            return None
        written = line.school or line.school_name
        try:
            homes = tuple([await self._restored(home) for home in line.homes])
            code = line.school if written else self.school
            uai, named = await self.written.told(code, line.school_name, line.municipality, line.line, report)
            pupil, left = self._kept(corrected(line, homes=homes, school=uai))
            await self._check_school(pupil.school_uai)
        except RuleBroken as fault:
            report.reject(line.line, fault.code, fault.message, **cell_of_pupil(fault, line))
            return None
        if not self.lines.is_first(_identity(pupil), line, pupil.school_uai, report):
            return None
        for each in (*line.set_aside, *left):
            report.leave(line.line, heading_of(each.column), each.cell, each.code, each.detail)
        if line.written_name:
            self._tell_name(line, report)
        if named is not None:
            report.warn(
                line.line,
                f"pupil.school_named_{uai.lower()}",
                f"« {written[:60]} » est lu : {named.name}, {named.municipality_name} ({uai}).",
            )
        if homes != line.homes:
            report.warn(
                line.line,
                "pupil.postcode_zero_restored",
                f"Code postal de quatre chiffres : le zéro initial perdu a été rendu ({_told(homes, line.homes)}).",
            )
        return pupil

    def _tell_name(self, line: PupilLine, report: FileReport) -> None:
        """How the names in one cell were read: shown before the import, and not kept after it."""
        if self.dry_run:
            report.part_name(
                NameRead(line.line, line.written_name, line.last_name, line.first_name, is_sure=line.is_name_sure)
            )
        if not line.is_name_sure:
            report.warn(
                line.line,
                "pupil.name_unclear",
                f"« {line.written_name[:60]} » est lu : nom « {line.last_name} », prénom « {line.first_name} ». Si la "
                "colonne dit d'abord le prénom, choisissez pour elle « Élève (prénom puis nom) »."
                if self.dry_run
                else "Un nom écrit dans une seule case a été partagé sans certitude : vérifiez la fiche de l'élève.",
            )

    def _kept(self, line: PupilLine) -> tuple[Pupil, tuple[CellSetAside, ...]]:
        """The pupil of a line, without what it may do without and whose values are refused.

        A refused part of an address leaves the whole of it: half an address is none.
        """
        try:
            pupil = new_pupil(_command(line), self.actor.service_id)
            return printable(checked_pupil(pupil, today=self.today, home_needed=False)), ()
        except RuleBroken as fault:
            found = [_without(line, each) for each in fault.errors]
            if not found or None in found:
                raise
            shorter, aside = next(each for each in found if each is not None)
            pupil, left = self._kept(shorter)
            return pupil, (aside, *left)

    def forget(self, line: PupilLine) -> None:
        """Take a line for one that does not go in: another one may tell its pupil."""
        self.lines.forget(identity_of(line.last_name, line.first_name, line.birth_date), line.line)

    def _take(self, line: PupilLine, pupil: Pupil, known: Sequence[PupilIdentity], part: PupilPart) -> None:
        there = next((each for each in known if each.school_uai == pupil.school_uai), None)
        if not known:
            part.report.created += 1
            part.new[line.line] = pupil
        elif there is not None:
            part.report.unchanged += 1
            part.known[line.line] = there
        elif len(known) > 1:
            part.report.reject(
                line.line,
                "pupil.namesakes",
                f"{len(known)} élèves connus portent ces noms et cette date de naissance, aucun dans cet "
                "établissement : changez d'établissement depuis la fiche du bon, ou réunissez-les s'ils sont le même.",
                **school_cell(line),
            )
        elif self.tells_moves:
            (who,) = known
            part.report.move(
                ReportedMove(line=line.line, pupil=str(who.id), before=who.school_uai, after=pupil.school_uai)
            )
        else:
            part.report.reject(
                line.line,
                "pupil.school_differs",
                f"Cet élève est connu dans l'établissement {known[0].school_uai} : "
                "changez d'établissement depuis sa fiche ou son prêt.",
                **school_cell(line),
            )

    async def _restored(self, home: Home) -> Home:
        """The zero that a spreadsheet ate, given back where the city is a known commune of that département only.

        1201 Genève is no 01201: left as typed, it is refused with what to do.
        """
        code = "".join(home.address.postcode.split())
        if home.address.country or not _SHORT_POSTCODE.fullmatch(code):
            return home
        departement = f"00{code[0]}"
        if departement not in self._communes:
            named = await municipalities.names_in(departement)
            self._communes[departement] = {name_key(name) for name in named}
        if name_key(home.address.city) not in self._communes[departement]:
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


def _without(line: PupilLine, fault: FieldError) -> tuple[PupilLine, CellSetAside] | None:
    """A line without the cell at fault, and that cell; None when the line cannot do without it."""
    match fault.pointer.split("/")[1:]:
        case [("email" | "phone") as name]:
            column = "courriel_eleve" if name == "email" else "telephone_eleve"
            emptied: dict[str, Any] = {name: ""}
            return replace(line, **emptied), CellSetAside(column, getattr(line, name), "cell.refused", fault.detail)
        case ["homes", rank, *_] if rank.isdigit():
            gone = int(rank)
            home = line.homes[gone].address
            written = ", ".join((*home.lines, f"{home.postcode} {home.city}".strip()))
            people = tuple(replace(each, home=_rank_without(each.home, gone)) for each in line.representatives)
            rest = replace(line, homes=line.homes[:gone] + line.homes[gone + 1 :], representatives=people)
            return rest, CellSetAside(f"adresse_{gone + 1}", written, "cell.refused", fault.detail)
        case ["representatives", rank, ("email" | "phone") as name]:
            place = int(rank)
            person = line.representatives[place]
            part = "courriel" if name == "email" else "telephone"
            cell = getattr(person, name)
            emptied = {name: ""}
            people = tuple(
                replace(each, **emptied) if at == place else each for at, each in enumerate(line.representatives)
            )
            aside = CellSetAside(f"responsable_{place + 1}_{part}", cell, "cell.refused", fault.detail)
            return replace(line, representatives=people), aside
        case _:
            return None


def _rank_without(home: int | None, gone: int) -> int | None:
    """The home of a person once another one, or this one, is left out."""
    if home is None or home == gone:
        return None
    return home - (home > gone)


def _told(homes: Sequence[Home], before: Sequence[Home]) -> str:
    return ", ".join(home.address.place[0] for home, old in zip(homes, before, strict=True) if home != old)


def _command(line: PupilLine) -> RegisterPupil:
    people = tuple(
        RepresentativeInput(
            **{each.name: getattr(person, each.name) for each in fields(person) if each.name != "place"}
        )
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


async def _write(new: Sequence[Pupil], *, actor: Actor, at: datetime) -> None:
    await pupils.wait_for_other_imports(actor.service_id)
    # No constraint of the database tells a pupil from another.
    if await _known(actor.service_id, new):
        raise Overtaken
    await pupils.insert_many(new, at)
    for pupil in new:
        await journal.by(actor, at).note("pupil.registered", pupil.id)


async def _known(service_id: UUID, among: Sequence[Pupil]) -> dict[Identity, list[PupilIdentity]]:
    """Those whom the service knows by the names and the birth dates of these pupils."""
    wanted = {_identity(pupil) for pupil in among}
    known: dict[Identity, list[PupilIdentity]] = {}
    for each in await pupils.of_identities(service_id, wanted):
        if (identity := _identity(each)) in wanted:
            known.setdefault(identity, []).append(each)
    return known


def _identity(pupil: Pupil | PupilIdentity) -> Identity:
    return identity_of(pupil.last_name, pupil.first_name, pupil.birth_date)
