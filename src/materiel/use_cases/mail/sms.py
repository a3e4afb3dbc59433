"""Sending the codes that go by SMS, by a loop of their own: a mail server that is away stops none, nor the other way.

Each is judged again, handed over at least once, and counted as the e-mails are: see `sending`.
"""

from __future__ import annotations

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.people.mobile import mobile_number
from materiel.domain.work.outbox import Carrier, Impulse, Purpose
from materiel.domain.work.sms_gateway import Gateway
from materiel.errors import RuleBroken
from materiel.mail.sms import in_gsm, sms_session_with
from materiel.mail.smtp import Attempt
from materiel.mail.wording import sms_words
from materiel.store.accounts import service as services
from materiel.store.work import outbox
from materiel.use_cases.mail.sending import LEASE, POLL_SECONDS, SendingTally, carrying_loop, send_one
from materiel.use_cases.process.loop import Beat, Loop
from materiel.use_cases.work.job import Clock
from materiel.use_cases.work.outbox import MessageText, written


def sms_loop(gateway: Gateway, *, clock: Clock, poll_seconds: float = POLL_SECONDS) -> Loop:
    """The loop that sends what is due; a message under way at a stop is given back for another worker to take."""

    async def send(worker: str, beat: Beat) -> None:
        await send_due_sms(gateway, worker=worker, clock=clock, beat=beat)

    return carrying_loop("sms", send, poll_seconds)


async def send_due_sms(gateway: Gateway, *, worker: str, clock: Clock, beat: Beat = lambda: None) -> SendingTally:
    """Send every message by SMS that is due, one after another.

    Args:
        worker: a name that no other worker has.
        beat: called before each message.
    """
    tally = SendingTally()
    async with sms_session_with(gateway) as session:
        while (message := await outbox.claim(worker, now=clock(), lease=LEASE, carrier=Carrier.SMS)) is not None:
            beat()
            await send_one(message, session.send, worker=worker, clock=clock, tally=tally)
    return tally


async def send_test_sms(typed: str, *, gateway: Gateway, base_url: str, actor: Actor, clock: Clock) -> Attempt:
    """Hand one message over at once, for whoever sets the gateway up; nothing is kept of it.

    Raises:
        RuleBroken: `sms.number_invalid`.
    """
    actor.require(Permission.ADMINISTER)
    number = mobile_number(typed)
    if not number:
        raise RuleBroken(
            "sms.number_invalid",
            "Ce numéro n'est pas celui d'un mobile de France ou d'outre-mer, tel que 06 39 98 00 12 ou +687 75 12 34.",
        )
    service = await services.get(actor.service_id)
    text = in_gsm(sms_words("test", {"service": service}))
    letter = MessageText(purpose=Purpose.TEST, impulse=Impulse.OWN, template="test", to_address=number, service=service)
    message = written(letter, Purpose.TEST.label, text, "", carrier=Carrier.SMS, base_url=base_url, now=clock())
    async with sms_session_with(gateway) as session:
        return await session.send(message)
