"""Gather, from the offices of the administration's directory, the town hall and the EPCI of each commune wanted.

Holds no query. Offices stream through; only those of the communes wanted are kept. What one commune has twice is known
at the end alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from materiel.domain.language.identifiers import legal_commune
from materiel.domain.places.directory import (
    INTERCOMMUNAL,
    TOWN_HALL,
    OfficeContact,
    OfficeUse,
    PublicOffice,
    communes_of,
    contact_of,
    use_of,
)
from materiel.exchange.report import FileReport
from materiel.exchange.table import BadLine

LEFT_ASIDE = {
    OfficeUse.PART_OF_A_COMMUNE: (
        "directory.part_of_commune",
        "« {name} » est une mairie déléguée ou annexe : le maire n'y est pas, elle est laissée de côté.",
    ),
    OfficeUse.ARRONDISSEMENT: (
        "directory.arrondissement",
        "« {name} » est la mairie d'un arrondissement : c'est celle de la ville qui compte, elle est laissée de côté.",
    ),
    OfficeUse.SEVERAL_COMMUNES: (
        "directory.several_communes",
        "« {name} » est dite mairie de plusieurs communes : laquelle n'est pas certain, elle est laissée de côté.",
    ),
}
SHOWN = 60


@dataclass(slots=True)
class Directory:
    """What a file says of the communes wanted, by INSEE code. Feed it with `take`, then ask `hall` and `body`."""

    wanted: set[str]
    report: FileReport
    newest: date | None = None
    _halls: dict[str, list[PublicOffice]] = field(default_factory=lambda: defaultdict(list))
    _bodies: dict[str, list[PublicOffice]] = field(default_factory=lambda: defaultdict(list))

    @property
    def absent(self) -> list[str]:
        """The communes wanted of which the file has no town hall, in order."""
        return sorted(self.wanted - self._halls.keys())

    def take(self, offices: Sequence[PublicOffice | BadLine]) -> None:
        """Some records of the file; the report counts them, and says which town halls are left aside."""
        for office in offices:
            self.report.read += 1
            if isinstance(office, BadLine):
                self.report.reject(office.number, office.code, office.detail)
                continue
            if office.modified_on is not None and (self.newest is None or office.modified_on > self.newest):
                self.newest = office.modified_on
            if not self._is_kept(office):
                self.report.outside += 1

    def hall(self, code: str) -> OfficeContact | None:
        """The town hall of a commune; None without one, and when the file has two: nothing says which is right."""
        return self._only(self._halls.get(code, []), code, "directory.two_town_halls", "a deux mairies")

    def body(self, code: str) -> OfficeContact | None:
        """The EPCI of a commune, like `hall`."""
        return self._only(self._bodies.get(code, []), code, "directory.two_bodies", "a deux intercommunalités")

    def _is_kept(self, office: PublicOffice) -> bool:
        use = use_of(office)
        if use is OfficeUse.INTERCOMMUNAL:
            for code in self.wanted.intersection(communes_of(office, INTERCOMMUNAL)):
                self._bodies[code].append(office)
            return False
        ours = self.wanted.intersection(map(legal_commune, communes_of(office, TOWN_HALL)))
        if not ours:
            return False
        if use is OfficeUse.TOWN_HALL:
            (code,) = ours
            self._halls[code].append(office)
            return len(self._halls[code]) == 1
        code_of_remark, sentence = LEFT_ASIDE[use]
        self.report.warn(office.line, code_of_remark, sentence.format(name=office.name[:SHOWN]))
        return False

    def _only(self, found: Sequence[PublicOffice], code: str, remark: str, has_two: str) -> OfficeContact | None:
        if len(found) > 1:
            names = " et ".join(f"« {each.name[:SHOWN]} »" for each in found[:2])
            self.report.warn(found[0].line, remark, f"La commune {code} {has_two}, {names} : rien n'en est repris.")
            return None
        return contact_of(found[0]) if found else None
