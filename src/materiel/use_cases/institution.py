"""Links of schools and town halls: send one to the institution's own mailbox, open it, ask for another.

A link lets in as long as its address is the one on file: correcting the mailbox of a school closes the links sent to
the former one. Each link is of one managing service; a school that keeps items of two services has two links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from materiel.domain.access_link import AccessLink, LinkKind
from materiel.domain.custodians import custodian_of
from materiel.domain.document import Party, Recipient
from materiel.domain.identifiers import clean_uai, codes_of_commune, legal_commune
from materiel.domain.institution import Institution, Paper
from materiel.domain.outbox import Purpose
from materiel.domain.paperwork import has_mayor
from materiel.domain.party import ManagingService, Municipality
from materiel.domain.roles import Actor, Permission
from materiel.domain.school import School, SchoolKind
from materiel.domain.school_year import civil_date
from materiel.errors import MaterielError, NotFound, RuleBroken
from materiel.store import access_link as links
from materiel.store import document as documents
from materiel.store import journal
from materiel.store import municipality as municipalities
from materiel.store import school as schools
from materiel.store import service as services
from materiel.store.engine import write_transaction
from materiel.use_cases.access_link import Holder, NewLink, link_of_token, make_link, open_link
from materiel.use_cases.case import place_of
from materiel.use_cases.deposit import InstitutionHome, held_by, institution_home, papers_of
from materiel.use_cases.issuing import Issuer
from materiel.use_cases.outbox import Letter, post

NEW_LINK_EVERY = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=2)
"""A second click on the button sends nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteInstitution:
    """A school by its UAI, or a commune by its INSEE code; exactly one of them."""

    uai: str = ""
    insee_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A link that has left, and what the message says is waiting there."""

    link: AccessLink
    held: int
    to_sign: int
    notices: int


@dataclass(frozen=True, slots=True)
class _Place:
    """An institution on file: a school, or a commune."""

    school: School | None
    municipality: Municipality | None

    @property
    def email(self) -> str:
        found = self.school or self.municipality
        return found.email if found else ""

    @property
    def name(self) -> str:
        if self.school is not None:
            return self.school.name
        assert self.municipality is not None
        return f"Mairie – {self.municipality.name}"


async def invite_institution(command: InviteInstitution, *, issuer: Issuer) -> Invited:
    """Send a link to the mailbox on file of a school or a commune, and close the former one.

    A section is written to at the school that signs for it. The message tells of the notices not read yet, which are
    thereby noted as sent.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`.
        RuleBroken: `institution.no_mailbox`, `institution.just_invited`.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        place = await _place(command)
        if not place.email:
            raise RuleBroken(
                "institution.no_mailbox",
                f"{place.name} n'a pas d'adresse électronique : complétez sa fiche, puis envoyez le lien.",
            )
        holder = _holder(place, issuer.actor.service_id)
        await _check_not_just_invited(command, issuer)
        return await _write(holder, issuer.actor.id, base_url=issuer.base_url, now=issuer.now)


async def open_institution_link(token: str, *, now: datetime) -> Institution | None:
    """Who a token lets in; None for an unknown, revoked or expired one, without saying which. Changes nothing but the
    instant of the last opening.
    """
    link = await open_link(token, now=now)
    if link is None or link.kind is not LinkKind.INSTITUTION:
        return None
    return await _behind(link)


async def institution_of_link(link_id: UUID, *, now: datetime) -> Institution:
    """Who stands behind the link of an institution's session, asked again at each request.

    Raises:
        NotFound: `access_link.closed`, revoked, expired, or sent to a mailbox that is no longer on file.
    """
    link = await links.get(link_id)
    is_open = link.kind is LinkKind.INSTITUTION and link.is_valid(now)
    found = await _behind(link) if is_open else None
    if found is None:
        raise NotFound(
            "access_link.closed",
            "Votre lien ne fonctionne plus. Ouvrez le dernier message reçu du service, ou demandez un nouveau lien.",
        )
    return found


async def request_institution_link(token: str, *, base_url: str, now: datetime) -> None:
    """Send a new link to the mailbox on file of the institution of a link; says nothing of what was found.

    Nothing leaves for an unknown link, within an hour of the last one, nor when the service itself closed the last one.
    """
    link = await link_of_token(token)
    if link is None or link.kind is not LinkKind.INSTITUTION:
        return
    async with write_transaction():
        last = (await links.same_holder(link))[-1]
        place = await _place_of_link(link)
        if not place.email or last.revoked_at is not None or now - last.created_at < NEW_LINK_EVERY:
            return
        await _write(_holder(place, link.service_id), link.actor_id, base_url=base_url, now=now)


async def renew_institution_link(link: AccessLink, *, actor_id: str, now: datetime) -> NewLink | None:
    """Make a new link for the mailbox on file of an institution about to be written to; in a write transaction.

    Returns:
        None without a mailbox, or when the service itself closed the last link: nothing must leave.
    """
    place = await _place_of_link(link)
    last = (await links.same_holder(link))[-1]
    if not place.email or last.revoked_at is not None:
        return None
    return await make_link(_holder(place, link.service_id), actor_id=actor_id, now=now)


def institution_url(base_url: str, token: str) -> str:
    """The address to put into a message to an institution."""
    return f"{base_url}/e/{token}"


async def links_of_institution(command: InviteInstitution, *, actor: Actor) -> list[AccessLink]:
    """Every link that the actor's service sent to a school or a commune, oldest first.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`.
    """
    actor.require(Permission.READ)
    place = await _place(command)
    if place.school is not None:
        return await links.of_school(place.school.uai, actor.service_id)
    assert place.municipality is not None
    return await links.of_municipality(place.municipality.insee_code, actor.service_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionSheet:
    """An institution for a manager: what it sees, the links sent to it, oldest first, and its mailbox on file."""

    institution: Institution
    home: InstitutionHome
    links: tuple[AccessLink, ...]
    mailbox: str


async def institution_sheet(command: InviteInstitution, *, actor: Actor) -> InstitutionSheet:
    """What a school or a commune keeps for the actor's service, confirmed, has to sign and has read.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`.
    """
    institution = await institution_on_file(command, actor=actor)
    return InstitutionSheet(
        institution=institution,
        home=await institution_home(institution),
        links=tuple(await links_of_institution(command, actor=actor)),
        mailbox=(await _place(command)).email,
    )


async def institution_on_file(command: InviteInstitution, *, actor: Actor) -> Institution:
    """The institution as a link of the actor's service would see it: for the pages of managers.

    `link` is the last one sent; a school never written to gives one that lets nobody in.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`.
    """
    sent = await links_of_institution(command, actor=actor)
    place = await _place(command)
    service = await services.get(actor.service_id)
    link = sent[-1] if sent else _no_link(_holder(place, service.id))
    return await _institution(link, place, service)


async def _write(holder: Holder, actor_id: str, *, base_url: str, now: datetime) -> Invited:
    new = await make_link(holder, actor_id=actor_id, now=now)
    found = await _behind(new.link)
    assert found is not None
    papers = await papers_of(found)
    notices = [paper for paper in papers if paper.to_acknowledge]
    invited = Invited(
        link=new.link,
        held=len(await held_by(found)),
        to_sign=sum(paper.to_sign for paper in papers),
        notices=len(notices),
    )
    await post(
        Letter(
            purpose=Purpose.INSTITUTION,
            template="institution_link",
            to_address=holder.email,
            service=found.service,
            values={
                "institution": found,
                "invited": invited,
                "link": institution_url(base_url, new.token),
                "expires_on": civil_date(new.link.expires_at),
            },
            unique_key=f"institution:{new.link.id}",
        ),
        base_url=base_url,
        now=now,
    )
    for paper in notices:
        await _note_sent(paper, actor_id, now)
    return invited


async def _note_sent(paper: Paper, actor_id: str, now: datetime) -> None:
    """The message that holds the link is how the notice leaves, unless it left already."""
    assert isinstance(paper.recipient, Recipient)
    if not await documents.mark_sent(paper.document.id, paper.recipient.id, now):
        return
    await journal.append(
        chain=paper.document.service_id,
        at=now,
        actor=actor_id,
        action="document.sent",
        subject_kind="document",
        subject_id=paper.document.id,
        details={"loan": str(paper.document.loan_id)},
    )


async def _check_not_just_invited(command: InviteInstitution, issuer: Issuer) -> None:
    last = (await links_of_institution(command, actor=issuer.actor))[-1:]
    if last and last[0].revoked_at is None and issuer.now - last[0].created_at < AGAIN_AFTER:
        raise RuleBroken(
            "institution.just_invited",
            "Un lien vient de partir à cette adresse. Laissez-lui deux minutes avant d'en envoyer un autre.",
        )


async def _place(command: InviteInstitution) -> _Place:
    if command.uai:
        return _Place((await place_of(clean_uai(command.uai))).signing_school, None)
    return _Place(None, await municipalities.get(legal_commune(command.insee_code.strip().upper())))


async def _place_of_link(link: AccessLink) -> _Place:
    if link.school_uai is not None:
        return _Place(await schools.by_uai(link.school_uai), None)
    assert link.municipality_insee is not None
    return _Place(None, await municipalities.get(link.municipality_insee))


def _holder(place: _Place, service_id: UUID) -> Holder:
    return Holder(
        service_id=service_id,
        email=place.email,
        name=place.name,
        school_uai=place.school.uai if place.school else None,
        municipality_insee=place.municipality.insee_code if place.municipality else None,
    )


def _no_link(holder: Holder) -> AccessLink:
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
        revoked_at=never,
    )


async def _behind(link: AccessLink) -> Institution | None:
    """The institution of a link, or None once its mailbox is another one."""
    try:
        place = await _place_of_link(link)
    except MaterielError:
        return None
    if place.email.lower() != link.email.lower():
        return None
    return await _institution(link, place, await services.get(link.service_id))


async def _institution(link: AccessLink, place: _Place, service: ManagingService) -> Institution:
    if place.school is not None:
        school = place.school
        signs = None if has_mayor(school.kind) else Party.HEAD_OF_SCHOOL
        sections = [each for each in await schools.sections_of(school.uai) if each.kind is not SchoolKind.TO_CHECK]
        return Institution(link=link, service=service, party=signs, name=school.name, schools=(school, *sections))
    municipality = place.municipality
    assert municipality is not None
    ecoles = await schools.in_communes(codes_of_commune(municipality.insee_code), SchoolKind.PUBLIC_PRIMARY)
    name = custodian_of(ecoles[0], municipality).name if ecoles else place.name
    return Institution(link=link, service=service, party=Party.MUNICIPALITY, name=name, schools=tuple(ecoles))
