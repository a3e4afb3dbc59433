"""Outgoing mail (« courriel sortant »): a message, its states, and when a refused one is tried again.

A subject is read over a shoulder and on locked screens: it never holds a pupil's name. Once a message is sent, or
given up, its body is forgotten; the line that says what was sent to whom stays.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.labelled import LabelledEnum
from materiel.errors import RuleBroken

MOST_ATTEMPTS = 8
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
ADDRESS_MAX = 254
SUBJECT_MAX = 200

_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\]+@[^\s@<>\"(),;:\\]+\.[^\s@<>\"(),;:\\.]+")


class MessageState(LabelledEnum):
    """Where a message is; the last two are terminal."""

    QUEUED = "queued", "À envoyer"
    SENDING = "sending", "Envoi en cours"
    SENT = "sent", "Envoyé"
    FAILED = "failed", "Échec"


class Purpose(LabelledEnum):
    """Why a message is written."""

    SIGNATURE_REQUEST = "signature_request", "Demande de signature"
    SIGNATURE_REMINDER = "signature_reminder", "Rappel de signature"
    SIGNATURE_CODE = "signature_code", "Code de signature"
    SIGNATURE_COPY = "signature_copy", "Copie d'un document signé"
    NEW_LINK = "new_link", "Nouveau lien"
    INCIDENT = "incident", "Signalement reçu"
    INCIDENT_ANSWER = "incident_answer", "Réponse à un signalement"
    DISAGREEMENT = "disagreement", "Désaccord signalé"
    INSTITUTION = "institution", "Message à une école ou à une collectivité"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one address. `attachment_id` is an issued document, whose PDF is joined.

    `message_id` is the same at each attempt, so that a server may drop a second copy. `unique_key` makes writing the
    same message twice write it once. `text` and `html` are empty once the message is sent or given up.
    """

    id: UUID
    service_id: UUID
    purpose: Purpose
    to_address: str
    subject: str
    text: str
    html: str
    message_id: str
    created_at: datetime
    next_attempt_at: datetime
    attachment_id: UUID | None = None
    unique_key: str | None = None
    state: MessageState = MessageState.QUEUED
    attempts: int = 0
    error: str = ""
    sent_at: datetime | None = None


def retry_delay(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: doubled each time up to a bound, spread by a fifth either way.

    Args:
        attempts: those made, at least one.
        chance: between 0 and 1; spreads the messages of a server that comes back.
    """
    doubled: timedelta = FIRST_RETRY * 2 ** (attempts - 1)
    return min(doubled, LONGEST_RETRY) * (0.8 + 0.4 * chance)


def check_envelope(address: str, subject: str) -> None:
    """Refuse what would add a line to the header of a message, and what is no address.

    Raises:
        RuleBroken: `mail.address_invalid`, `mail.subject_invalid`.
    """
    if len(address) > ADDRESS_MAX or not _ADDRESS.fullmatch(address):
        raise RuleBroken(
            "mail.address_invalid",
            "Cette adresse électronique est mal formée : corrigez-la, telle que nom@exemple.fr.",
        )
    if not subject or len(subject) > SUBJECT_MAX or any(_breaks_a_line(each) for each in subject):
        raise RuleBroken("mail.subject_invalid", "L'objet d'un courriel tient sur une ligne de 200 caractères au plus.")


def _breaks_a_line(character: str) -> bool:
    """Control, format and separator characters; the no-break space of French typography is none of them."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
