"""A real SMTP server on the loopback interface, that takes, refuses, delays or hangs up as told."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from materiel.domain.work.mail_server import Server


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


class Postman:
    """What the server received, and how it must behave: answers by address, a pause, a hang-up."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.after_data = "250 OK"
        self.pause = 0.0
        self.hang_up_after: int | None = None
        self.port = 0

    @property
    def server(self) -> Server:
        return Server.from_url(f"smtp://127.0.0.1:{self.port}")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.pause)
        if self.hang_up_after is not None and len(self.received) >= self.hang_up_after:
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        if self.after_data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
        return self.after_data


def authenticate(_: SMTP, __: Session, ___: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"materiel", "clé/é".encode()))


def serving(postman: Postman, **options: object) -> Controller:
    postman.port = free_port()
    return Controller(postman, hostname="127.0.0.1", port=postman.port, **options)


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    yield made
    controller.stop()
