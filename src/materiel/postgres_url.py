"""The address of a base, checked, and what that of PostgreSQL says of the connections, in the form of `?pool=20`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from materiel.environment import invalid
from materiel.errors import BadInput

POOL = 10
"""Connections of one process."""

WRITERS = 3
"""Those of them that write at once: writers of a service wait for one another anyway, at the head of its journal. With
a connection in hand each, ten of them would leave none to whoever reads."""

MOST = 100
SERVER = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\[\]:]*)(:[0-9]{1,5})?")
"""A host of PostgreSQL, perhaps with its port; none for a socket of the machine."""

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
YES, NO = ("oui", "yes", "true", "1"), ("non", "no", "false", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUrl:
    """Where to connect, and how many times. `prepared`: see `SafePostgresEngine`."""

    dsn: str
    """The address without our own options: what PostgreSQL's tools understand."""

    pool: int
    writers: int
    prepared: bool


def read_postgres_url(url: str) -> PostgresUrl:
    """Read `postgresql://user:password@host/base?pool=10&writers=3&prepared_statements=oui`.

    Raises:
        BadInput: `database.url`.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    pool = _number(options.pop("pool", ""), "pool", POOL)
    writers = _number(options.pop("writers", ""), "writers", min(WRITERS, pool))
    if writers > pool:
        raise _refused(f"« writers » ne dépasse pas « pool », soit {pool}")
    prepared = _flag(options.pop("prepared_statements", "oui"))
    dsn = parts._replace(query=urlencode(options)).geturl()
    return PostgresUrl(dsn=dsn, pool=pool, writers=writers, prepared=prepared)


def checked_database_url(url: str) -> str:
    """The address of a base, of SQLite or PostgreSQL, as `MATERIEL_DATABASE_URL` gives it.

    Raises:
        BadInput: `settings.invalid`.
    """
    name = "MATERIEL_DATABASE_URL"
    expected = "attend « sqlite:////dossier/fichier » ou « postgresql://compte@serveur:port/base »"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise invalid(name, expected) from error
    fits = url.isprintable() and bool(url.partition("://")[2].strip("/"))
    if parts.scheme == "sqlite":
        # In memory, every connection would have a base of its own.
        fits = fits and not (parts.netloc or url.endswith(("/", ":memory:")))
    elif parts.scheme in ("postgresql", "postgres"):
        fits = fits and all(SERVER.fullmatch(each) for each in parts.netloc.rpartition("@")[2].split(","))
        expected += " ; dans un mot de passe, écrivez %23 pour #, %2F pour / et %3F pour ?"
        mode = parse_qs(parts.query).get("sslmode", ["prefer"])[-1]
        if mode not in SSL_MODES:
            raise invalid(name, f"« sslmode » vaut {', '.join(SSL_MODES[:-1])} ou {SSL_MODES[-1]}")
    else:
        fits = False
    if not fits or parts.fragment:
        raise invalid(name, expected)
    if parts.scheme != "sqlite":
        try:
            read_postgres_url(url)
        except BadInput as refusal:
            raise invalid(name, refusal.message) from refusal
    return url


def _number(value: str, name: str, default: int) -> int:
    if not value:
        return default
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value) <= MOST:
        raise _refused(f"« {name} » attend un nombre entier entre 1 et {MOST}")
    return int(value)


def _flag(value: str) -> bool:
    if value.lower() not in YES + NO:
        raise _refused("« prepared_statements » attend « oui » ou « non »")
    return value.lower() in YES


def _refused(expected: str) -> BadInput:
    return BadInput("database.url", f"Dans l’adresse de la base, {expected}.")
