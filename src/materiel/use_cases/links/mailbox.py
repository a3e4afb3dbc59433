"""Mailboxes of institutions: a new one is confirmed by a code sent to it, and the former one is told."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from materiel.domain.accounts.attempt import MAILBOX_CODE
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.places.directory import Offer, SourcedField, taken, typed_over
from materiel.domain.signing.one_time_code import DIGITS, digits_of
from materiel.domain.visitors.mailbox import LIFETIME, MailboxChange, check_may_ask, check_usable, needs_confirmation
from materiel.domain.work.outbox import Impulse, Purpose
from materiel.errors import NotFound, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.links import mailbox as mailboxes
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools
from materiel.use_cases.accounts.attempt import begin_trial
from materiel.use_cases.links.institution import InstitutionPlace, InviteInstitution, institution_place, links_to
from materiel.use_cases.work.outbox import MessageText, post


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """The mailbox in use of an institution, that of the annuaire for a school, and the one that awaits its code."""

    email: str
    published: str
    pending: MailboxChange | None


async def read_mailbox(command: InviteInstitution, *, actor: Actor) -> Mailbox:
    """The mailbox of an institution, as the actor's service knows it.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`, `institution.no_authority`.
    """
    actor.require(Permission.READ)
    place = await institution_place(command, actor.service_id)
    published = place.school.published_email if place.school else ""
    return Mailbox(email=place.email, published=published, pending=await _pending(place, actor.service_id))


@in_one_visit
async def confirm_mailbox(command: InviteInstitution, typed: str, *, actor: Actor, now: datetime) -> Mailbox:
    """Use the new mailbox, its code having been read there.

    Raises:
        NotFound: `mailbox.nothing_pending`.
        TooManyRequests: `login.too_many`.
        RuleBroken: `mailbox.code_expired`, `mailbox.code_exhausted`, `mailbox.code_wrong`.
    """
    actor.require(Permission.WRITE)
    # Asking for another code gives five more tries: whoever tries is slowed down, and no colleague.
    trial = await begin_trial(MAILBOX_CODE, actor.id, now=now)
    async with write_transaction():
        place = await institution_place(command, actor.service_id)
        change = await _awaited(place, actor.service_id)
        check_usable(change, now)
        right = await mailboxes.try_code(change.id, _digest(change.id, digits_of(typed)))
        if right:
            await _use(place, change)
            await mailboxes.settle(change.id, now, confirmed=True)
            await _journal(place, "institution.mailbox_changed", actor, now)
    if not right:
        # Raised once the try is counted.
        raise RuleBroken(
            "mailbox.code_wrong", f"Ce code n'est pas celui du dernier message envoyé. Vérifiez les {DIGITS} chiffres."
        )
    await trial.succeeded()
    return await read_mailbox(command, actor=actor)


@in_one_visit
async def give_up_mailbox(command: InviteInstitution, *, actor: Actor, now: datetime) -> None:
    """Keep the former mailbox: the new one is forgotten and its code serves no more.

    Raises:
        NotFound: `mailbox.nothing_pending`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        place = await institution_place(command, actor.service_id)
        change = await _awaited(place, actor.service_id)
        await mailboxes.settle(change.id, now, confirmed=False)
        await _journal(place, "institution.mailbox_given_up", actor, now)


async def is_taken_at_once(place: InstitutionPlace, email: str, *, actor: Actor, now: datetime) -> bool:
    """Whether a new mailbox needs no code; what awaited one for the mailbox in use is then given up.

    Args:
        place: the institution with the mailbox in use.
    """
    if email.lower() == place.email.lower():
        waiting = await _pending(place, actor.service_id)
        if waiting is not None:
            await mailboxes.settle(waiting.id, now, confirmed=False)
        return True
    sent = await links_to(place, actor.service_id)
    return not needs_confirmation(place.email, email, links_sent=bool(sent))


