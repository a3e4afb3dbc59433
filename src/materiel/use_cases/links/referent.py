"""Référents: give one a sector until the end of a school year, send a link, close it; who stands behind a link today.

The mechanism is that of the links of families and institutions (`access_link`): a secret of 192 bits of which the
SHA-256 alone is kept, former links that go on until the new one is used, a session asked again at each request.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.civil_day import instant_after
from materiel.domain.calendar.waiting import is_too_soon
from materiel.domain.language.bounds import Version, filled
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.links.referent import NAME_MAX, Referent, ReferentLink, checked_referent, lets_in
from materiel.domain.places.school import School
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import NotFound, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.links import referent as referents
from materiel.store.places import school as schools
from materiel.use_cases.links.access_link import TOKEN_BYTES, TOKEN_LENGTH, link_digest, may_renew
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.work.outbox import MessageText, post

PURPOSE = b"referent-link:"
"""Makes the digest of such a link worth nothing as the digest of anything else."""

AGAIN_AFTER = timedelta(minutes=2)
"""A second click on the button sends nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReferent:
    """Whom to write to, until when, and for which schools, by their UAI."""

    name: Annotated[str, filled(NAME_MAX)]
    email: str
    ends_on: date
    schools: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReferent(RecordReferent):
    """The same written again."""

    referent_id: UUID
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferentSheet:
    """A référent for a manager: the schools of the sector, and the links sent, oldest first."""

    referent: Referent
    schools: tuple[School, ...]
    links: tuple[ReferentLink, ...]


@dataclass(frozen=True, slots=True)
class NewReferentLink:
    """A link just made, with its `token`: it goes into one message and is kept nowhere."""

    link: ReferentLink
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferentReader:
    """Who stands behind a link today."""

    referent: Referent
    link: ReferentLink
    service: ManagingService

    @property
    def actor_id(self) -> str:
        """What the journal keeps of whoever acts through it: never a name."""
        return f"referent:{self.referent.id}"


@in_one_visit
async def record_referent(command: RecordReferent, *, actor: Actor, now: datetime) -> Referent:
    """Give a référent a sector; nothing is sent.

    Raises:
        RuleBroken: `referent.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        referent = Referent(
            id=new_id(),
            service_id=actor.service_id,
            name=command.name,
            email=command.email,
            ends_on=command.ends_on,
            schools=command.schools,
            created_at=now,
        )
        referent = await _checked(referent, actor, now)
        await referents.insert(referent)
        await journal.by(actor, now).note("referent.recorded", referent.id, {"schools": list(referent.schools)})
    return referent


@in_one_visit
async def change_referent(command: ChangeReferent, *, actor: Actor, now: datetime) -> Referent:
    """Write a référent and the sector again; another address closes what the former one received.

    Raises:
        NotFound: `referent.not_found`.
        Conflict: `referent.changed`.
        RuleBroken: as `record_referent`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await referents.get(command.referent_id, actor.service_id)
        asked = replace(
            known,
            name=command.name,
            email=command.email,
            ends_on=command.ends_on,
            schools=command.schools,
            version=command.version,
        )
        saved = await referents.save(await _checked(asked, actor, now))
        await journal.by(actor, now).note("referent.changed", saved.id, {"schools": list(saved.schools)})
    return saved


async def list_referents(*, actor: Actor) -> list[Referent]:
    """Every référent of the service, those whose sector lasts longest first."""
    actor.require(Permission.READ)
    return await referents.of_service(actor.service_id)


async def referents_page(
    *, actor: Actor, now: datetime, current: bool | None = None, limit: int, after: UUID | None = None
) -> list[Referent]:
    """At most `limit` référents of the service in the order in which they were written down, after one of them.

    Args:
        current: those whose sector lasts, or those whose sector is over; None for all.
    """
    actor.require(Permission.READ)
    today = actor.civil_date(now)
    return await referents.page(actor.service_id, today, current=current, limit=limit, after=after)


async def read_referent(referent_id: UUID, *, actor: Actor) -> ReferentSheet:
    """A référent of the service, the schools of the sector and the links sent.

    Raises:
        NotFound: `referent.not_found`.
    """
    actor.require(Permission.READ)
    referent = await referents.get(referent_id, actor.service_id)
    known = await schools.by_uais(referent.schools, actor.service_id)
    return ReferentSheet(
        referent=referent,
        schools=tuple(known[uai] for uai in referent.schools if uai in known),
        links=tuple(await referents.links_of(referent.id)),
    )


@in_one_visit
async def send_referent_link(referent_id: UUID, *, issuer: Issuer) -> ReferentLink:
    """Write to a référent, with a link that lasts as long as the sector.

    Raises:
        NotFound: `referent.not_found`.
        RuleBroken: `referent.over`, the sector has ended; `referent.just_written`.
    """
    issuer.actor.require(Permission.WRITE)
    async with write_transaction():
        referent = await referents.get(referent_id, issuer.actor.service_id)
        if not referent.is_current(issuer.today):
            raise RuleBroken(
                "referent.over", "Ce secteur est terminé : changez sa fin, si la même personne le garde cette année."
            )
        last = (await referents.links_of(referent.id))[-1:]
        if last and last[0].revoked_at is None and is_too_soon(last[0].created_at, issuer.now, AGAIN_AFTER):
            raise RuleBroken(
                "referent.just_written",
                "Un lien vient de partir à cette adresse. Laissez-lui deux minutes avant d'en envoyer un autre.",
            )
        return await _send(referent, issuer.actor.id, Impulse.HAND, base_url=issuer.base_url, now=issuer.now)


