"""Outgoing mail: written in the transaction of what it tells, read by the managers of the service.

What becomes of it is `sending`'s: the worker hands it over afterwards, once it has been judged again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.language.typography import typeset
from materiel.domain.work.outbox import (
    SUBJECT_MAX,
    About,
    Carrier,
    Impulse,
    Message,
    MessageState,
    Purpose,
    check_envelope,
)
from materiel.mail.sms import in_gsm
from materiel.mail.wording import sms_words, words
from materiel.store.engine.ids import new_id
from materiel.store.work import outbox
from materiel.use_cases.search.total import Total, whole_total

NO_DOMAIN = "materiel.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageText:
    """What to write to one address: a template of `templates/emails` and its values, `service` being added.

    `about` says by identifiers what it is about. `unique_key` makes writing the same letter twice write it once;
    `impulse` has no default: each sender says what made it write, which decides whether a pause stops the message.
    `attachment_id` is an issued document. `id` is that of the message, for what refers to it.
    """

    purpose: Purpose
    impulse: Impulse
    template: str
    to_address: str
    service: ManagingService
    values: Mapping[str, object] = field(default_factory=dict)
    about: About = field(default_factory=About)
    unique_key: str | None = None
    attachment_id: UUID | None = None
    id: UUID = field(default_factory=new_id)


async def post(letter: MessageText, *, base_url: str, now: datetime) -> bool:
    """Write a letter in the outbox; must run in the write transaction of what it tells.

    Its subject begins with the name of the service: the reader knows who writes before opening.

    Returns:
        False when a letter of the same key was written already: nothing is added.

    Raises:
        RuleBroken: `mail.address_invalid`, `mail.subject_invalid`.
    """
    said = words(letter.template, {"service": letter.service, **letter.values})
    subject = _signed(said.subject, letter.service)
    check_envelope(letter.to_address, subject)
    return await outbox.add(written(letter, subject, said.text, said.html, base_url=base_url, now=now))


async def post_sms(letter: MessageText, *, base_url: str, now: datetime) -> bool:
    """Write a message by SMS in the outbox, `to_address` being a number; must run in the write transaction of what it
    tells. Its template is one of `templates/sms`.

    Returns:
        False when one of the same key was written already: nothing is added.
    """
    said = in_gsm(sms_words(letter.template, {"service": letter.service, **letter.values}))
    subject = f"{letter.purpose.label}, par {Carrier.SMS.label}"
    return await outbox.add(written(letter, subject, said, "", carrier=Carrier.SMS, base_url=base_url, now=now))


def written(
    letter: MessageText,
    subject: str,
    text: str,
    html: str,
    *,
    carrier: Carrier = Carrier.EMAIL,
    base_url: str,
    now: datetime,
) -> Message:
    """The message that a letter becomes, to be sent at once; nothing is kept of it here."""
    return Message(
        id=letter.id,
        service_id=letter.service.id,
        purpose=letter.purpose,
        to_address=letter.to_address,
        subject=subject,
        text=text,
        html=html,
        message_id=f"<{letter.id}@{domain_of(base_url)}>",
        created_at=now,
        next_attempt_at=now,
        attachment_id=letter.attachment_id,
        unique_key=letter.unique_key,
        about=letter.about,
        carrier=carrier,
        impulse=letter.impulse,
    )


async def message_page(
    q: str,
    state: MessageState | None,
    order: Order,
    *,
    actor: Actor,
    limit: int,
    after: LinePlace | None = None,
) -> list[tuple[Message, LinePlace]]:
    """Messages of the actor's service whose subject or address holds a text, after the place of one of them."""
    actor.require(Permission.WRITE)
    return await outbox.sorted_messages(actor.service_id, q, state, order, limit=limit, after=after)


async def total_messages(q: str, state: MessageState | None, *, actor: Actor, now: datetime) -> Total:
    """How many messages these are, on all pages."""
    actor.require(Permission.WRITE)

    async def add_up(at_most: int | None) -> Total:
        return Total(await outbox.count(actor.service_id, q, state, at_most=at_most))

    return await whole_total(("mail", actor.service_id, q, state), add_up, now, searched=bool(q))


async def get_message(message_id: UUID, *, actor: Actor) -> Message:
    """One message of the actor's service. Its text holds somebody's link or code: it is for no page of a manager.

    Raises:
        NotFound: `mail.not_found`.
    """
    actor.require(Permission.WRITE)
    return await outbox.get(message_id, actor.service_id)


ONLY_FICTITIOUS = "Démonstration : rien ne part vers une vraie boîte, seules les adresses en « .invalid » sont écrites."
"""Why a demonstration gives a message up."""


def _signed(subject: str, service: ManagingService) -> str:
    name = " ".join(service.name.split())[: SUBJECT_MAX - len(subject) - 3]
    return f"{typeset(name)}\u00a0: {subject[:1].lower()}{subject[1:]}"


def domain_of(base_url: str) -> str:
    """The host of the installation, when it can stand in an address."""
    host = urlsplit(base_url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else NO_DOMAIN
