"""Links of families and institutions: make one, open it, ask for another, close it.

Opening a link changes nothing but the instant of its last opening: mail scanners open links too. The former links of
the same person go on until a page behind the new one is shown, and what they opened stays open. A link's secret is
192 random bits; the database keeps its SHA-256 and no page, log or journal ever holds it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.civil_day import civil_date
from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.links.access_link import AccessLink, FamilyPerson, LinkKind, SentLink, person_behind
from materiel.domain.loan.letter import FamilyReader
from materiel.domain.people.pupil import Pupil
from materiel.domain.work.outbox import About, Impulse, Message, Purpose
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.links import access_link as links
from materiel.store.links import referent as referents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.history.refusal import note_dead_link
from materiel.use_cases.work.outbox import MessageText, post

TOKEN_BYTES = 24
TOKEN_LENGTH = 32
PURPOSE = b"access-link:"
"""Makes the digest of a link worth nothing as the digest of anything else."""

NEW_LINK_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHolder:
    """Whom a link is for: a person of a pupil (`representative_id` None for the pupil himself), or an institution."""

    service_id: UUID
    email: str
    name: str
    pupil_id: UUID | None = None
    representative_id: UUID | None = None
    school_uai: str | None = None
    municipality_insee: str | None = None
    of_authority: bool = False

    @property
    def kind(self) -> LinkKind:
        """A family's when there is a pupil."""
        return LinkKind.FAMILY if self.pupil_id is not None else LinkKind.INSTITUTION


def family_holder(pupil: Pupil, person: FamilyReader) -> LinkHolder:
    """Whom a link lets in that goes to somebody of the family of a pupil."""
    return LinkHolder(
        service_id=pupil.service_id,
        email=person.email,
        name=person.name,
        pupil_id=pupil.id,
        representative_id=person.person_id,
    )


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made, with its `token`: it goes into one message and is kept nowhere."""

    link: AccessLink
    token: str


async def make_link(holder: LinkHolder, *, actor_id: str, now: datetime) -> NewLink:
    """Make a link; must run in a write transaction. The former ones of the same holder go on until it is used.

    The caller has made sure that whoever asks may write to this holder.

    Raises:
        NotFound: `school.not_found`.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = AccessLink(
        id=new_id(),
        service_id=holder.service_id,
        kind=holder.kind,
        email=holder.email,
        name=holder.name,
        created_at=now,
        expires_at=now + holder.kind.lifetime,
        pupil_id=holder.pupil_id,
        representative_id=holder.representative_id,
        school_uai=holder.school_uai,
        municipality_insee=holder.municipality_insee,
        of_authority=holder.of_authority,
    )
    await links.insert(link, link_digest(token))
    await journal.By(link.service_id, actor_id, now).note("access_link.created", link.id, {"kind": link.kind.value})
    return NewLink(link, token)


async def open_link(token: str, *, now: datetime) -> AccessLink | None:
    """The link of a token that somebody opened; None for an unknown, revoked or expired one, without saying which.

    For a family, None too once the person is no longer on file with that address.
    """
    link = await link_of_token(token)
    if link is None:
        return None
    await links.mark_opened(link.id, now)
    if await leads_somewhere(link, now=now):
        return link
    note_dead_link(link.id, link.service_id)
    return None


async def link_behind(message: Message) -> AccessLink | None:
    """The link that a message holds; None when it holds none, or when it is gone since."""
    if message.about.link_id is None:
        return None
    try:
        return await links.get(message.about.link_id)
    except NotFound:
        return None


async def leads_somewhere(link: AccessLink, *, now: datetime) -> bool:
    """Whether a link lets somebody in; asking changes nothing."""
    if not link.opens(now):
        return False
    return link.kind is not LinkKind.FAMILY or await _person_of(link, now) is not None


async def enter_by(link_id: UUID, now: datetime) -> None:
    """Note that a link has shown a page, in the caller's transaction.

    The former links of the same person open nothing any more.
    """
    if not await links.enter(link_id, now):
        await referents.enter(link_id, now)
        return
    link = await links.get(link_id)
    for former in await links.same_holder(link):
        if former.id < link.id and _same_person(former, link):
            await links.replace(former.id, now)


async def person_of_link(link_id: UUID, *, now: datetime) -> FamilyPerson:
    """Who stands behind the link of a family's session, asked again at each request.

    Raises:
        NotFound: `access_link.closed`, revoked, expired or no longer on file.
    """
    link = await links.get(link_id)
    person = await _person_of(link, now) if link.is_valid(now) else None
    if person is None:
        raise NotFound(
            "access_link.closed",
            "Votre lien ne fonctionne plus. Ouvrez le dernier message reçu du service, ou demandez un nouveau lien.",
        )
    return person


