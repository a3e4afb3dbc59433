"""Outgoing mail: written in the transaction of what it tells, sent afterwards by the worker, read by administrators.

A message is handed over at least once: a worker that dies between the server's answer and its own note sends it again
under the same Message-ID, which lets mail servers drop the second.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit
from uuid import UUID

from materiel.domain.outbox import MOST_ATTEMPTS, Message, Purpose, check_envelope, retry_delay
from materiel.domain.party import ManagingService
from materiel.domain.roles import Actor, Permission
from materiel.domain.site import is_fictitious
from materiel.errors import MaterielError, trace_of
from materiel.mail.envelope import Attachment, Sender, put_together
from materiel.mail.smtp import Line, Outcome, Server, line_to
from materiel.mail.wording import words
from materiel.store import document as documents
from materiel.store import outbox
from materiel.store import service as services
from materiel.store import site as sites
from materiel.store.ids import new_id
from materiel.use_cases.job import Clock

LEASE = timedelta(minutes=5)
"""Longer than the commands of one message can take: see `mail.smtp.TIMEOUT_SECONDS`."""
POLL_SECONDS = 2.0
NO_DOMAIN = "materiel.invalid"

_log = logging.getLogger("materiel.mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What to write to one address: a template of `templates/emails` and its values, `service` being added.

    `unique_key` makes writing the same letter twice write it once; `attachment_id` is an issued document.
    """

    purpose: Purpose
    template: str
    to_address: str
    service: ManagingService
    values: Mapping[str, object] = field(default_factory=dict)
    unique_key: str | None = None
    attachment_id: UUID | None = None


async def post(letter: Letter, *, base_url: str, now: datetime) -> bool:
    """Write a letter in the outbox; must run in the write transaction of what it tells.

    Returns:
        False when a letter of the same key was written already: nothing is added.

    Raises:
        RuleBroken: `mail.address_invalid`, `mail.subject_invalid`.
    """
    said = words(letter.template, {"service": letter.service, **letter.values})
    check_envelope(letter.to_address, said.subject)
    message_id = new_id()
    return await outbox.add(
        Message(
            id=message_id,
            service_id=letter.service.id,
            purpose=letter.purpose,
            to_address=letter.to_address,
            subject=said.subject,
            text=said.text,
            html=said.html,
            message_id=f"<{message_id}@{_domain(base_url)}>",
            created_at=now,
            next_attempt_at=now,
            attachment_id=letter.attachment_id,
            unique_key=letter.unique_key,
        )
    )


async def list_messages(*, actor: Actor, limit: int = 50, before: UUID | None = None) -> list[Message]:
    """The messages of the actor's service, newest first."""
    actor.require(Permission.ADMINISTER)
    return await outbox.page(actor.service_id, limit=limit, before=before)


async def get_message(message_id: UUID, *, actor: Actor) -> Message:
    """One message of the actor's service; its body is empty once it is sent or given up.

    Raises:
        NotFound: `mail.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    return await outbox.get(message_id, actor.service_id)


ONLY_FICTITIOUS = "Démonstration : rien ne part vers une vraie boîte, seules les adresses en « .invalid » sont écrites."
"""Why a demonstration gives a message up."""


@dataclass(slots=True)
class Tally:
    """What a round of the worker did."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0


async def run_outbox(
    stop: asyncio.Event, server: Server, *, base_url: str, clock: Clock, poll_seconds: float = POLL_SECONDS
) -> None:
    """Send what is due until `stop` is set; a message under way is then left to the next worker.

    A database or a server away for a while does not end it.
    """
    worker = f"outbox:{secrets.token_hex(8)}"
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            sending = asyncio.create_task(_send_safely(server, worker, base_url, clock))
            await asyncio.wait({sending, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                sending.cancel()
                await asyncio.wait({sending})
            else:
                await asyncio.wait({stopped}, timeout=poll_seconds)
    finally:
        stopped.cancel()


async def _send_safely(server: Server, worker: str, base_url: str, clock: Clock) -> None:
    try:
        await send_due(server, worker=worker, base_url=base_url, clock=clock)
    except MaterielError as error:
        _log.warning("no message could be sent: %s", error.code)
    except Exception as error:
        # The outer edge of the worker: whatever one round meets must not stop the next ones.
        _log.error("a round of the outbox failed: %s", trace_of(error))


async def send_due(server: Server, *, worker: str, base_url: str, clock: Clock) -> Tally:
    """Send every message that is due, one after another on one connection.

    Args:
        worker: a name that no other worker has.
    """
    tally = Tally()
    async with line_to(server) as line:
        while (message := await outbox.claim(worker, now=clock(), lease=LEASE)) is not None:
            await _send(message, line, server, worker, base_url, clock, tally)
    return tally


async def _send(
    message: Message, line: Line, server: Server, worker: str, base_url: str, clock: Clock, tally: Tally
) -> None:
    try:
        email = await _put_together(message, server, base_url, clock())
    except MaterielError as fault:
        # Only a row changed by hand can be here: `post` checks what it writes.
        await outbox.mark_failed(message.id, worker, error=fault.code)
        tally.failed += 1
        return
    if (await sites.read()).demonstration and not is_fictitious(message.to_address):
        await outbox.mark_failed(message.id, worker, error=ONLY_FICTITIOUS)
        tally.failed += 1
        return
    attempt = await line.send(email)
    match attempt.outcome:
        case Outcome.SENT:
            await outbox.mark_sent(message.id, worker, clock())
            tally.sent += 1
        case Outcome.LATER if message.attempts < MOST_ATTEMPTS:
            chance = secrets.randbelow(1000) / 1000
            later = clock() + retry_delay(message.attempts, chance)
            await outbox.put_off(message.id, worker, until=later, error=attempt.error)
            tally.put_off += 1
        case _:
            await outbox.mark_failed(message.id, worker, error=attempt.error)
            # The address and the server's words stay in the database: a log is read by more people.
            _log.error("message %s could not be sent", message.id)
            tally.failed += 1


async def _put_together(message: Message, server: Server, base_url: str, now: datetime) -> EmailMessage:
    service = await services.get(message.service_id)
    address = server.from_address or service.email or f"ne-pas-repondre@{_domain(base_url)}"
    sender = Sender(name=service.name, address=address, reply_to=service.email)
    attachment = None
    if message.attachment_id is not None:
        document = await documents.get(message.attachment_id, message.service_id)
        attachment = Attachment(f"{document.number}.pdf", await documents.pdf(document.id))
    return put_together(message, sender, sent_at=now, attachment=attachment)


def _domain(base_url: str) -> str:
    """The host of the installation, when it can stand in an address."""
    host = urlsplit(base_url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() else NO_DOMAIN