@in_one_visit
async def close_referent_links(referent_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Close at once every link of a référent, the open sessions included; a second time changes nothing.

    Raises:
        NotFound: `referent.not_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        referent = await referents.get(referent_id, actor.service_id)
        if await referents.revoke(referent.id, now):
            await journal.by(actor, now).note("referent.link_revoked", referent.id)


async def open_referent_link(token: str, *, now: datetime, looks_only: bool = False) -> ReferentReader | None:
    """Who a token lets in; None for an unknown, revoked, replaced or expired one, without saying which. Changes nothing
    but the instant of the last opening, and not even that when it `looks_only`.
    """
    link = await _link_of(token)
    if link is None:
        return None
    if not looks_only:
        await referents.mark_opened(link.id, now)
    return await _behind(link, now) if link.opens(now) else None


async def reader_of_link(link_id: UUID, *, now: datetime) -> ReferentReader:
    """Who stands behind the link of a référent's session, asked again at each request.

    Raises:
        NotFound: `access_link.closed`, revoked, expired, or sent to another address than the one on file.
    """
    link = await referents.find_link(link_id)
    reader = await _behind(link, now) if link is not None else None
    if reader is None:
        raise NotFound(
            "access_link.closed",
            "Votre lien ne fonctionne plus. Ouvrez le dernier message reçu du service, ou demandez un nouveau lien.",
        )
    return reader


@in_one_visit
async def renew_referent_link(token: str, *, base_url: str, now: datetime) -> None:
    """Send a new link to whom a link was sent, when the sector is still theirs; nothing for any other token."""
    link = await _link_of(token)
    if link is not None:
        async with write_transaction():
            await _renew(link, base_url=base_url, now=now)


@in_one_visit
async def renew_referent_links_of(email: str, *, base_url: str, now: datetime) -> None:
    """Send a new link to the référents whose last link went to an address."""
    found = await referents.links_of_email(email)
    async with write_transaction():
        for link in {each.referent_id: each for each in found}.values():
            await _renew(link, base_url=base_url, now=now)


def referent_url(base_url: str, token: str) -> str:
    """The address to put into a message to a référent."""
    return f"{base_url}/r/{token}"


async def _renew(link: ReferentLink, *, base_url: str, now: datetime) -> None:
    """Nothing leaves within an hour of the last link, nor when the service itself closed it."""
    referent = await referents.get(link.referent_id, link.service_id)
    last = (await referents.links_of(referent.id))[-1]
    is_over = now >= instant_after(referent.ends_on, await services.zone(referent.service_id))
    is_same = link.email.lower() == referent.email.lower()
    if is_same and not is_over and may_renew(last, now):
        await _send(referent, f"referent:{referent.id}", Impulse.ASKED, base_url=base_url, now=now)


async def make_referent_link(referent: Referent, *, now: datetime) -> NewReferentLink:
    """Make a link that lasts as long as the sector; must run in a write transaction. Nothing is sent.

    The caller has made sure that whoever asks may write to this référent.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ReferentLink(
        id=new_id(),
        service_id=referent.service_id,
        referent_id=referent.id,
        email=referent.email,
        created_at=now,
        expires_at=instant_after(referent.ends_on, await services.zone(referent.service_id)),
    )
    await referents.insert_link(link, link_digest(token, PURPOSE))
    return NewReferentLink(link, token)


async def _send(referent: Referent, actor_id: str, impulse: Impulse, *, base_url: str, now: datetime) -> ReferentLink:
    new = await make_referent_link(referent, now=now)
    link = new.link
    letter = MessageText(
        purpose=Purpose.REFERENT,
        impulse=impulse,
        template="referent_link",
        to_address=referent.email,
        service=await services.get(referent.service_id),
        values={"name": referent.name, "link": referent_url(base_url, new.token), "expires_on": referent.ends_on},
        about=About(link_id=link.id),
        unique_key=f"referent:{link.id}",
    )
    await post(letter, base_url=base_url, now=now)
    await journal.By(referent.service_id, actor_id, now).note("referent.link_sent", referent.id)
    return link


async def _behind(link: ReferentLink, now: datetime) -> ReferentReader | None:
    try:
        referent = await referents.get(link.referent_id, link.service_id)
    except NotFound:
        return None
    service = await services.get(link.service_id)
    if not lets_in(link, referent, now, service.civil_date(now)):
        return None
    return ReferentReader(referent=referent, link=link, service=service)


async def _checked(referent: Referent, actor: Actor, now: datetime) -> Referent:
    referent = replace(referent, schools=tuple(dict.fromkeys(map(clean_uai, referent.schools))))
    known = await schools.by_uais(referent.schools, actor.service_id)
    return printable(checked_referent(referent, actor.civil_date(now), known=known))


async def _link_of(token: str) -> ReferentLink | None:
    return await referents.link_by_hash(link_digest(token, PURPOSE)) if len(token) == TOKEN_LENGTH else None
