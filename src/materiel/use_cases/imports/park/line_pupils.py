"""Whom each line of a park is about: a pupil to register, one of a former line, or one that the service knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from materiel.domain.language.folding import name_key
from materiel.domain.language.values import replace
from materiel.domain.people.person_name import Identity, digest_of, identity_of
from materiel.domain.people.pupil import Pupil
from materiel.errors import RuleBroken
from materiel.exchange.inventory import ParkLine, PupilNamed, heading_of
from materiel.exchange.pupil import PupilLine
from materiel.exchange.report import FileReport
from materiel.store.people import pupil as pupils
from materiel.store.people.pupil import PupilIdentity
from materiel.use_cases.imports.pupils import PupilComparison, PupilPart
from materiel.use_cases.imports.written_school import OPEN, WrittenSchools
from materiel.use_cases.process.packed import Packed

NAMED_ALONE = (
    "pupil.named_alone",
    "Sans date de naissance, l'élève est lu comme le seul élève connu de ce nom.",
)
"""What is told of a line whose pupil is one known by the names alone."""


class PupilsByName:
    """The pupils whom a service knows by their names alone, read once for a file."""

    def __init__(self, service_id: UUID) -> None:
        """Of a service."""
        self._service = service_id
        self._known: dict[tuple[str, str], list[PupilIdentity]] | None = None

    async def only(self, last_name: str, first_name: str, written: str) -> PupilIdentity:
        """The only pupil of these names.

        Args:
            written: both names as one cell holds them; nothing may then say which comes first.

        Raises:
            RuleBroken: `pupil.birth_date_required`, for none and for several.
        """
        candidates = await self._of(last_name, first_name)
        if not candidates and written:
            candidates = await self._of(first_name, last_name)
        if len(candidates) == 1:
            return candidates[0]
        told = (written or f"{last_name} {first_name}".strip())[:60]
        raise RuleBroken(
            "pupil.birth_date_required",
            f"« {told} » peut être l'un des {len(candidates)} élèves connus de ce nom : écrivez sa date de naissance."
            if candidates
            else f"« {told} » n'est pas un élève connu : écrivez sa date de naissance, ou importez d'abord les élèves.",
        )

    async def _of(self, last_name: str, first_name: str) -> list[PupilIdentity]:
        if self._known is None:
            self._known = {}
            for each in await pupils.all_identities(self._service):
                key = (name_key(each.last_name), name_key(each.first_name))
                self._known.setdefault(key, []).append(each)
        return self._known.get((name_key(last_name), name_key(first_name)), [])


@dataclass(frozen=True, slots=True)
class Who:
    """The pupil of a line and the school that they attend; `pupil` is one whom the lines at hand register."""

    id: UUID
    school_uai: str
    pupil: Pupil | None = None


@dataclass(slots=True)
class LinePupils:
    """Some lines: the part of them that registers pupils, and whom each of them is about."""

    part: PupilPart
    who: dict[int, Who] = field(default_factory=dict)
    first: dict[Identity, int] = field(default_factory=dict)


class PupilsOfFile:
    """The pupils of one file, each registered once however many items they have."""

    def __init__(self, comparison: PupilComparison, schools: WrittenSchools) -> None:
        """For the service whose file it is."""
        self._comparison, self._schools = comparison, schools
        self._known = Packed()
        """By the digest of each identity, the sixteen bytes of the pupil, then the school."""
        self._names = PupilsByName(comparison.actor.service_id)

    async def part(self, lines: Sequence[ParkLine]) -> LinePupils:
        """Whom some lines are about; the same ones may be asked again until `keep` is told."""
        first: dict[Identity, int] = {}
        told, again = [], []
        for line in lines:
            if isinstance(line.pupil, PupilLine):
                identity = _identity(line.pupil)
                if identity in first or self._known.get(digest_of(identity)) is not None:
                    again.append((line, identity))
                else:
                    first[identity] = line.line
                    told.append(line.pupil)
        found = LinePupils(await self._comparison.part(await self._with_schools(told)), first=first)
        for number, pupil in found.part.new.items():
            found.who[number] = Who(pupil.id, pupil.school_uai, pupil)
        for number, known in found.part.known.items():
            found.who[number] = Who(known.id, known.school_uai)
        for line, identity in again:
            who = self._of_former_line(identity) or found.who.get(first.get(identity, 0))
            await self._same(line, who, found)
        for line in lines:
            if isinstance(line.pupil, PupilNamed):
                await self._named(line, line.pupil, found)
        return found

    def keep(self, found: LinePupils) -> None:
        """Remember those of the lines that go in, without what only their own lines need."""
        for identity, number in found.first.items():
            if (who := found.who.get(number)) is not None:
                self._known.put(digest_of(identity), who.id.bytes + who.school_uai.encode())

    def _of_former_line(self, identity: Identity) -> Who | None:
        known = self._known.get(digest_of(identity))
        return None if known is None else Who(UUID(bytes=known[:16]), known[16:].decode())

    def forget(self, line: PupilLine) -> None:
        """Take a line for one that does not go in."""
        self._comparison.forget(line)

    async def _with_schools(self, told: Sequence[PupilLine]) -> list[PupilLine]:
        """A known pupil whose line says no school attends the one that is known."""
        silent = [line for line in told if not (line.school or line.school_name)]
        if not silent or self._comparison.school:
            return list(told)
        service_id = self._comparison.actor.service_id
        known = await pupils.identities(service_id, {line.birth_date for line in silent})
        schools = {identity_of(each.last_name, each.first_name, each.birth_date): each.school_uai for each in known}
        return [
            line if line.school or line.school_name else replace(line, school=schools.get(_identity(line), ""))
            for line in told
        ]

    async def _same(self, line: ParkLine, who: Who | None, found: LinePupils) -> None:
        """A pupil of a former line, in the same school."""
        if who is None:
            # The former line is refused in this very attempt: this one is told anew in the next.
            return
        if await self._attends(line, who.school_uai, found.part.report):
            found.who[line.line] = who

    async def _named(self, line: ParkLine, named: PupilNamed, found: LinePupils) -> None:
        """A pupil without a date of birth: the only known one of these names."""
        report = found.part.report
        try:
            known = await self._names.only(named.last_name, named.first_name, named.written)
        except RuleBroken as fault:
            report.reject(line.line, fault.code, fault.message, column=heading_of("date_de_naissance"))
            return
        if await self._attends(line, known.school_uai, report):
            report.warn(line.line, *NAMED_ALONE)
            found.who[line.line] = Who(known.id, known.school_uai)

    async def _attends(self, line: ParkLine, school_uai: str, report: FileReport) -> bool:
        """Whether a line says the school that is known, or none; else it is refused."""
        if not (line.school or line.school_name):
            return True
        written = line.school or line.school_name
        try:
            uai, _ = await self._schools.meant(line.school, line.school_name, line.municipality)
        except RuleBroken as fault:
            if school_uai in [each.uai for each in await self._schools.choices(written, line.municipality)]:
                # In doubt, the school that is known of this pupil is the one.
                return True
            report.reject(line.line, fault.code, fault.message, column=heading_of("etablissement"), cell=written)
            await self._schools.ask(written, line.municipality, line.line, report, is_open=fault.code in OPEN)
            return False
        await self._schools.ask(written, line.municipality, line.line, report, is_open=False)
        if uai != school_uai:
            report.reject(
                line.line,
                "pupil.two_schools",
                f"Cet élève est connu dans l'établissement {school_uai}, et cette ligne dit {uai} : gardez le bon.",
                column=heading_of("uai" if line.school else "etablissement"),
                cell=written,
            )
        return uai == school_uai


def _identity(line: PupilLine) -> Identity:
    return identity_of(line.last_name, line.first_name, line.birth_date)
