"""Webhooks: what another program is told of, where it may be, and how it knows that this site speaks. Pure.

A call says what happened, when, and to what: a kind, an identifier, a public number. It holds no name, no category, no
word of a person: whoever wants more asks the API, with its own rights.

An address inside the network is refused, unless the settings allow it: a call must not reach what only this server can.
Source: OWASP, Server-Side Request Forgery Prevention; RFC 6890; RFC 2104 (HMAC).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit
from uuid import UUID

from materiel.domain.language import states
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.errors import RuleBroken

URL_MAX = 500
MOST_WEBHOOKS = 10
"""Of a service: each act is told to every one of them."""

MOST_TRIES = 14
"""About a day and a half: a program that is away for a night comes back before its calls are given up."""

_NAT64 = IPv6Network("64:ff9b::/96")
_NOWHERE = tuple(
    ip_network(each)
    for each in (
        # IPv4 in other clothes, which a network of the inside may undo: compatible, translated, its own NAT64.
        *("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48"),
        # Site-local, of protocols, of relays that are no more, of segment routing, of examples.
        *("fec0::/10", "192.0.0.0/24", "192.88.99.0/24", "5f00::/16", "3fff::/20"),
    )
)
"""What `is_global` takes for the open Internet in some version of Python, and is not.

Source: IANA, Special-Purpose Address Registries; RFC 3879, 4291, 6145, 7526, 8215, 9602, 9637.
"""


class WebhookEvent(LabelledEnum):
    """What is told; the value is that of the call."""

    LOAN_ISSUED = "loan.issued", "Documents d'un prêt émis"
    LOAN_HANDED_OVER = "loan.handed_over", "Matériel remis"
    LOAN_PARTLY_RETURNED = "loan.partly_returned", "Une partie du matériel rendue"
    LOAN_RETURNED = "loan.returned", "Tout le matériel rendu"
    LOAN_RENEWED = "loan.renewed", "Prêt renouvelé"
    LOAN_AMENDED = "loan.amended", "Prêt modifié par avenant"
    LOAN_CANCELLED = "loan.cancelled", "Prêt annulé"
    LOAN_CLOSED = "loan.closed", "Prêt clos"
    DOCUMENT_ISSUED = "document.issued", "Document émis"
    DOCUMENT_SIGNED = "document.signed", "Document signé par l'un des signataires"
    ITEM_REGISTERED = "item.registered", "Matériel entré à l'inventaire"
    ITEM_STATUS_CHANGED = "item.status_changed", "État d'un matériel changé à la main"
    ITEM_DISPOSED = "item.disposed", "Matériel sorti du parc par une fin de vie"
    NEED_RECORDED = "need.recorded", "Besoin inscrit"
    NEED_MET = "need.met", "Besoin satisfait par la remise"
    INCIDENT_DECLARED = "incident.declared", "Incident déclaré"
    INCIDENT_CLOSED = "incident.closed", "Incident clos"


TEST_EVENT = "webhook.test"
"""What a call made to try an address says; nobody subscribes to it."""


class WebhookState(StateEnum):
    """Whether a webhook is called: by itself, set aside by somebody, or stopped because nobody answered."""

    ACTIVE = "active", states.ACTIVE
    PAUSED = "paused", states.SET_ASIDE
    BROKEN = "broken", states.UNANSWERED


class CallState(StateEnum):
    """Where a call is; a call under way is still to be sent."""

    QUEUED = "queued", states.TO_SEND
    SENDING = "sending", states.TO_SEND
    SENT = "sent", states.SENT
    DEAD = "dead", states.GIVEN_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address told of events. `told_to` is the number of the last entry of the journal that became calls."""

    id: UUID
    service_id: UUID
    url: str
    events: tuple[str, ...]
    state: WebhookState
    told_to: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its `body` never changes, whatever the tries. `error` says why the last one failed, in French."""

    id: UUID
    webhook_id: UUID
    event: str
    body: str
    created_at: datetime
    next_attempt_at: datetime
    state: CallState = CallState.QUEUED
    attempts: int = 0
    error: str = ""
    sent_at: datetime | None = None


def checked_webhook(url: str, events: Collection[str], allowed: str) -> tuple[str, tuple[str, ...]]:
    """An address that may be called, as far as its text says, and the events asked for, each once, in their order.

    Args:
        url: it leaves in https, but to a network that is allowed by an address written in figures.
        allowed: the networks of the settings.

    Raises:
        RuleBroken: `webhook.invalid`, all that is at fault of both.
    """
    fields = Fields("webhook.invalid")
    checked = _url(fields, url.strip(), allowed), _events(fields, events)
    fields.check()
    return checked


def _events(fields: Fields, events: Collection[str]) -> tuple[str, ...]:
    known = {each.value for each in WebhookEvent}
    if not events:
        fields.add("/events", "Choisissez au moins un événement.")
    if unknown := sorted(set(events) - known):
        fields.add("/events", f"Événement inconnu : {', '.join(unknown)[:200]}.")
    return tuple(each.value for each in WebhookEvent if each.value in set(events))


def _url(fields: Fields, url: str, allowed: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url and len(url) <= URL_MAX
    if parts.scheme not in ("http", "https") or not host or port == 0 or not is_plain or "@" in parts.netloc:
        fields.add("/url", "Indiquez une adresse comme « https://outil.exemple.fr/materiel », sans mot de passe.")
    elif parts.fragment:
        fields.add("/url", "Indiquez une adresse sans ce qui suit « # ».")
    else:
        address = _address(host)
        if address is not None and not may_be_called(address, allowed):
            fields.add("/url", INSIDE)
        elif parts.scheme != "https" and (address is None or not _is_allowed(address, allowed)):
            fields.add("/url", "Indiquez une adresse en https.")
    return url


INSIDE = (
    "Cette adresse est à l'intérieur du réseau : elle est refusée. L'administrateur de l'installation peut la "
    "permettre dans ses réglages."
)


def may_be_called(address: IPv4Address | IPv6Address, allowed: str) -> bool:
    """Whether a call may go to an address: one of the open Internet, or of a network that the settings allow."""
    address = _unwrapped(address)
    if _is_allowed(address, allowed):
        return True
    return address.is_global and not address.is_multicast and not any(address in each for each in _NOWHERE)


def _is_allowed(address: IPv4Address | IPv6Address, allowed: str) -> bool:
    return any(address in ip_network(each) for each in allowed.split(",") if each)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address of IPv4 that one of IPv6 leads to: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    # The one name that is an address of the inside wherever it is read (RFC 6761).
    if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
        return ip_address("127.0.0.1")
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def body_of(call_id: UUID, event: str, at: datetime, kind: str, object_id: str, number: str | None) -> str:
    """What a call says: JSON of fixed fields, the same at each try."""
    told = {
        "id": str(call_id),
        "event": event,
        "at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "object": {"kind": kind, "id": object_id, "number": number},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def signature(secret: str, body: str, at: datetime) -> str:
    """The header `Materiel-Signature`: the instant of the try, and the HMAC-SHA256 of the instant, a dot and the body.

    The instant lets whoever receives a call refuse one that was recorded and is played again.
    """
    instant = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{instant}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={instant},v1={digest}"


def call_again_in(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many tries: from a minute, doubled up to six hours, spread by a fifth either way."""
    waits: timedelta = min(timedelta(minutes=1) * 2 ** (attempts - 1), timedelta(hours=6))
    return waits * (0.8 + 0.4 * chance)


def check_not_too_many(count: int) -> None:
    """Refuse one webhook more than a service may have.

    Raises:
        RuleBroken: `webhook.too_many`.
    """
    if count >= MOST_WEBHOOKS:
        raise RuleBroken("webhook.too_many", f"Un service a {MOST_WEBHOOKS} webhooks au plus : supprimez-en un.")
