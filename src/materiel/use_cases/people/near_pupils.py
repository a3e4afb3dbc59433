"""The pupils of a file beside one another: lines that tell the same one, and those likely to be others, or known ones.

Two lines that say two schools of one pupil move nobody by guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from sys import intern
from uuid import UUID

from materiel.domain.people.near_pupil import NearPupil, exchanged
from materiel.domain.people.person_name import Identity, digest_of
from materiel.domain.people.pupil import Pupil
from materiel.exchange.pupil import PupilLine, school_cell
from materiel.exchange.report import FileReport
from materiel.store.people import pupil as pupils


@dataclass(slots=True)
class PupilLines:
    """The first line of each pupil of the file, with the school that it says."""

    _first: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    """By the digest of each identity."""

    _undecided: dict[int, tuple[int, str]] = field(default_factory=dict)
    """First lines that a later one contradicts, with that one and the school that it says."""

    def is_first(self, identity: Identity, line: PupilLine, school: str, report: FileReport) -> bool:
        """Whether a line is the one that tells its pupil; any other is refused. The same line may be asked anew."""
        first, said = self._first.setdefault(digest_of(identity), (line.line, intern(school)))
        if first == line.line:
            return True
        if said == school:
            report.reject(line.line, "pupil.duplicate", f"Cet élève figure déjà à la ligne {first} du fichier.")
        else:
            self._undecided[first] = (line.line, school)
            report.reject(line.line, "pupil.two_schools", _two_schools(first, said), **school_cell(line))
        return False

    def forget(self, identity: Identity, line: int) -> None:
        """Take a line for one that does not go in: another one may tell its pupil."""
        digest = digest_of(identity)
        if digest in self._first and self._first[digest][0] == line:
            del self._first[digest]

    def refuse_the_undecided(self, report: FileReport) -> None:
        """Once the whole is read: nobody moves whom another line says to be in another school."""
        for move in [each for each in report.moves if each.line in self._undecided]:
            report.moves.remove(move)
            report.moving -= 1
            report.reject(move.line, "pupil.two_schools", _two_schools(*self._undecided[move.line]))
        report.settle()


def _two_schools(other: int, school: str) -> str:
    return (
        f"Cet élève figure aussi à la ligne {other} du fichier, dans un autre établissement ({school}) : "
        "gardez la ligne qui dit le bon."
    )


class NearPupils:
    """Those of one file."""

    def __init__(self, service_id: UUID) -> None:
        """For the service whose file it is."""
        self._service = service_id
        self._met: dict[date, list[NearPupil]] = {}

    async def tell(self, new: Mapping[int, Pupil], report: FileReport) -> None:
        """Say who is near to one of the new pupils, by line: of those born on these days, or on the exchanged ones."""
        days = {day for pupil in new.values() for day in (pupil.birth_date, exchanged(pupil.birth_date)) if day}
        known: dict[date, list[tuple[NearPupil, UUID]]] = {}
        for each in await pupils.identities(self._service, days):
            near = NearPupil(each.last_name, each.first_name, each.birth_date)
            known.setdefault(each.birth_date, []).append((near, each.id))
        for line, pupil in new.items():
            own = NearPupil(pupil.last_name, intern(pupil.first_name), pupil.birth_date, line)
            for day in filter(None, (pupil.birth_date, exchanged(pupil.birth_date))):
                met = [(each, None) for each in self._met.get(day, ())]
                for other, subject in (*known.get(day, ()), *met):
                    if told := own.told(other):
                        found = str(subject or "")
                        report.resemble(line, own.full_name, other.full_name, told, kind="pupil", subject=found)
            self._met.setdefault(pupil.birth_date, []).append(own)
