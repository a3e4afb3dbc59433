"""Handing messages to an SMTP server, and reading what it answers: taken, refused for good, or not now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import aiosmtplib

from materiel.domain.language import states
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.work.mail_server import Server
from materiel.domain.work.outbox import refusal_in_french

TIMEOUT_SECONDS = 30.0
"""For each command; a whole message has a handful of them."""

ERROR_MAX = 300


class SendingOutcome(LabelledEnum):
    """What became of one attempt."""

    SENT = "sent", states.SENT.label
    REFUSED = "refused", states.REFUSED.label
    LATER = "later", "Remis à plus tard"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its outcome, and what the server said when it did not take the message."""

    outcome: SendingOutcome
    error: str = ""

    @property
    def reason(self) -> str:
        """The same in French."""
        return refusal_in_french(self.error)


class SmtpSession:
    """An open connection: sends one message after another, and opens again after the server has hung up."""

    def __init__(self, server: Server) -> None:
        """Of a server; nothing is opened before the first message."""
        self._server = server
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, message: EmailMessage) -> Attempt:
        """Hand over one message; never raises for what a server or a network may do."""
        try:
            client = await self._open()
        except (aiosmtplib.SMTPException, OSError) as fault:
            # Unreachable, unwilling or a wrong password: the fault of no message. All wait until it is repaired.
            return await self._later(fault)
        try:
            await client.send_message(message, sender=_bare(message["From"]), recipients=[_bare(message["To"])])
        except aiosmtplib.SMTPNotSupported:
            # An accent before the @, and a server that does not carry it: no later try would.
            return Attempt(SendingOutcome.REFUSED, "mail.smtputf8")
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            code = max((each.code for each in refusal.recipients), default=0)
            answers = "; ".join(f"{each.code} {each.message}" for each in refusal.recipients)
            return Attempt(_outcome(code), answers[:ERROR_MAX])
        except aiosmtplib.SMTPResponseException as refusal:
            await self.close()
            return Attempt(_outcome(refusal.code), f"{refusal.code} {refusal.message}"[:ERROR_MAX])
        except (aiosmtplib.SMTPException, OSError) as fault:
            return await self._later(fault)
        return Attempt(SendingOutcome.SENT)

    async def close(self) -> None:
        """Say goodbye, if anybody is there to hear it."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
            client.close()

    async def _later(self, fault: Exception) -> Attempt:
        await self.close()
        return Attempt(SendingOutcome.LATER, f"{type(fault).__name__}: {fault}"[:ERROR_MAX])

    async def _open(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.implicit_tls,
            start_tls=server.start_tls,
            timeout=TIMEOUT_SECONDS,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            raise
        self._client = client
        return client


def _bare(header: Any) -> str:
    return str(header.addresses[0].addr_spec)


@asynccontextmanager
async def session_with(server: Server) -> AsyncIterator[SmtpSession]:
    """A connection for the block, closed at its end."""
    session = SmtpSession(server)
    try:
        yield session
    finally:
        await session.close()


def _outcome(code: int) -> SendingOutcome:
    """RFC 5321, § 4.2.1: 4xx is for now, 5xx is for good."""
    return SendingOutcome.REFUSED if 500 <= code < 600 else SendingOutcome.LATER
