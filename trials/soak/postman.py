"""A mail server that keeps nothing but the identifiers of what it accepted."""

from __future__ import annotations

import email
from collections import Counter

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from trials.installation import free_port


class Postman:
    """Counts the messages accepted, by Message-ID; one that came twice is counted twice."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Note the message before it is told as accepted."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.received[str(email.message_from_bytes(content)["Message-ID"])] += 1
        return "250 OK"

    def start(self) -> None:
        """Listen, in a thread of its own."""
        self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        self._controller.stop()
