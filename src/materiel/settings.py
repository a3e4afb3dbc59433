"""Settings, read from the environment once, at start; and where templates and migrations are.

`Settings.from_env(os.environ)` is called by the command line; everything below receives values. An unknown
`MATERIEL_*` variable is refused: a misspelt setting must not be ignored in silence.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from materiel.beginning import KEY, mark_beginning
from materiel.data_folder import make_folder
from materiel.errors import BadInput, Conflict
from materiel.files import reason, written_whole

PREFIX = "MATERIEL_"
TEST_PREFIX = "MATERIEL_TEST_"
"""Read by the test fixtures alone; accepted here so that the tests may start the real command."""

LONGEST_LABEL_URL = 47
"""Characters of the address on a QR label that still fit version 3-Q, upper case."""

LABEL_SUFFIX = len("/Q/") + 13
SHORTEST_SECRET = 32
SERVICE_NAME = "Prêt de matériel adapté"
DATABASE_SCHEMES = ("sqlite", "postgresql", "postgres")

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one installation; secrets stay out of `repr`."""

    production: bool
    """Refuse development defaults: the secret and an https base address become mandatory."""

    data_dir: Path
    """Folder of the SQLite file and of the generated secret."""

    database_url: str = field(repr=False)
    """`sqlite:////absolute/file.sqlite3` or `postgresql://user:password@host/base`."""

    base_url: str
    """Public address, without a path nor a final slash; printed in QR codes, hence at most 31 characters."""

    host: str
    """Address that `materiel serve` listens on."""

    port: int
    """Port that `materiel serve` listens on."""

    trusted_proxies: str
    """Addresses and networks of the proxies in front, `10.0.0.2,10.1.0.0/16`; they say who visits and are believed."""

    secret_key: str = field(repr=False)
    """At least 32 characters; signs what leaves the server and comes back."""

    smtp_url: str = field(repr=False)
    """`smtp://…` or `smtps://user:password@host:port`; empty when this installation sends no e-mail."""

    max_upload_mb: int
    """Largest file accepted by the API, in mebibytes."""

    run_jobs: bool
    """Whether `materiel serve` also runs the background jobs (else `materiel worker` does)."""

    theme: str = "neutral"
    """`neutral`, or `dsfr` for the State's design system, in `.gouv.fr` and once approved."""

    service_name: str = SERVICE_NAME
    """The name at the head of every page."""

    organisation: str = ""
    """Who publishes the site: name, address and telephone, for the legal notice."""

    publication_director: str = ""
    """Who answers for what is published: name and function."""

    hosting: str = ""
    """Who hosts the site: name, address and telephone."""

    contact: str = ""
    """Where to write for help or about accessibility: an e-mail address."""

    dpo: str = ""
    """Who answers about personal data: the delegate's name or address."""

    audit_date: str = ""
    """Day of the last accessibility audit, `AAAA-MM-JJ`; empty while there was none."""

    audit_rate: int = 0
    """Share of the criteria met at that audit, in percent."""

    audit_by: str = ""
    """Who made that audit."""

    accessibility_plan: str = ""
    """Address of the multi-year accessibility scheme."""

    oidc_issuer: str = ""
    """Issuer of the OpenID Connect provider of the accounts (ProConnect); empty without one."""

    oidc_client_id: str = ""
    """What that provider calls this site."""

    oidc_client_secret: str = field(repr=False, default="")
    """What proves to that provider that this site asks."""

    oidc_name: str = "ProConnect"
    """How the provider is called on the login page."""

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite base; None for a server."""
        return sqlite_file(self.database_url)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check every setting.

        A secret setting may also be given as `<NAME>_FILE`, the path of a file that holds it. Outside
        production a missing secret is generated and kept in the data folder.

        Raises:
            BadInput: `settings.unknown`, `settings.invalid`, `settings.missing`, `settings.conflict` or
                `settings.unreadable`; the message names the variable and never shows a secret.
        """
        _refuse_unknown(environ)
        production = flag(environ, "MATERIEL_PRODUCTION", default=False)
        data_dir = Path(text(environ, "MATERIEL_DATA_DIR") or _platform_data_dir(environ)).expanduser().resolve()
        base_url = text(environ, "MATERIEL_BASE_URL")
        secret_key = secret(environ, "MATERIEL_SECRET_KEY")
        if production:
            _require(base_url, "MATERIEL_BASE_URL")
            _require(secret_key, "MATERIEL_SECRET_KEY")
        database_url = _database_url(secret(environ, "MATERIEL_DATABASE_URL"), data_dir)
        return cls(
            production=production,
            data_dir=data_dir,
            database_url=database_url,
            base_url=_base_url(base_url or "http://127.0.0.1:8000", production=production),
            host=text(environ, "MATERIEL_HOST") or "127.0.0.1",
            port=number(environ, "MATERIEL_PORT", default=8000, lowest=1, highest=65535),
            trusted_proxies=_proxies(text(environ, "MATERIEL_TRUSTED_PROXIES")),
            secret_key=_secret_key(secret_key) if secret_key else _kept_secret(data_dir, database_url),
            smtp_url=_smtp_url(secret(environ, "MATERIEL_SMTP_URL")),
            max_upload_mb=number(environ, "MATERIEL_MAX_UPLOAD_MB", default=100, lowest=1, highest=2048),
            run_jobs=flag(environ, "MATERIEL_RUN_JOBS", default=True),
            theme=_theme(text(environ, "MATERIEL_THEME")),
            service_name=text(environ, "MATERIEL_SERVICE_NAME") or SERVICE_NAME,
            organisation=text(environ, "MATERIEL_ORGANISATION"),
            publication_director=text(environ, "MATERIEL_PUBLICATION_DIRECTOR"),
            hosting=text(environ, "MATERIEL_HOSTING"),
            contact=text(environ, "MATERIEL_CONTACT"),
            dpo=text(environ, "MATERIEL_DPO"),
            audit_date=_day(environ, "MATERIEL_AUDIT_DATE"),
            audit_rate=number(environ, "MATERIEL_AUDIT_RATE", default=0, lowest=0, highest=100),
            audit_by=text(environ, "MATERIEL_AUDIT_BY"),
            accessibility_plan=_address(environ, "MATERIEL_ACCESSIBILITY_PLAN"),
            **_oidc(environ),
        )


