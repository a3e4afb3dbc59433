"""A message as it leaves: headers, a text part, an HTML part, and at most one PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from materiel.domain.work.outbox import Message, check_envelope, check_sender
from materiel.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: a name to show and an address; `reply_to` receives the answers when it is another one."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF under the name that the reader will see."""

    file_name: str
    data: bytes


def put_together(
    message: Message, sender: Sender, *, sent_at: datetime, attachment: Attachment | None = None
) -> EmailMessage:
    """Build the message. Its Message-ID is the stored one: the same at each attempt.

    Raises:
        RuleBroken: `mail.address_invalid`, `mail.subject_invalid`; `mail.sender_invalid`, a setting.
    """
    check_envelope(message.to_address, message.subject)
    check_sender(sender.address)
    email = EmailMessage(policy=SMTP)
    email["From"] = _address(sender.address, _one_line(sender.name))
    email["To"] = _address(message.to_address)
    if sender.reply_to and sender.reply_to != sender.address:
        check_sender(sender.reply_to)
        email["Reply-To"] = _address(sender.reply_to)
    email["Subject"] = message.subject
    email["Date"] = sent_at
    email["Message-ID"] = message.message_id
    email["Auto-Submitted"] = "auto-generated"
    email["X-Auto-Response-Suppress"] = "All"
    email.set_content(message.text, cte="quoted-printable")
    email.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if attachment is not None:
        email.add_attachment(attachment.data, maintype="application", subtype="pdf", filename=attachment.file_name)
    # Setting a content drops every header that begins like this one.
    email["Content-Language"] = "fr"
    return email


def _address(spec: str, name: str = "") -> Address:
    """An address whose domain travels in ASCII (RFC 5891); a local part that does not needs SMTPUTF8 (RFC 6531)."""
    local, _, domain = spec.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError as impossible:
            raise RuleBroken("mail.address_invalid", f"Le domaine « {domain} » ne peut pas recevoir.") from impossible
    return Address(display_name=name, username=local, domain=domain)


def _one_line(name: str) -> str:
    return " ".join(name.split())
