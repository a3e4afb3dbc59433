"""What whoever told an incident by a link may see of it, and of the files sent for it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from materiel.domain.incident.file import (
    IncidentFile,
)
from materiel.domain.incident.incident import DeclaredAs, ToldIncident
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.visitors.institution import Institution
from materiel.errors import NotFound
from materiel.store.incident import file as files
from materiel.store.links import access_link as links
from materiel.use_cases.links.deposit import institution_home
from materiel.use_cases.visitors.family import family_home


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFiles:
    """An incident as whoever told it sees it, and the files that they sent themselves, oldest first."""

    told: ToldIncident
    files: tuple[IncidentFile, ...]


async def told_by_family(incident_id: UUID, person: FamilyPerson) -> SentFiles:
    """An incident that this family told, and what this very person sent: the other parent's files are not theirs.

    Raises:
        NotFound: `incident.not_found`, for any other, whether it exists or not.
    """
    home = await family_home(person)
    held = [
        ToldIncident(incident=each, item=item.item)
        for lent in home.loans
        for item in lent.items
        for each in item.incidents
    ]
    own = [
        link.id
        for link in await links.same_holder(person.link)
        if link.representative_id == person.link.representative_id
    ]
    return await _sent(incident_id, [*held, *home.waiting, *home.answered], DeclaredAs.FAMILY, own)


async def told_by_institution(incident_id: UUID, institution: Institution) -> SentFiles:
    """An incident that this institution told, and the files that it sent by any of its links.

    Raises:
        NotFound: `incident.not_found`, for any other, whether it exists or not.
    """
    home = await institution_home(institution)
    held = [ToldIncident(incident=each, item=kept.item) for kept in home.held for each in kept.incidents]
    own = [link.id for link in await links.same_holder(institution.link)]
    return await _sent(incident_id, [*held, *home.waiting, *home.answered], DeclaredAs.INSTITUTION, own)


async def _sent(incident_id: UUID, told: list[ToldIncident], side: DeclaredAs, own: list[UUID]) -> SentFiles:
    for each in told:
        if each.incident.id == incident_id and each.incident.declared_as is side:
            received = await files.of_incident(incident_id)
            return SentFiles(told=each, files=tuple(file for file in received if file.sent_link in own))
    raise NotFound("incident.not_found", "Cet incident n'existe pas, ou n'est pas le vôtre.")
