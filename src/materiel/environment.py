"""Values read from environment variables: each kind once, refused by the name of its variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from materiel.errors import BadInput
from materiel.files import reason

HOST = re.compile(r"[0-9A-Za-z_.:%-]{1,253}")


def text(environ: Mapping[str, str], name: str) -> str:
    """The value without its surrounding spaces; empty when unset.

    Raises:
        BadInput: `settings.invalid`, bytes that are no UTF-8.
    """
    value = environ.get(name, "").strip()
    if not is_unicode(value):
        raise invalid(name, "attend du texte en UTF-8")
    return value


def is_unicode(value: str) -> bool:
    """Whether the system gave text: Python keeps the bytes that are none as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A yes or a no, in French or in English; anything else is refused."""
    value = text(environ, name).lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "oui", "vrai", "on"):
        return True
    if value in ("0", "false", "no", "non", "faux", "off"):
        return False
    raise invalid(name, "attend « oui » ou « non »")


def number(environ: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    """A whole number within its bounds, both included."""
    value = text(environ, name)
    if not value:
        return default
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(highest))
    if not is_number or not lowest <= int(value) <= highest:
        raise invalid(name, f"attend un nombre entier entre {lowest} et {highest}")
    return int(value)


def secret(environ: Mapping[str, str], name: str) -> str:
    """A value given directly or, so that it stays out of the process list, through `<name>_FILE`."""
    direct, path = text(environ, name), text(environ, f"{name}_FILE")
    if direct and path:
        raise BadInput("settings.conflict", f"{name} et {name}_FILE sont donnés tous les deux ; n'en gardez qu'un.")
    if not path:
        return direct
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "ce n'est pas du texte en UTF-8"
        raise BadInput(
            "settings.unreadable", f"Le fichier indiqué par {name}_FILE ne peut pas être lu : {path} ({why})."
        ) from error


def split(name: str, url: str, expected: str) -> SplitResult:
    """The parts of an address, whose host is written and whose port, if any, is one."""
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        # An IPv6 address without its end, a port that is no number or is too large.
        pass
    raise invalid(name, expected)


def address(environ: Mapping[str, str], name: str) -> str:
    """The address of a web page, or the empty text."""
    value = text(environ, name)
    expected = "attend une adresse comme « https://exemple.fr/page »"
    if value and (split(name, value, expected).scheme not in ("http", "https") or not value.isprintable()):
        raise invalid(name, expected)
    return value


def file(environ: Mapping[str, str], name: str) -> Path | None:
    """The whole path of a file that may come later, or be replaced, or None."""
    value = text(environ, name)
    if value and not os.path.isabs(value):
        raise invalid(name, "attend le chemin entier d'un fichier, qui commence par « / »")
    return Path(value) if value else None


def day(environ: Mapping[str, str], name: str) -> date | None:
    """A civil day, or None."""
    value = text(environ, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise invalid(name, "attend une date comme « 2026-11-21 »") from error


def host(environ: Mapping[str, str], name: str, *, default: str) -> str:
    """An address to listen on."""
    value = text(environ, name) or default
    if not HOST.fullmatch(value):
        raise invalid(name, "attend une adresse comme « 127.0.0.1 » ou « 0.0.0.0 »")
    return value


def networks(environ: Mapping[str, str], name: str) -> str:
    """Addresses and networks, separated by commas, each in its usual form."""
    named = [each.strip() for each in text(environ, name).split(",") if each.strip()]
    try:
        return ",".join(str(ip_network(each) if "/" in each else ip_address(each)) for each in named)
    except ValueError as error:
        raise invalid(
            name, "attend des adresses IP séparées par des virgules, « 127.0.0.1 » ou « 10.0.0.0/8 »"
        ) from error


def invalid(name: str, expected: str) -> BadInput:
    """The refusal of a value, by the name of its variable."""
    return BadInput("settings.invalid", f"Réglage {name} : {expected}.")