@in_one_visit
async def send_new_link(link: AccessLink, *, base_url: str, now: datetime) -> None:
    """Send a new link to the address on file of the person of a family's link.

    Nothing leaves for somebody no longer on file or who no longer acts for the pupil, within an hour of the last one,
    nor when the service itself closed the last link of that person.
    """
    async with write_transaction():
        last = await last_of(link)
        person = await _person_of(last, now)
        key = f"link:{last.id}"
        if person is None or not person.acts or not may_renew(last, now):
            return
        if await outbox.written_at(key) is not None:
            return
        new = await make_link(_holder_of(person), actor_id=link.actor_id, now=now)
        service = await services.get(link.service_id)
        await post(
            MessageText(
                purpose=Purpose.NEW_LINK,
                impulse=Impulse.ASKED,
                template="new_link",
                to_address=new.link.email,
                service=service,
                values={
                    "name": person.name,
                    "link": link_url(base_url, new.token),
                    "expires_on": service.civil_date(new.link.expires_at),
                },
                about=About(
                    pupil_id=person.pupil.id,
                    person_id=person.representative.id if person.representative else None,
                    link_id=new.link.id,
                ),
                unique_key=key,
            ),
            base_url=base_url,
            now=now,
        )


async def renew_link(link: AccessLink, *, actor_id: str, now: datetime) -> NewLink | None:
    """Make a new link for the person of a family's link, who is about to be written to; in a write transaction.

    Returns:
        None for somebody no longer on file or who no longer acts for the pupil, or whose last link the service itself
        closed: nothing must leave.
    """
    last = await last_of(link)
    person = await _person_of(last, now)
    if person is None or not person.acts or last.revoked_at is not None:
        return None
    return await make_link(_holder_of(person), actor_id=actor_id, now=now)


def may_renew(last: SentLink, now: datetime) -> bool:
    """Whether whoever had this last link may be sent another: not within an hour, nor after the service closed it."""
    return last.revoked_at is None and not is_too_soon(last.created_at, now, NEW_LINK_EVERY)


@in_one_visit
async def revoke_link(link_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Close a link of the actor's service at once, its open sessions included; a second time changes nothing.

    The other links of the same person, which would still let them in, are closed with it.

    Raises:
        NotFound: `access_link.not_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        link = await links.get(link_id)
        if link.service_id != actor.service_id:
            raise NotFound("access_link.not_found", "Ce lien n'existe pas dans votre service.")
        if link.revoked_at is not None:
            return
        for each in await links.same_holder(link):
            if _same_person(each, link):
                await links.revoke(each.id, now)
        await journal.by(actor, now).note("access_link.revoked", link.id)


async def links_of_pupil(pupil_id: UUID, *, actor: Actor) -> list[AccessLink]:
    """Every link made for a pupil of the actor's service, oldest first: who was written to, and when they opened it.

    Raises:
        NotFound: `pupil.not_found`.
    """
    actor.require(Permission.READ)
    pupil = await pupils.get(pupil_id, actor.service_id)
    return await links.of_pupil(pupil.id)


def link_url(base_url: str, token: str, path: str = "") -> str:
    """The address to put into a message; `path` is a document's public code, to arrive at it."""
    return f"{base_url}/f/{token}{'/' if path else ''}{path}"


async def link_of_token(token: str) -> AccessLink | None:
    """The link of a token, valid or not; None for an unknown one."""
    return await links.by_hash(link_digest(token)) if len(token) == TOKEN_LENGTH else None


async def last_of(link: AccessLink) -> AccessLink:
    """The last link of the same person or institution, a link already stored being given."""
    return [each for each in await links.same_holder(link) if _same_person(each, link)][-1]


async def _person_of(link: AccessLink, now: datetime) -> FamilyPerson | None:
    if link.pupil_id is None:
        return None
    today = civil_date(now, await services.zone(link.service_id))
    return person_behind(link, await pupils.get(link.pupil_id, link.service_id), today)


def _holder_of(person: FamilyPerson) -> LinkHolder:
    return LinkHolder(
        service_id=person.pupil.service_id,
        email=person.representative.email if person.representative else person.pupil.email,
        name=person.name,
        pupil_id=person.pupil.id,
        representative_id=person.representative.id if person.representative else None,
    )


def _same_person(one: AccessLink, other: AccessLink) -> bool:
    """Whether two links of one pupil or institution are of one person; parents may share a mailbox."""
    return one.kind is LinkKind.INSTITUTION or one.representative_id == other.representative_id


def link_digest(token: str, purpose: bytes = PURPOSE) -> str:
    """What is kept of the token of a link: 192 random bits need no slow hash, there is nothing to guess."""
    return hashlib.sha256(purpose + token.encode()).hexdigest()