async def ask_confirmation(
    place: InstitutionPlace, email: str, *, actor: Actor, base_url: str, now: datetime, source_on: date | None = None
) -> None:
    """Send a code to a new mailbox and tell the former one; in the write transaction of what changed it.

    Args:
        source_on: the date of the file of the administration's directory that it comes from, if it does.

    Raises:
        RuleBroken: `mailbox.too_soon`, `mail.address_invalid`.
    """
    waiting = await _pending(place, actor.service_id)
    check_may_ask(waiting, email, now)
    if waiting is not None:
        await mailboxes.settle(waiting.id, now, confirmed=False)
    await _ask(place, email, actor=actor, base_url=base_url, now=now, source_on=source_on)


async def _ask(
    place: InstitutionPlace, email: str, *, actor: Actor, base_url: str, now: datetime, source_on: date | None
) -> None:
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    change = MailboxChange(
        id=new_id(),
        service_id=actor.service_id,
        school_id=place.school.id if place.school else None,
        insee_code=place.insee_code,
        of_authority=place.of_authority,
        former=place.email,
        email=email,
        attempts=0,
        asked_by=actor.id,
        asked_at=now,
        expires_at=now + LIFETIME,
        source_on=source_on,
    )
    await mailboxes.insert(change, _digest(change.id, digits))
    service = await services.get(actor.service_id)
    values: dict[str, object] = {"name": place.name, "until": service.civil_date(change.expires_at)}
    code = MessageText(
        purpose=Purpose.MAILBOX_CODE,
        impulse=Impulse.HAND,
        template="mailbox_code",
        to_address=email,
        service=service,
        values={**values, "digits": digits},
    )
    await post(code, base_url=base_url, now=now)
    if place.email:
        told = MessageText(
            purpose=Purpose.MAILBOX_CHANGED,
            impulse=Impulse.HAND,
            template="mailbox_changed",
            to_address=place.email,
            service=service,
            values=values,
        )
        await post(told, base_url=base_url, now=now)
    await _journal(place, "institution.mailbox_asked", actor, now)


async def _use(place: InstitutionPlace, change: MailboxChange) -> None:
    """Write the mailbox on the record, as it is now: somebody may have changed the rest since the code was sent."""
    if place.school is not None:
        await schools.pin_mailbox(place.school.id, change.service_id, change.email)
        return
    assert place.municipality is not None
    commune = await municipalities.get(place.municipality.insee_code, change.service_id)
    field = SourcedField.AUTHORITY_EMAIL if place.of_authority else SourcedField.EMAIL
    before = getattr(commune, field.value)
    values: dict[str, Any] = {field.value: change.email}
    changed = typed_over(commune, replace(commune, **values))
    if change.source_on is not None:
        offer = Offer(field=field, before=before, after=change.email, fills=False)
        changed = taken(commune, [offer], change.source_on)
    await municipalities.save(changed, change.service_id)


async def _pending(place: InstitutionPlace, service_id: UUID) -> MailboxChange | None:
    return await mailboxes.pending(
        service_id,
        school_id=place.school.id if place.school else None,
        insee_code=place.insee_code,
        of_authority=place.of_authority,
    )


async def _awaited(place: InstitutionPlace, service_id: UUID) -> MailboxChange:
    change = await _pending(place, service_id)
    if change is None:
        raise NotFound("mailbox.nothing_pending", "Aucune nouvelle adresse n'attend de code pour cette institution.")
    return change


async def _journal(place: InstitutionPlace, action: str, actor: Actor, now: datetime) -> None:
    """The journal tells which institution, never an address."""
    of = "school" if place.school else "municipality"
    subject = place.uai or place.insee_code or ""
    await journal.by(actor, now).note(action, subject, {"of_authority": place.of_authority}, of=of)


def _digest(change_id: UUID, digits: str) -> str:
    return hashlib.sha256(f"mailbox:{change_id}:{digits}".encode()).hexdigest()
