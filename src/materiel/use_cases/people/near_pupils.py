"""The pupils of a file beside one another: lines that tell the same one, and those likely to be others, or known ones.

Two lines that say two schools of one pupil move nobody by guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from materiel.domain.people.near_pupil import NearPupil, exchanged
from materiel.domain.people.person_name import Identity, digest_of
from materiel.domain.people.pupil import Pupil
from materiel.exchange.pupil import PupilLine, school_cell
from materiel.exchange.report import FileReport
from materiel.store.people import pupil as pupils
from materiel.use_cases.process.packed import Packed

_PARTED = "\x1f"
"""A sign that no name holds."""


@dataclass(slots=True)
class PupilLines:
    """The first line of each pupil of the file, with the school that it says."""

    _first: Packed = field(default_factory=Packed)
    """By the digest of each identity, the four bytes of the line, then the school; nothing for one forgotten."""

    _undecided: dict[int, tuple[int, str]] = field(default_factory=dict)
    """First lines that a later one contradicts, with that one and the school that it says."""

    def is_first(self, identity: Identity, line: PupilLine, school: str, report: FileReport) -> bool:
        """Whether a line is the one that tells its pupil; any other is refused. The same line may be asked anew."""
        digest = digest_of(identity)
        own = line.line.to_bytes(4, "big") + school.encode()
        met = self._first.put_first(digest, own)
        if not met:
            self._first.put(digest, own)
            return True
        first, said = int.from_bytes(met[:4], "big"), met[4:].decode()
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
        if (self._first.get(digest) or b"")[:4] == line.to_bytes(4, "big"):
            self._first.put(digest, b"")

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
        self._met: dict[date, str] = {}
        """Those born on a day, their names and their lines one after the other: a file may hold a hundred thousand."""

    async def tell(self, new: Mapping[int, Pupil], report: FileReport) -> None:
        """Say who is near to one of the new pupils, by line: of those born on these days, or on the exchanged ones."""
        days = {day for pupil in new.values() for day in (pupil.birth_date, exchanged(pupil.birth_date)) if day}
        known: dict[date, list[tuple[NearPupil, UUID]]] = {}
        for each in await pupils.identities(self._service, days):
            near = NearPupil(each.last_name, each.first_name, each.birth_date)
            known.setdefault(each.birth_date, []).append((near, each.id))
        for line, pupil in new.items():
            own = NearPupil(pupil.last_name, pupil.first_name, pupil.birth_date, line)
            for day in filter(None, (pupil.birth_date, exchanged(pupil.birth_date))):
                for other, subject in (*known.get(day, ()), *self._met_on(day)):
                    if told := own.told(other):
                        found = str(subject or "")
                        report.resemble(line, own.full_name, other.full_name, told, kind="pupil", subject=found)
            self._met[own.birth_date] = self._met.get(own.birth_date, "") + _PARTED.join(
                (own.last_name, own.first_name, str(line), "")
            )

    def _met_on(self, day: date) -> list[tuple[NearPupil, None]]:
        parts = self._met.get(day, "").split(_PARTED)[:-1]
        met = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        return [(NearPupil(last, first, day, int(line)), None) for last, first, line in met]
