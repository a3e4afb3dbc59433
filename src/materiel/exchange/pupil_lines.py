"""Which lines of a file tell the same pupil, and which of them contradict one another: nobody is moved by guess."""

from __future__ import annotations

from dataclasses import dataclass, field

from materiel.domain.people.person_name import Identity
from materiel.exchange.pupil import PupilLine, school_cell
from materiel.exchange.report import FileReport


@dataclass(slots=True)
class PupilLines:
    """The first line of each pupil of the file, with the school that it says."""

    _first: dict[Identity, tuple[int, str]] = field(default_factory=dict)
    _undecided: dict[int, tuple[int, str]] = field(default_factory=dict)
    """First lines that a later one contradicts, with that one and the school that it says."""

    def is_first(self, identity: Identity, line: PupilLine, school: str, report: FileReport) -> bool:
        """Whether a line is the one that tells its pupil; any other is refused. The same line may be asked anew."""
        first, said = self._first.setdefault(identity, (line.line, school))
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
        if identity in self._first and self._first[identity][0] == line:
            del self._first[identity]

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
