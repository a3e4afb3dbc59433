"""The pupils of a file who are likely to be known ones, or others of the file, told before they are registered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from materiel.domain.people.near_pupil import NearPupil, exchanged
from materiel.domain.people.pupil import Pupil
from materiel.exchange.report import FileReport
from materiel.store.people import pupil as pupils


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
            own = NearPupil(pupil.last_name, pupil.first_name, pupil.birth_date, line)
            for day in filter(None, (pupil.birth_date, exchanged(pupil.birth_date))):
                met = [(each, None) for each in self._met.get(day, ())]
                for other, subject in (*known.get(day, ()), *met):
                    if told := own.told(other):
                        found = str(subject or "")
                        report.resemble(line, own.full_name, other.full_name, told, kind="pupil", subject=found)
            self._met.setdefault(pupil.birth_date, []).append(own)
