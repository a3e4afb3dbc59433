"""Where messages are handed: the setting `MATERIEL_SMTP_URL`, read once at start."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from materiel.domain.work.outbox import check_sender
from materiel.errors import BadInput, RuleBroken

DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
ANSWERS = {"oui": True, "yes": True, "true": True, "non": False, "no": False, "false": False}
OPTIONS = ("starttls", "from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where messages are handed. `start_tls` None uses TLS when the server offers it.

    `from_address` replaces the address of the managing service as the sender, when the server accepts one only.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    implicit_tls: bool = False
    start_tls: bool | None = None
    from_address: str = ""

    @classmethod
    def from_url(cls, url: str) -> Server:
        """Read `smtp://user:password@host:port?starttls=oui&from=address`, or `smtps://…`.

        A password leaves in clear for this machine alone: elsewhere it makes STARTTLS mandatory.

        Raises:
            BadInput: `settings.invalid`; the message never shows the password.
        """
        parts, host, port = _split(url)
        options = _options(parts.query)
        implicit = parts.scheme == "smtps"
        start_tls = _start_tls(options.get("starttls", ""), host, parts.username)
        return cls(
            host=host,
            port=port or DEFAULT_PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            implicit_tls=implicit,
            start_tls=False if implicit else start_tls,
            from_address=_from(options.get("from", "")),
        )


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), 0
    is_plain = parts.path in ("", "/") and not parts.fragment and url.isprintable() and " " not in url
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0 or not is_plain:
        raise _invalid(
            "attend « smtp://serveur:port » ou « smtps://serveur:port » ; dans un mot de passe, écrivez %23 pour #, "
            "%2F pour / et %3F pour ?"
        )
    return parts, parts.hostname, port


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(set(options) - set(OPTIONS)):
        raise _invalid(f"ne connaît pas l'option « {unknown[0]} » ; les options sont « starttls » et « from »")
    return options


def _from(address: str) -> str:
    if address:
        try:
            check_sender(address)
        except RuleBroken as refusal:
            raise BadInput("settings.invalid", f"Réglage MATERIEL_SMTP_URL : {refusal.message}") from refusal
    return address


def _start_tls(option: str, host: str, user: str | None) -> bool | None:
    if not option:
        return True if user and not _is_loopback(host) else None
    if option.lower() not in ANSWERS:
        raise _invalid("dans cette adresse, « starttls » vaut « oui » ou « non »")
    return ANSWERS[option.lower()]


def _invalid(expected: str) -> BadInput:
    return BadInput("settings.invalid", f"Réglage MATERIEL_SMTP_URL : {expected}.")


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
