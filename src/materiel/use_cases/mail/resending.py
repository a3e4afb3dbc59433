"""Sending again what was refused, to the address on file today; or saying that it is settled otherwise.

A refused message keeps its text for a month: the link that it holds was never received, and is given the new address.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.links.access_link import AccessLink, LinkKind
from materiel.domain.work.outbox import Message, MessageState, Purpose, check_envelope
from materiel.errors import Conflict, MaterielError, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.links import access_link as links
from materiel.store.links import referent as referents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.links.access_link import link_behind
from materiel.use_cases.links.institution import place_of_link
from materiel.use_cases.mail.departure import TO_SERVICE, why_not


@dataclass(frozen=True, slots=True, kw_only=True)
class NotResent:
    """A refused message that could not be queued again, and why, in French."""

    id: UUID
    purpose: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Resent:
    """What `resend_refused` did, or would do when `dry_run`."""

    dry_run: bool
    queued: int = 0
    left: list[NotResent] = field(default_factory=list)


@in_one_visit
async def resend(message_id: UUID, *, actor: Actor, now: datetime) -> Message:
    """Queue a refused message again, to the address on file today.

    Raises:
        NotFound: `mail.not_found`.
        Conflict: `mail.not_refused`, it is on its way, has left or was cancelled.
        RuleBroken: `mail.forgotten`, its text is gone, or it was a code; `mail.needless`, what it says is no longer
            true; `mail.no_address`, nobody is on file any more.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        message = await outbox.get(message_id, actor.service_id)
        checked = await _ready(message, now)
        await _queue(message, checked, actor, now)
        return await outbox.get(message_id, actor.service_id)


async def resend_refused(*, actor: Actor, now: datetime, dry_run: bool = False) -> Resent:
    """Queue again every refused message of the service that nobody has dealt with."""
    actor.require(Permission.READ if dry_run else Permission.WRITE)
    report = Resent(dry_run=dry_run)
    for message in await outbox.refused(actor.service_id, limit=10_000):
        try:
            async with write_transaction():
                address = await _ready(message, now)
                if not dry_run:
                    await _queue(message, address, actor, now)
            report.queued += 1
        except MaterielError as refusal:
            report.left.append(NotResent(id=message.id, purpose=message.purpose.value, reason=refusal.message))
    return report


@in_one_visit
async def settle(message_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Say that a refusal needs nothing more: the person was telephoned, or handed a print; again changes nothing.

    Raises:
        NotFound: `mail.not_found`.
        Conflict: `mail.not_refused`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        message = await outbox.get(message_id, actor.service_id)
        if message.state is not MessageState.FAILED:
            raise _not_refused()
        await outbox.settle(message.id, now)


async def _ready(message: Message, now: datetime) -> str:
    """The address to send to, once nothing stands in the way."""
    if message.state is not MessageState.FAILED:
        raise _not_refused()
    if not message.text:
        raise RuleBroken(
            "mail.forgotten",
            "Le texte de ce message est oublié : recommencez l'envoi depuis le document ou l'établissement.",
        )
    link = await link_behind(message)
    address = await _address_of(message, link)
    check_envelope(address, message.subject)
    if why := await why_not(replace(message, to_address=address), now=now):
        raise RuleBroken("mail.needless", f"Ce message ne doit plus partir : {why}.")
    return address


async def _queue(message: Message, address: str, actor: Actor, now: datetime) -> None:
    await outbox.queue_again(message.id, address, now)
    if message.about.link_id is not None:
        # The link inside was never received: it becomes that of the right address.
        await links.readdress(message.about.link_id, address)
        await referents.readdress(message.about.link_id, address)
    await journal.by(actor, now).note(
        "mail.resent",
        message.about.document_id or actor.service_id,
        {"purpose": message.purpose.value},
        of="document" if message.about.document_id else "service",
    )


async def _address_of(message: Message, link: AccessLink | None) -> str:
    """The address on file of whom a message is for."""
    address = ""
    if message.purpose in TO_SERVICE:
        address = (await services.get(message.service_id)).email
    elif message.purpose is Purpose.REFERENT:
        address = await _address_of_referent(message)
    elif link is not None and link.kind is LinkKind.INSTITUTION:
        address = (await place_of_link(link)).email
    elif message.about.pupil_id is not None:
        pupil = await pupils.get(message.about.pupil_id, message.service_id)
        if message.about.person_id is None:
            address = pupil.email
        address = next((each.email for each in pupil.representatives if each.id == message.about.person_id), address)
    if not address:
        raise RuleBroken(
            "mail.no_address",
            "Aucune adresse n'est plus connue pour ce message : complétez la fiche, ou remettez le document imprimé.",
        )
    return address


async def _address_of_referent(message: Message) -> str:
    link = await referents.find_link(message.about.link_id) if message.about.link_id is not None else None
    return (await referents.get(link.referent_id, link.service_id)).email if link is not None else ""


def _not_refused() -> Conflict:
    return Conflict("mail.not_refused", "Ce message n'est pas refusé : il est parti, attend son tour, ou est annulé.")
