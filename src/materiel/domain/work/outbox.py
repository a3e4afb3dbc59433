"""Outgoing mail (« courriel sortant »): a message, its states, and when a refused one is tried again.

« Sent » means accepted by a mail server, at an instant; until then a message is « à envoyer », then « envoyé » or
« refusé », with why. It is judged again when it leaves, and cancelled when it has become false (« annulé »).

A subject is read over a shoulder and on locked screens: it says who writes, never a pupil's name. Once a message is
sent or cancelled its body is forgotten; a refused one keeps it a while, to be sent again once the address is right.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from materiel.domain.language import states
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.errors import RuleBroken

MOST_ATTEMPTS = 20
"""About three days: a mail server that is away for a weekend comes back before its messages are given up."""

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
REFUSED_TEXT_KEPT = timedelta(days=30)
"""Long enough to correct an address; the link inside lasts sixty days."""

ADDRESS_MAX = 254
SUBJECT_MAX = 200

_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\]+@[^\s@<>\"(),;:\\]+\.[^\s@<>\"(),;:\\.]+")


class MessageState(StateEnum):
    """Where a message is; the last three are terminal. A message under way is still to be sent."""

    QUEUED = "queued", states.TO_SEND
    SENDING = "sending", states.TO_SEND
    SENT = "sent", states.SENT
    FAILED = "failed", states.REFUSED
    CANCELLED = "cancelled", states.CANCELLED


class Purpose(LabelledEnum):
    """Why a message is written."""

    SIGNATURE_REQUEST = "signature_request", "Demande de signature"
    SIGNATURE_REMINDER = "signature_reminder", "Rappel de signature"
    SIGNATURE_CODE = "signature_code", "Code de signature"
    SIGNATURE_COPY = "signature_copy", "Confirmation d'une signature"
    SIGNED_BY_ALL = "signed_by_all", "Exemplaire signé de tous"
    NEW_LINK = "new_link", "Nouveau lien"
    INCIDENT = "incident", "Incident signalé"
    INCIDENT_FILE = "incident_file", "Pièce reçue pour un incident"
    INCIDENT_ANSWER = "incident_answer", "Réponse à un incident signalé"
    DISAGREEMENT = "disagreement", "Désaccord signalé"
    INSTITUTION = "institution", "Message à une école ou à une collectivité"
    REFERENT = "referent", "Lien d'un enseignant référent"
    MAILBOX_CODE = "mailbox_code", "Code pour confirmer une adresse"
    MAILBOX_CHANGED = "mailbox_changed", "Changement d'adresse annoncé"
    RECALL = "recall", "Demande de retour"
    RECALL_WITHDRAWN = "recall_withdrawn", "Retour qui n'est plus demandé"
    LOAN_CANCELLED = "loan_cancelled", "Annulation d'un prêt"
    STOCKTAKE = "stocktake", "Question d'un récolement"
    SAFETY_RECALL = "safety_recall", "Rappel de sécurité"
    ACCOUNT = "account", "Sécurité d'un compte"
    WITNESS = "witness", "Repère du jour de l'historique"
    TEST = "test", "Message d'essai"


class Carrier(LabelledEnum):
    """Who takes a message: the mail server, or the gateway of SMS."""

    EMAIL = "email", "courriel"
    SMS = "sms", "SMS"


class Impulse(StrEnum):
    """What made a message be written; said by each sender, for it decides what a pause stops: see `pause`."""

    HAND = "hand"
    """Somebody of the service has it sent, now, on purpose."""
    ASKED = "asked"
    """Its reader has just acted or asked: a code, a new link, the copy of what was signed."""
    OWN = "own"
    """To the service itself, to the owner of an account, to the witness of the journal: neither family nor school."""
    MACHINE = "machine"
    """Nobody asked for it today."""


REQUESTS = (Purpose.SIGNATURE_REQUEST, Purpose.SIGNATURE_REMINDER)
"""Messages that ask somebody for a signature."""

TO_PARTIES = (Purpose.RECALL, Purpose.RECALL_WITHDRAWN, Purpose.LOAN_CANCELLED, Purpose.SAFETY_RECALL)
"""Messages to the parties of a loan about what becomes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a message is about, by identifiers alone.

    `signature_id` is the box to sign, or signed; `pupil_id` whose family is written to, and `person_id` the
    representative, None for the pupil himself; `link_id` the link that the message bears, or to which a code goes.
    """

    document_id: UUID | None = None
    signature_id: UUID | None = None
    loan_id: UUID | None = None
    pupil_id: UUID | None = None
    person_id: UUID | None = None
    incident_id: UUID | None = None
    link_id: UUID | None = None
    code_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one address, or to one number by SMS. `attachment_id` is an issued document, whose PDF is joined.

    `message_id` is the same at each attempt, so that a server may drop a second copy. `unique_key` makes writing the
    same message twice write it once, and says nothing else. `text` and `html` are empty once the message is sent or
    cancelled. `error` is what the server answered, or why the message was cancelled. `settled_at`: somebody dealt with
    its refusal, or a later message did.
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
    about: About = About()
    settled_at: datetime | None = None
    carrier: Carrier = Carrier.EMAIL
    impulse: Impulse = Impulse.HAND

    @property
    def is_awaited(self) -> bool:
        """Whether it has still to leave."""
        return self.state in (MessageState.QUEUED, MessageState.SENDING)

    @property
    def reason(self) -> str:
        """Why it did not leave, in French; empty when nothing was said."""
        return self.error if self.state is MessageState.CANCELLED else refusal_in_french(self.error)


_ENHANCED = {
    "1.1": "cette adresse n'existe pas, ou n'existe plus",
    "1.2": "le domaine de cette adresse n'existe pas",
    "1.3": "cette adresse est mal formée",
    "1.6": "cette boîte a déménagé sans laisser d'adresse",
    "1.10": "le domaine de cette adresse ne reçoit pas de courriel",
    "2.1": "cette boîte est fermée",
    "2.2": "cette boîte est pleine",
    "2.3": "le message est trop gros pour cette boîte",
    "3.4": "le message est trop gros pour le serveur",
}
_PLAIN = {
    "seal.waiting": "l’exemplaire signé attend son cachet",
    "pause.waiting": "une pause est en cours : le message part à la reprise",
    "450": "la boîte est occupée",
    "451": "le serveur a un incident",
    "452": "la boîte est pleine",
    "535": "le serveur d'envoi refuse le compte du service",
    "530": "le serveur d'envoi demande un compte",
    "550": "cette adresse n'existe pas, ou n'accepte pas de message",
    "551": "cette boîte est ailleurs",
    "552": "la boîte est pleine",
    "553": "cette adresse est mal formée",
    "554": "le serveur refuse le message",
    "421": "le serveur ne répond pas pour le moment",
    "sms.unreachable": "la passerelle SMS ne répond pas",
    "abandoned": "abandonné après de nombreux essais",
    "mail.smtputf8": "le serveur d'envoi n'accepte pas les lettres accentuées d'une adresse",
    "mail.sender_invalid": "l'adresse d'envoi réglée par l'administrateur n'est pas valable",
    "mail.address_invalid": "cette adresse est mal formée",
}
SMS_ANSWER = "sms "
"""Begins what is kept of the answer of a gateway, `sms 422: why`, which no answer of a mail server does."""

SMS_LATER = ("401", "403", "408", "429")
"""Answers of a gateway that are the fault of no message: a token to mend, a moment to wait."""

_CODES = re.compile(r"(\d{3})(?:[ -]+[245]\.(\d{1,3})\.(\d{1,3}))?\b")


def refusal_in_french(error: str) -> str:
    """What a server answered, as a person reads it; the answer itself when it is none of the usual ones.

    Source: RFC 5321, § 4.2.3; RFC 3463.
    """
    if not error:
        return ""
    if error.startswith(SMS_ANSWER):
        return _of_gateway(error.removeprefix(SMS_ANSWER))
    found = _CODES.match(error)
    if found is None:
        return _PLAIN.get(error, "le serveur d'envoi ne répond pas")
    code, subject, detail = found.groups()
    if subject is not None and (told := _ENHANCED.get(f"{subject}.{detail}")):
        return told
    if subject == "7":
        return "le serveur refuse le message (protection contre les courriers indésirables)"
    return _PLAIN.get(code, f"le serveur a répondu : {error}")


def _of_gateway(answer: str) -> str:
    status, _, why = answer.partition(":")
    if status in ("401", "403"):
        return "la passerelle SMS refuse le jeton du service"
    if status.startswith("4") and status not in SMS_LATER:
        return f"la passerelle SMS refuse le message{f' : {why.strip()}' if why.strip() else ''}"
    return "la passerelle SMS ne répond pas comme convenu"


def code_of(error: str) -> str:
    """What a log may keep of an answer: its code, neither address nor name."""
    found = _CODES.match(error)
    return found[0] if found else error.partition(":")[0][:60]


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


def check_sender(address: str) -> None:
    """Refuse a sender whom no server would believe: `materiel@localhost`, an accent, a missing domain.

    Raises:
        RuleBroken: `mail.sender_invalid`.
    """
    if len(address) > ADDRESS_MAX or not _ADDRESS.fullmatch(address) or not address.partition("@")[0].isascii():
        raise RuleBroken(
            "mail.sender_invalid",
            f"« {address[:60]} » ne peut pas envoyer de courriel : il faut une adresse complète, telle que "
            "materiel@exemple.fr, dans « from » de MATERIEL_SMTP_URL ou dans les coordonnées du service.",
        )


def _breaks_a_line(character: str) -> bool:
    """Control, format and separator characters; the no-break space of French typography is none of them."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
