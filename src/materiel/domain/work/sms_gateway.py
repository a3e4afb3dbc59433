"""Where codes by SMS are handed: the settings `MATERIEL_SMS_URL`, `_TOKEN` and `_SENDER`, read once at start."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from materiel.errors import BadInput

SENDER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ._-]{2,10}|\+?[0-9]{3,15}")
"""What operators show: eleven letters or digits, or a number."""

TOKEN_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where to post, what proves that this site asks, and who the message says it is from (empty: the gateway's)."""

    url: str
    token: str = field(repr=False)
    sender: str = ""

    @classmethod
    def from_settings(cls, url: str, token: str, sender: str) -> Gateway | None:
        """Read the three settings; None when none is given.

        The token leaves in clear for this machine alone: elsewhere the address is one in https.

        Raises:
            BadInput: `settings.missing`, `settings.invalid`; the message never shows the token.
        """
        if not any((url, token, sender)):
            return None
        if not (url and token):
            raise BadInput(
                "settings.missing",
                "MATERIEL_SMS_URL et MATERIEL_SMS_TOKEN vont ensemble : donnez les deux, ou aucun.",
            )
        _check_url(url)
        if not (token.isascii() and token.isprintable() and " " not in token) or len(token) > TOKEN_MAX:
            raise _invalid("MATERIEL_SMS_TOKEN", "attend un jeton de lettres, de chiffres et de signes, sans espace")
        if sender and not SENDER.fullmatch(sender):
            raise _invalid("MATERIEL_SMS_SENDER", "attend de 3 à 11 lettres et chiffres sans accent, ou un numéro")
        return cls(url=url, token=token, sender=sender)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, 0
        parts = urlsplit("")
    is_plain = url.isascii() and url.isprintable() and " " not in url and not parts.fragment
    if parts.scheme not in ("http", "https") or not host or port == 0 or parts.username is not None or not is_plain:
        raise _invalid("MATERIEL_SMS_URL", "attend une adresse comme « https://sms.exemple.fr/messages »")
    if parts.scheme != "https" and not _is_loopback(host):
        raise _invalid("MATERIEL_SMS_URL", "attend une adresse en https, sauf sur cette machine")


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _invalid(name: str, expected: str) -> BadInput:
    return BadInput("settings.invalid", f"Réglage {name} : {expected}.")
