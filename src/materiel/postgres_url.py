"""The address of a PostgreSQL base, and what it says of the connections, in the usual form of `?pool=20`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from materiel.errors import BadInput

POOL = 10
"""Connections of one process."""

WRITERS = 3
"""Those of them that write at once: writers of a service wait for one another anyway, at the head of its journal. With
a connection in hand each, ten of them would leave none to whoever reads."""

MOST = 100
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