VARIABLES = tuple(PREFIX + name.upper() for name in Settings.__dataclass_fields__)
SECRETS = ("MATERIEL_DATABASE_URL", "MATERIEL_SECRET_KEY", "MATERIEL_SMTP_URL", "MATERIEL_OIDC_CLIENT_SECRET")


def text(environ: Mapping[str, str], name: str) -> str:
    """The value without its surrounding spaces; empty when unset."""
    return environ.get(name, "").strip()


def flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A yes or a no, in French or in English; anything else is refused."""
    value = text(environ, name).lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "oui", "vrai", "on"):
        return True
    if value in ("0", "false", "no", "non", "faux", "off"):
        return False
    raise _invalid(name, "attend « oui » ou « non »")


def number(environ: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    """A whole number within its bounds, both included."""
    value = text(environ, name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit()) or not lowest <= int(value) <= highest:
        raise _invalid(name, f"attend un nombre entier entre {lowest} et {highest}")
    return int(value)


def secret(environ: Mapping[str, str], name: str) -> str:
    """A value given directly or, so that it stays out of the process list, through `<name>_FILE`."""
    direct, path = text(environ, name), text(environ, f"{name}_FILE")
    if direct and path:
        raise BadInput("settings.conflict", f"{name} et {name}_FILE sont donnés tous les deux ; n'en gardez qu'un.")
    if not path:
        return direct
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "settings.unreadable", f"Le fichier indiqué par {name}_FILE ne peut pas être lu : {path}."
        ) from error


def resource_dir(name: str) -> Path:
    """The folder `templates` or `migrations`: inside an installed package, else beside `src/`."""
    packaged = PACKAGE / f"_{name}"
    return packaged if packaged.is_dir() else CHECKOUT / name


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {*VARIABLES, *(f"{name}_FILE" for name in SECRETS)}
    unknown = sorted(
        name for name in environ if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known
    )
    if unknown:
        raise BadInput(
            "settings.unknown",
            f"Réglage inconnu : {', '.join(unknown)}. Les réglages reconnus sont dans le README ; "
            "corrigez ou retirez cette variable.",
        )


def _invalid(name: str, expected: str) -> BadInput:
    return BadInput("settings.invalid", f"Réglage {name} : {expected}.")


def _require(value: str, name: str) -> None:
    if not value:
        raise BadInput("settings.missing", f"En production, le réglage {name} est obligatoire.")


def _platform_data_dir(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "materiel"
    # The XDG specification asks to ignore a relative path here.
    data_home = environ.get("XDG_DATA_HOME", "")
    return (Path(data_home) if os.path.isabs(data_home) else home / ".local" / "share") / "materiel"


def _database_url(url: str, data_dir: Path) -> str:
    if not url:
        return f"sqlite:///{quote(str(data_dir / 'materiel.sqlite3'))}"
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in DATABASE_SCHEMES or not rest.strip("/"):
        raise _invalid("MATERIEL_DATABASE_URL", "attend « sqlite:////dossier/fichier » ou « postgresql://… »")
    return url


def _base_url(url: str, *, production: bool) -> str:
    url = url.rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.netloc.isascii():
        raise _invalid("MATERIEL_BASE_URL", "attend une adresse comme « https://materiel.ac-exemple.fr »")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise _invalid("MATERIEL_BASE_URL", "attend une adresse sans chemin, ni paramètre, ni mot de passe")
    if len(url) + LABEL_SUFFIX > LONGEST_LABEL_URL:
        longest = LONGEST_LABEL_URL - LABEL_SUFFIX
        raise _invalid(
            "MATERIEL_BASE_URL", f"attend au plus {longest} caractères, pour tenir dans le QR d'une étiquette"
        )
    if production and parts.scheme != "https":
        raise _invalid("MATERIEL_BASE_URL", "attend une adresse en https en production")
    return url


def _proxies(value: str) -> str:
    named = [each.strip() for each in value.split(",") if each.strip()]
    try:
        return ",".join(str(ip_network(each) if "/" in each else ip_address(each)) for each in named)
    except ValueError as error:
        raise _invalid(
            "MATERIEL_TRUSTED_PROXIES",
            "attend des adresses IP séparées par des virgules, « 127.0.0.1 » ou « 10.0.0.0/8 »",
        ) from error


def _secret_key(value: str) -> str:
    if len(value) < SHORTEST_SECRET:
        raise _invalid("MATERIEL_SECRET_KEY", f"attend au moins {SHORTEST_SECRET} caractères")
    return value


def _smtp_url(url: str) -> str:
    if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
        raise _invalid("MATERIEL_SMTP_URL", "attend « smtp://serveur:port » ou « smtps://serveur:port »")
    return url


def _theme(name: str) -> str:
    if name not in ("", "neutral", "dsfr"):
        raise _invalid("MATERIEL_THEME", "attend « neutral » ou « dsfr »")
    return name or "neutral"


def _day(environ: Mapping[str, str], name: str) -> str:
    value = text(environ, name)
    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError as error:
        raise _invalid(name, "attend une date comme « 2026-11-21 »") from error


def _address(environ: Mapping[str, str], name: str) -> str:
    value = text(environ, name)
    if value and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).hostname):
        raise _invalid(name, "attend une adresse comme « https://exemple.fr/page »")
    return value


def _oidc(environ: Mapping[str, str]) -> dict[str, str]:
    """The provider's settings: all of them or none."""
    issuer = _address(environ, "MATERIEL_OIDC_ISSUER").rstrip("/")
    client_id = text(environ, "MATERIEL_OIDC_CLIENT_ID")
    client_secret = secret(environ, "MATERIEL_OIDC_CLIENT_SECRET")
    if issuer and not (client_id and client_secret):
        raise BadInput(
            "settings.missing",
            "Avec MATERIEL_OIDC_ISSUER, MATERIEL_OIDC_CLIENT_ID et MATERIEL_OIDC_CLIENT_SECRET sont obligatoires.",
        )
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": client_id,
        "oidc_client_secret": client_secret,
        "oidc_name": text(environ, "MATERIEL_OIDC_NAME") or "ProConnect",
    }


def sqlite_file(database_url: str) -> Path | None:
    """The file of `sqlite:///relative` or `sqlite:////absolute`; None for a server."""
    parts = urlsplit(database_url)
    is_file = parts.scheme == "sqlite" and parts.path.strip("/")
    return Path(unquote(parts.path.removeprefix("/"))) if is_file else None


def _kept_secret(data_dir: Path, database_url: str) -> str:
    """The secret of a development installation, made at the first start and readable by its owner only."""
    kept = data_dir / KEY
    try:
        if not kept.exists():
            make_folder(data_dir, sqlite_file(database_url))
            mark_beginning(data_dir)
            # Another process starting at the same time may have been faster: its secret is then ours.
            with suppress(Conflict), written_whole(kept) as file:
                file.write(secrets.token_urlsafe(48).encode("ascii"))
        return _secret_key(kept.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "son contenu n'est pas une clé"
        raise BadInput("settings.unreadable", f"La clé {kept} ne peut pas être lue : {why}.") from error
