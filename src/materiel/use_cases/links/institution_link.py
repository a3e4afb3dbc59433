"""Links of schools and local authorities: send one to the institution's own mailbox, open it, ask for another.

The message tells what waits there: it is also how a signature is asked for, how a notice leaves, and how whoever has
not signed is reminded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from materiel.domain.accounts.roles import Permission
from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.links.access_link import AccessLink, LinkKind
from materiel.domain.papers.document import Document
from materiel.domain.visitors.institution import Institution
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import RuleBroken
from materiel.store.circuit.stocktake import sighting
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.links import access_link as links
from materiel.store.papers import recipient as recipients
from materiel.store.places import school as schools
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import (
    LinkHolder,
    NewLink,
    last_of,
    link_of_token,
    make_link,
    may_renew,
    open_link,
)
from materiel.use_cases.links.deposit import held_by, papers_of
from materiel.use_cases.links.institution import (
    InstitutionPlace,
    InviteInstitution,
    behind,
    institution_place,
    links_to,
    place_of_link,
)
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.outbox import MessageText, post

AGAIN_AFTER = timedelta(minutes=2)
"""A second click on the button sends nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedInstitution:
    """A link that has left, and what the message says is waiting there."""

    link: AccessLink
    held: int
    to_sign: int
    notices: int


