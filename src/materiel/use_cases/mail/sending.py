"""Sending what the outbox holds, by a loop of the worker: each message is judged again, then handed to the mail server.

A message is handed over at least once: a worker that dies between the server's answer and its own note sends it again
under the same Message-ID, which lets mail servers drop the second.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.site import is_fictitious
from materiel.domain.papers.document import NoticeChannel
from materiel.domain.people.mobile import is_nobodys
from materiel.domain.work.mail_server import Server
from materiel.domain.work.outbox import (
    MOST_ATTEMPTS,
    Carrier,
    Impulse,
    Message,
    Purpose,
    check_envelope,
    code_of,
    retry_delay,
)
from materiel.domain.work.pause import WAITING
from materiel.errors import MaterielError
from materiel.mail.envelope import Attachment, Sender, put_together
from materiel.mail.smtp import Attempt, SendingOutcome, SmtpSession, session_with
from materiel.mail.wording import words
from materiel.store.accounts import service as services
from materiel.store.accounts import site as sites
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.papers import recipient as recipients
from materiel.store.work import outbox
from materiel.use_cases.mail.departure import judge
from materiel.use_cases.mail.signed_copies import attached_to, waits_for_seal
from materiel.use_cases.process.loop import Beat, Loop, ended
from materiel.use_cases.work.job import Clock
from materiel.use_cases.work.outbox import ONLY_FICTITIOUS, MessageText, domain_of, written

LEASE = timedelta(minutes=5)
"""Longer than the commands of one message can take: see `mail.smtp.TIMEOUT_SECONDS`."""
POLL_SECONDS = 2.0
SEAL_WAIT = timedelta(seconds=5)
"""A seal is put within some seconds; a message that carries its copy leaves after it."""

BY_MAIL = "outbox"
"""What the journal keeps of the loop that sends."""

_log = logging.getLogger("materiel.mail")


@dataclass(slots=True)
class SendingTally:
    """What a round of the worker did."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    cancelled: int = 0


def outbox_loop(server: Server, *, base_url: str, clock: Clock, poll_seconds: float = POLL_SECONDS) -> Loop:
    """The loop that sends what is due; a message under way at a stop is given back for another worker to take."""

    async def send(worker: str, beat: Beat) -> None:
        await send_due(server, worker=worker, base_url=base_url, clock=clock, beat=beat)

    return carrying_loop("outbox", send, poll_seconds)


def carrying_loop(name: str, send: Callable[[str, Beat], Awaitable[None]], poll_seconds: float) -> Loop:
    """A loop that sends what is due of one carrier.

    Args:
        send: sends it, under the name of a worker that no other has.
    """
    worker = f"{name}:{secrets.token_hex(8)}"

    async def turn(beat: Beat) -> bool:
        await send(worker, beat)
        return False

    async def give_back() -> None:
        await outbox.give_back(worker)

    late_after = 2 * LEASE.total_seconds()
    return Loop(name=name, turn=turn, every_seconds=poll_seconds, late_after=late_after, at_stop=give_back)


async def send_due(
    server: Server, *, worker: str, base_url: str, clock: Clock, beat: Beat = lambda: None
) -> SendingTally:
    """Send every message that is due, one after another on one connection.

    Args:
        worker: a name that no other worker has.
        beat: called before each message.
    """
    tally = SendingTally()
    async with session_with(server) as session:

        async def hand_over(message: Message) -> Attempt:
            return await _hand_over(message, session, server, base_url, clock)

        while (message := await outbox.claim(worker, now=clock(), lease=LEASE)) is not None:
            beat()
            await send_one(message, hand_over, worker=worker, clock=clock, tally=tally)
    return tally


HandOver = Callable[[Message], Awaitable[Attempt]]
"""Gives one message to whoever carries it."""


