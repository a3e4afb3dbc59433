"""What became of the messages about a loan, a paper, a pupil or an institution, person by person, for whoever asked.

A refusal comes with its reason, where the address is corrected, and whether the same message may be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.links.access_link import AccessLink
from materiel.domain.work.outbox import Message, MessageState, Purpose
from materiel.errors import NotFound
from materiel.store.links import referent as referents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import link_behind
from materiel.use_cases.links.institution import InviteInstitution, institution_place, links_to
from materiel.use_cases.mail.departure import TO_SERVICE

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """One message: to whom by name, where their address is corrected, and whether it may be sent again as it is."""

    message: Message
    name: str
    correct: str
    may_resend: bool


async def mail_about_loan(loan_id: UUID, *, actor: Actor) -> list[MailLine]:
    """The messages about a loan and its papers, newest first, without the codes."""
    actor.require(Permission.READ)
    return await _lines(await outbox.about("loan", loan_id, actor.service_id, limit=MOST))


async def mail_about_document(document_id: UUID, *, actor: Actor) -> list[MailLine]:
    """The messages about a paper, those that carry it for information included, newest first."""
    actor.require(Permission.READ)
    return await _lines(await outbox.about("document", document_id, actor.service_id, limit=MOST))


async def mail_to_family(pupil_id: UUID, *, actor: Actor) -> list[MailLine]:
    """The messages to the family of a pupil, newest first."""
    actor.require(Permission.READ)
    return await _lines(await outbox.about("pupil", pupil_id, actor.service_id, limit=MOST))


async def mail_to_institution(place: InviteInstitution, *, actor: Actor) -> list[MailLine]:
    """The messages of the actor's service to an institution, newest first.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
    """
    actor.require(Permission.READ)
    sent = await links_to(await institution_place(place, actor.service_id), actor.service_id)
    return await _lines(await outbox.by_links([link.id for link in sent], actor.service_id, limit=MOST))


async def mail_to_referent(referent_id: UUID, *, actor: Actor) -> list[MailLine]:
    """The messages of the actor's service to a référent, newest first.

    Raises:
        NotFound: `referent.not_found`.
    """
    actor.require(Permission.READ)
    referent = await referents.get(referent_id, actor.service_id)
    sent = await referents.links_of(referent.id)
    return await _lines(await outbox.by_links([link.id for link in sent], actor.service_id, limit=MOST))


async def refused_mail(*, actor: Actor, limit: int, after: UUID | None = None) -> list[MailLine]:
    """The refusals of the service that nobody has dealt with, oldest first."""
    actor.require(Permission.WRITE)
    return await _lines(await outbox.refused(actor.service_id, limit=limit, after=after))


async def mail_line(message: Message) -> MailLine:
    """One message, told."""
    return (await _lines([message]))[0]


async def _lines(messages: Sequence[Message]) -> list[MailLine]:
    return [await _line(message) for message in messages if message.purpose is not Purpose.SIGNATURE_CODE]


async def _line(message: Message) -> MailLine:
    link = await link_behind(message)
    name, correct = await _who(message, link)
    refused = message.state is MessageState.FAILED
    return MailLine(
        message=message,
        name=name,
        correct=correct,
        may_resend=refused and bool(message.text) and message.settled_at is None,
    )


async def _who(message: Message, link: AccessLink | None) -> tuple[str, str]:
    """The name of whom a message is for, and the address of the field that holds their address."""
    if message.purpose in TO_SERVICE:
        return "Votre service", "/reglages/service#f-email"
    if message.about.pupil_id is not None:
        return await _of_family(message, message.about.pupil_id)
    if message.purpose is Purpose.REFERENT and message.about.link_id is not None:
        return await _of_referent(message, message.about.link_id)
    if link is None:
        return message.to_address, ""
    if link.school_uai is not None:
        return link.name, f"/etablissements/{link.school_uai}/contact"
    field = "authority_email" if link.of_authority else "email"
    return link.name, f"/communes/{link.municipality_insee}/modifier#f-{field}"


async def _of_referent(message: Message, link_id: UUID) -> tuple[str, str]:
    link = await referents.find_link(link_id)
    if link is None:
        return message.to_address, ""
    referent = await referents.get(link.referent_id, link.service_id)
    return referent.name, f"/referents/{referent.id}/modifier#f-email"


async def _of_family(message: Message, pupil_id: UUID) -> tuple[str, str]:
    try:
        pupil = await pupils.get(pupil_id, message.service_id)
    except NotFound:
        return message.to_address, ""
    for rank, person in enumerate(pupil.representatives):
        if person.id == message.about.person_id:
            return person.full_name, f"/eleves/{pupil_id}/modifier#f-representatives-{rank}-email"
    if message.about.person_id is None:
        return pupil.full_name, f"/eleves/{pupil_id}/modifier#f-email"
    return message.to_address, f"/eleves/{pupil_id}/modifier#f-representatives"
