"""A school as an act needs it: with the school that signs for it, and the commune that answers for it."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from materiel.domain.language.identifiers import legal_commune
from materiel.domain.papers.custodians import Place
from materiel.domain.places.school import SchoolKind
from materiel.errors import NotFound
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools


async def place_of(uai: str, service_id: UUID) -> Place:
    """Read a school, its signing school and the commune whose mayor answers for it, as a service knows them.

    Raises:
        NotFound: `school.not_found`.
    """
    school = await schools.by_uai(uai, service_id)
    signing = school
    if school.section_of and school.kind is not SchoolKind.TO_CHECK:
        # A section whose mother school left the annuaire signs as itself: its row still names the place.
        with suppress(NotFound):
            signing = await schools.by_uai(school.section_of, service_id)
    municipality = None
    with suppress(NotFound):
        municipality = await municipalities.get(legal_commune(school.municipality_insee), service_id)
    return Place(school=school, signing_school=signing, municipality=municipality)
