"""Institutions on file: who stands behind a link today, and what managers read of a school or a local authority.

A link lets in as long as its address is the one on file: correcting the mailbox of a school closes the links sent to
the former one. Each link is of one managing service; a school that keeps items of two services has two links. When
another body than the commune runs its écoles, the mayor and that body each have a link of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from materiel.documents.lists.deposit_list import compose_deposit_list
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.french import of_place
from materiel.domain.language.identifiers import clean_uai, codes_of_commune, legal_commune
from materiel.domain.links.access_link import AccessLink, LinkKind
from materiel.domain.papers.custodians import custodian_of
from materiel.domain.papers.document import Party
from materiel.domain.papers.required import has_mayor
from materiel.domain.places.municipality import Municipality
from materiel.domain.places.school import School, SchoolKind
from materiel.domain.visitors.institution import Institution
from materiel.errors import MaterielError, NotFound
from materiel.store.accounts import service as services
from materiel.store.links import access_link as links
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools
from materiel.store.places.place import place_of
from materiel.use_cases.links.access_link import LinkHolder
from materiel.use_cases.links.deposit import InstitutionHome, held_by, institution_home
from materiel.use_cases.work.drawing import draw_paper


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteInstitution:
    """A school by its UAI, or a commune by its INSEE code; exactly one of them.

    `of_authority`: not the commune's mayor, but the EPCI or the syndicate that runs its écoles.
    """

    uai: str = ""
    insee_code: str = ""
    of_authority: bool = False


@dataclass(frozen=True, slots=True)
class InstitutionPlace:
    """An institution on file: a school, a commune, or the body that runs the écoles of a commune."""

    school: School | None
    municipality: Municipality | None
    of_authority: bool = False

    @property
    def email(self) -> str:
        """Its mailbox; empty without one, and for a body that no longer runs the écoles."""
        if self.school is not None:
            return self.school.email
        if self.of_authority:
            return self._commune.authority_email if self._commune.is_run_by_another_body else ""
        return self._commune.email

    @property
    def uai(self) -> str | None:
        """Of the school; None for a commune."""
        return self.school.uai if self.school else None

    @property
    def insee_code(self) -> str | None:
        """Of the commune; None for a school."""
        return self.municipality.insee_code if self.municipality else None

    @property
    def name(self) -> str:
        """What a message calls it."""
        if self.school is not None:
            return self.school.name
        return self._commune.body_name if self.of_authority else f"Mairie – {self._commune.name}"

    @property
    def where_to_complete(self) -> str:
        """The record that holds its mailbox, as a sentence ends."""
        return (
            f"la fiche de la commune {of_place(self._commune.name, self._commune.insee_code)}"
            if self.of_authority
            else "sa fiche"
        )

    def holder(self, service_id: UUID) -> LinkHolder:
        """Whom a link of a service is for."""
        return LinkHolder(
            service_id=service_id,
            email=self.email,
            name=self.name,
            school_uai=self.uai,
            municipality_insee=self.insee_code,
            of_authority=self.of_authority,
        )

    @property
    def _commune(self) -> Municipality:
        assert self.municipality is not None
        return self.municipality


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionSheet:
    """An institution for a manager: what it sees, the links sent to it, oldest first, and its mailbox on file.

    `commune` is that of a local authority; `completes` says where its mailbox is typed.
    """

    institution: Institution
    home: InstitutionHome
    links: tuple[AccessLink, ...]
    mailbox: str
    commune: Municipality | None


async def institution_of_link(link_id: UUID, *, now: datetime) -> Institution:
    """Who stands behind the link of an institution's session, asked again at each request.

    Raises:
        NotFound: `access_link.closed`, revoked, expired, or sent to a mailbox that is no longer on file.
    """
    link = await links.get(link_id)
    is_open = link.kind is LinkKind.INSTITUTION and link.is_valid(now)
    found = await behind(link) if is_open else None
    if found is None:
        raise NotFound(
            "access_link.closed",
            "Votre lien ne fonctionne plus. Ouvrez le dernier message reçu du service, ou demandez un nouveau lien.",
        )
    return found


async def links_of_institution(command: InviteInstitution, *, actor: Actor) -> list[AccessLink]:
    """Every link that the actor's service sent to an institution, oldest first.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
    """
    actor.require(Permission.READ)
    return await links_to(await institution_place(command, actor.service_id), actor.service_id)


async def institution_sheet(command: InviteInstitution, *, actor: Actor) -> InstitutionSheet:
    """What an institution keeps for the actor's service, confirmed, has to sign and has read.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
    """
    institution = await institution_on_file(command, actor=actor)
    place = await institution_place(command, actor.service_id)
    return InstitutionSheet(
        institution=institution,
        home=await institution_home(institution),
        links=tuple(await links_to(place, actor.service_id)),
        mailbox=place.email,
        commune=place.municipality,
    )


async def deposit_list(command: InviteInstitution, *, actor: Actor, now: datetime) -> bytes:
    """A PDF of what an institution keeps, to check on the spot and to sign.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
    """
    institution = await institution_on_file(command, actor=actor)
    content = compose_deposit_list(institution, await held_by(institution), actor.civil_date(now))
    return await draw_paper(content)


async def institution_on_file(command: InviteInstitution, *, actor: Actor) -> Institution:
    """The institution as a link of the actor's service would see it: for the pages of managers.

    `link` is the last one sent; a school never written to gives one that lets nobody in.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
    """
    actor.require(Permission.READ)
    place = await institution_place(command, actor.service_id)
    service = await services.get(actor.service_id)
    sent = await links_to(place, service.id)
    return await _institution(sent[-1] if sent else _no_link(place.holder(service.id)), place, service)


async def links_to(place: InstitutionPlace, service_id: UUID) -> list[AccessLink]:
    """Every link that a service sent to an institution, oldest first."""
    return await links.of_institution(
        service_id, uai=place.uai, insee_code=place.insee_code, of_authority=place.of_authority
    )


async def institution_place(command: InviteInstitution, service_id: UUID) -> InstitutionPlace:
    """The institution that a command names, as a service knows it; for a section, the school that signs for it.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`; `institution.no_authority`, the commune itself runs its
            écoles.
    """
    if command.uai:
        return InstitutionPlace((await place_of(clean_uai(command.uai), service_id)).signing_school, None)
    commune = await municipalities.get(legal_commune(command.insee_code.strip().upper()), service_id)
    if command.of_authority and not commune.is_run_by_another_body:
        raise NotFound(
            "institution.no_authority",
            f"La commune {of_place(commune.name, commune.insee_code)} gère elle-même ses écoles publiques : son lien "
            "est celui de la mairie. Si une autre collectivité les gère, dites-le sur la fiche de la commune.",
        )
    return InstitutionPlace(None, commune, command.of_authority)


async def institution_named(uai: str, party: Party, service_id: UUID) -> InviteInstitution:
    """Whose mailbox receives what a party of a paper about a school signs or is told: the school's, the town hall's,
    or that of the body that runs the écoles (E35).

    Raises:
        NotFound: `school.not_found`.
    """
    place = await place_of(uai, service_id)
    if party is Party.HEAD_OF_SCHOOL or place.municipality is None:
        return InviteInstitution(uai=place.signing_school.uai)
    commune = place.municipality
    of_authority = party is not Party.MAYOR and commune.is_run_by_another_body
    return InviteInstitution(insee_code=commune.insee_code, of_authority=of_authority)


async def place_of_link(link: AccessLink) -> InstitutionPlace:
    """The institution to which a link was sent, as it is on file today.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`.
    """
    if link.school_uai is not None:
        return InstitutionPlace(await schools.by_uai(link.school_uai, link.service_id), None)
    assert link.municipality_insee is not None
    return InstitutionPlace(None, await municipalities.get(link.municipality_insee, link.service_id), link.of_authority)


async def behind(link: AccessLink) -> Institution | None:
    """The institution of a link, or None once its mailbox is another one."""
    try:
        place = await place_of_link(link)
    except MaterielError:
        return None
    if not place.email or place.email.lower() != link.email.lower():
        return None
    return await _institution(link, place, await services.get(link.service_id))


def _no_link(holder: LinkHolder) -> AccessLink:
    """The link of a holder to whom none was sent: already over, so that it lets nobody in."""
    never = datetime.min.replace(tzinfo=UTC)
    return AccessLink(
        id=UUID(int=0),
        service_id=holder.service_id,
        kind=LinkKind.INSTITUTION,
        email=holder.email,
        name=holder.name,
        created_at=never,
        expires_at=never,
        school_uai=holder.school_uai,
        municipality_insee=holder.municipality_insee,
        of_authority=holder.of_authority,
        revoked_at=never,
    )


async def _institution(link: AccessLink, place: InstitutionPlace, service: ManagingService) -> Institution:
    if place.school is not None:
        school = place.school
        signs = () if has_mayor(school.kind) else (Party.HEAD_OF_SCHOOL,)
        found = await schools.sections_of(school.uai, service.id)
        sections = [each for each in found if each.kind is not SchoolKind.TO_CHECK]
        return Institution(
            link=link,
            service=service,
            party=signs[0] if signs else None,
            told_as=signs,
            name=school.name,
            schools=(school, *sections),
        )
    commune = place.municipality
    assert commune is not None
    ecoles = tuple(
        await schools.in_communes(codes_of_commune(commune.insee_code), SchoolKind.PUBLIC_PRIMARY, service.id)
    )
    if commune.is_run_by_another_body and not place.of_authority:
        return Institution(
            link=link,
            service=service,
            party=None,
            told_as=(Party.MAYOR,),
            name=place.name,
            schools=ecoles,
            keeps_items=False,
        )
    return Institution(
        link=link,
        service=service,
        party=Party.MUNICIPALITY,
        # A commune that has taken the competence back is still sent the copies made for the former body.
        told_as=(Party.MUNICIPALITY,) if place.of_authority else (Party.MAYOR, Party.MUNICIPALITY),
        name=custodian_of(ecoles[0], commune).name if ecoles else place.name,
        schools=ecoles,
    )
