"""A school as an act needs it: with the school that signs for it, and the commune that answers for it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from materiel.domain.language.identifiers import legal_commune
from materiel.domain.papers.custodians import Place
from materiel.domain.places.school import SchoolKind
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools


async def place_of(uai: str, service_id: UUID) -> Place:
    """Read a school, its signing school and the commune whose mayor answers for it, as a service knows them.

    Raises:
        NotFound: `school.not_found`.
    """
    places = await places_of([uai], service_id)
    if uai not in places:
        raise schools.unknown(uai)
    return places[uai]


async def places_of(uais: Iterable[str], service_id: UUID) -> dict[str, Place]:
    """The same of several schools, by UAI, in as few statements; the unknown ones are left out."""
    found = await schools.by_uais(uais, service_id)
    mothers = await schools.by_uais(
        (each.section_of for each in found.values() if each.section_of and each.kind is not SchoolKind.TO_CHECK),
        service_id,
    )
    communes = await municipalities.get_many(
        (legal_commune(each.municipality_insee) for each in found.values()), service_id
    )
    return {
        uai: Place(
            school=school,
            # A section whose mother school left the annuaire signs as itself: its row still names the place.
            signing_school=mothers.get(school.section_of, school) if school.kind is not SchoolKind.TO_CHECK else school,
            municipality=communes.get(legal_commune(school.municipality_insee)),
        )
        for uai, school in found.items()
    }