@in_one_visit
async def invite_institution(command: InviteInstitution, *, issuer: Issuer) -> InvitedInstitution:
    """Write to the mailbox on file of an institution, with a link of its own.

    A section is written to at the school that signs for it. The message tells of the notices not read yet: it carries
    those that have not left, which are sent once a mail server accepts it.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
        RuleBroken: `institution.no_mailbox`, `institution.just_invited`.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        place = await institution_place(command, issuer.actor.service_id)
        if not place.email:
            raise RuleBroken(
                "institution.no_mailbox",
                f"{place.name} n'a pas d'adresse électronique : complétez {place.where_to_complete}, "
                "puis envoyez le lien.",
            )
        if await _is_just_invited(place, issuer):
            raise RuleBroken(
                "institution.just_invited",
                "Un lien vient de partir à cette adresse. Laissez-lui deux minutes avant d'en envoyer un autre.",
            )
        return await _write(place.holder(issuer.actor.service_id), issuer)


async def ask_depositary(command: InviteInstitution, *, issuer: Issuer, document: Document) -> str | None:
    """Write to the institution whose signature is awaited, by a link of its own; in a write transaction.

    Returns:
        Its name, when it was written to, or had been within two minutes; None when it has no mailbox.
    """
    place = await institution_place(command, issuer.actor.service_id)
    if not place.email:
        return None
    if not await _is_just_invited(place, issuer):
        await _write(place.holder(issuer.actor.service_id), issuer, document=document)
    return place.name


async def write_to_institution(command: InviteInstitution, *, issuer: Issuer) -> InvitedInstitution | None:
    """Write to an institution what waits there, with a link of its own; None without a mailbox. In a write transaction.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
    """
    place = await institution_place(command, issuer.actor.service_id)
    return await _write(place.holder(issuer.actor.service_id), issuer) if place.email else None


async def remind_institution(link: AccessLink, *, issuer: Issuer, impulse: Impulse = Impulse.MACHINE) -> None:
    """Write again to the mailbox on file of an institution that has not signed; in a write transaction.

    The caller has made sure that the link still leads to it.
    """
    place = await place_of_link(link)
    await _write(place.holder(link.service_id), issuer, is_reminder=True, impulse=impulse)


async def open_institution_link(token: str, *, now: datetime, looks_only: bool = False) -> Institution | None:
    """Who a token lets in; None for an unknown, revoked, replaced or expired one, without saying which. Changes nothing
    but the instant of the last opening, and not even that when it `looks_only`.
    """
    link = await link_of_token(token) if looks_only else await open_link(token, now=now)
    if link is None or not link.opens(now) or link.kind is not LinkKind.INSTITUTION:
        return None
    return await behind(link)


@in_one_visit
async def send_new_institution_link(link: AccessLink, *, base_url: str, now: datetime) -> None:
    """Send a new link to the mailbox on file of the institution of a link.

    Nothing leaves without a mailbox, within an hour of the last one, nor when the service itself closed the last one.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`.
    """
    async with write_transaction():
        place = await place_of_link(link)
        if place.email and may_renew(await last_of(link), now):
            impulse = Impulse.ASKED
            await _send(place.holder(link.service_id), link.actor_id, impulse=impulse, base_url=base_url, now=now)


async def renew_institution_link(link: AccessLink, *, actor_id: str, now: datetime) -> NewLink | None:
    """Make a new link for the mailbox on file of an institution about to be written to; in a write transaction.

    Returns:
        None without a mailbox, or when the service itself closed the last link: nothing must leave.
    """
    place = await place_of_link(link)
    last = await last_of(link)
    if not place.email or last.revoked_at is not None:
        return None
    holder = place.holder(link.service_id)
    await _keep_mailbox(holder)
    return await make_link(holder, actor_id=actor_id, now=now)


async def _keep_mailbox(holder: LinkHolder) -> None:
    """A mailbox that was written to is the service's own: an import of the annuaire no longer moves it."""
    if holder.school_uai is not None:
        await schools.pin_mailbox(await schools.id_of(holder.school_uai), holder.service_id, holder.email)


def institution_url(base_url: str, token: str) -> str:
    """The address to put into a message to an institution."""
    return f"{base_url}/e/{token}"


async def _is_just_invited(place: InstitutionPlace, issuer: Issuer) -> bool:
    last = (await links_to(place, issuer.actor.service_id))[-1:]
    return (
        bool(last)
        and last[0].revoked_at is None
        and last[0].email.lower() == place.email.lower()
        and is_too_soon(last[0].created_at, issuer.now, AGAIN_AFTER)
    )


async def _write(
    holder: LinkHolder,
    issuer: Issuer,
    *,
    impulse: Impulse = Impulse.HAND,
    is_reminder: bool = False,
    document: Document | None = None,
) -> InvitedInstitution:
    return await _send(
        holder,
        issuer.actor.id,
        impulse=impulse,
        base_url=issuer.base_url,
        now=issuer.now,
        is_reminder=is_reminder,
        document=document,
    )


async def _send(
    holder: LinkHolder,
    actor_id: str,
    *,
    impulse: Impulse,
    base_url: str,
    now: datetime,
    is_reminder: bool = False,
    document: Document | None = None,
) -> InvitedInstitution:
    new = await make_link(holder, actor_id=actor_id, now=now)
    await outbox.settle_links([link.id for link in await links.same_holder(new.link)], now)
    await _keep_mailbox(holder)
    found = await behind(new.link)
    assert found is not None
    papers = await papers_of(found)
    notices = [paper for paper in papers if paper.to_acknowledge]
    invited = InvitedInstitution(
        link=new.link,
        held=len(await held_by(found)),
        to_sign=sum(paper.to_sign for paper in papers),
        notices=len(notices),
    )
    letter = MessageText(
        purpose=Purpose.SIGNATURE_REMINDER if is_reminder else Purpose.INSTITUTION,
        impulse=impulse,
        template="institution_link",
        to_address=holder.email,
        service=found.service,
        values={
            "institution": found,
            "invited": invited,
            "is_reminder": is_reminder,
            "stocktake_until": await sighting.asked_of_schools(found.school_ids, found.service.id)
            if found.keeps_items
            else None,
            "link": institution_url(base_url, new.token),
            "expires_on": found.service.civil_date(new.link.expires_at),
        },
        about=About(
            link_id=new.link.id,
            document_id=document.id if document else None,
            loan_id=document.loan_id if document else None,
        ),
        unique_key=f"institution:{new.link.id}",
    )
    await post(letter, base_url=base_url, now=now)
    for paper in notices:
        # The message that holds the link is how the notice leaves, once a server has accepted it.
        assert paper.recipient is not None
        await recipients.carry(paper.document.id, paper.recipient.id, letter.id)
    return invited