async def send_one(message: Message, hand_over: HandOver, *, worker: str, clock: Clock, tally: SendingTally) -> None:
    """Judge a message that a worker has claimed, hand it over, and note what became of it.

    Args:
        tally: where that is counted too.
    """
    judged = await judge(message, now=clock())
    if judged.why:
        await outbox.cancel(message.id, worker, reason=judged.why)
        _log.info("message %s (%s) is cancelled", message.id, message.purpose.value)
        tally.cancelled += 1
        return
    if judged.until is not None:
        await outbox.wait(message.id, worker, until=judged.until, error=WAITING)
        tally.put_off += 1
        return
    if (await sites.read()).demonstration and not _is_nobodys(message):
        await outbox.cancel(message.id, worker, reason=ONLY_FICTITIOUS)
        tally.cancelled += 1
        return
    if await waits_for_seal(message, clock()):
        await outbox.wait(message.id, worker, until=clock() + SEAL_WAIT, error="seal.waiting")
        tally.put_off += 1
        return
    attempt = await hand_over(message)
    match attempt.outcome:
        case SendingOutcome.SENT:
            await ended(_note_sent(message, worker, clock()))
            tally.sent += 1
        case SendingOutcome.LATER if message.attempts < MOST_ATTEMPTS:
            chance = secrets.randbelow(1000) / 1000
            later = clock() + retry_delay(message.attempts, chance)
            await outbox.put_off(message.id, worker, until=later, error=attempt.error)
            _tell("put off", message, attempt)
            tally.put_off += 1
        case _:
            await outbox.mark_failed(message.id, worker, error=attempt.error)
            _tell("refused", message, attempt)
            tally.failed += 1


def _is_nobodys(message: Message) -> bool:
    if message.carrier is Carrier.SMS:
        return is_nobodys(message.to_address)
    return is_fictitious(message.to_address)


def _tell(fate: str, message: Message, attempt: Attempt) -> None:
    # The address and the server's words stay in the database: a log is read by more people.
    code = code_of(attempt.error)
    _log.warning("message %s (%s) is %s: %s", message.id, message.purpose.value, fate, code)


@in_one_visit
async def _note_sent(message: Message, worker: str, now: datetime) -> None:
    """The server has accepted it: so have left the notices that it carries, and not before."""
    async with write_transaction():
        if not await outbox.mark_sent(message.id, worker, now):
            return
        for document_id, loan_id in await recipients.accepted(message.id, now):
            await journal.By(message.service_id, BY_MAIL, now).note(
                "document.sent", document_id, {"loan": str(loan_id), "channel": NoticeChannel.EMAIL.value}
            )


async def _hand_over(message: Message, session: SmtpSession, server: Server, base_url: str, clock: Clock) -> Attempt:
    try:
        email = await _put_together(message, server, base_url, clock())
    except MaterielError as fault:
        # A bad setting is the fault of no message; a bad address is, and no later try would mend it.
        is_its_own = fault.code in ("mail.address_invalid", "mail.subject_invalid", "document.not_found")
        return Attempt(SendingOutcome.REFUSED if is_its_own else SendingOutcome.LATER, fault.code)
    return await session.send(email)


async def _put_together(message: Message, server: Server, base_url: str, now: datetime) -> EmailMessage:
    service = await services.get(message.service_id)
    address = server.from_address or service.email or f"ne-pas-repondre@{domain_of(base_url)}"
    sender = Sender(name=service.name, address=address, reply_to=service.email)
    attachment = None
    if message.attachment_id is not None:
        document = await documents.get(message.attachment_id, message.service_id)
        data = await attached_to(message, document)
        attachment = None if data is None else Attachment(f"{document.number}.pdf", data)
    return put_together(message, sender, sent_at=now, attachment=attachment)


async def send_test(address: str, *, server: Server, base_url: str, actor: Actor, now: datetime) -> Attempt:
    """Hand one message over at once, for whoever sets the mail server up; nothing is kept of it.

    Raises:
        RuleBroken: `mail.address_invalid`.
    """
    actor.require(Permission.ADMINISTER)
    check_envelope(address, "essai")
    service = await services.get(actor.service_id)
    said = words("test", {"service": service})
    letter = MessageText(
        purpose=Purpose.TEST, impulse=Impulse.OWN, template="test", to_address=address, service=service
    )
    message = written(letter, said.subject, said.text, said.html, base_url=base_url, now=now)
    async with session_with(server) as session:
        return await _hand_over(message, session, server, base_url, lambda: now)
