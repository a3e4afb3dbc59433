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
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from materiel.beginning import KEY, mark_beginning
from materiel.data_folder import make_folder
from materiel.domain.signing.identity import FamilyProvider
from materiel.domain.work.mail_server import Server
from materiel.domain.work.sms_gateway import Gateway
from materiel.environment import (
    address,
    day,
    file,
    flag,
    host,
    invalid,
    is_unicode,
    networks,
    number,
    secret,
    split,
    text,
)
from materiel.errors import BadInput, Conflict
from materiel.files import reason, written_whole
from materiel.postgres_url import checked_database_url

PREFIX = "MATERIEL_"
TEST_PREFIX = "MATERIEL_TEST_"
"""Read by the test fixtures alone; accepted here so that the tests may start the real command."""

LONGEST_LABEL_URL = 47
"""Characters of the address on a QR label that still fit version 3-Q, upper case."""

LABEL_SUFFIX = len("/Q/") + 13
LONGEST_BASE_URL = 200
SHORTEST_SECRET = 32
SERVICE_NAME = "Prêt de matériel adapté"
FAMILY_OIDC = {
    "ISSUER": address,
    "CLIENT_ID": text,
    "CLIENT_SECRET": secret,
    **dict.fromkeys(("NAME", "SCOPES", "FAMILY_NAMES", "GIVEN_NAMES", "BIRTH_DATE", "ACR"), text),
}
"""The settings of the families' provider by the ends of their names, and how each is read."""

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
    """Public address, without a path nor a final slash."""

    host: str
    """Address that `materiel serve` listens on."""

    port: int
    """Port that `materiel serve` listens on."""

    trusted_proxies: str
    """Addresses and networks of the proxies in front, `10.0.0.2,10.1.0.0/16`; they say who visits and are believed."""

    secret_key: str = field(repr=False)
    """At least 32 characters; signs what leaves the server and comes back."""

    mail_server: Server | None = field(metadata={"variable": "SMTP_URL"})
    """Where e-mail is handed; None when this installation sends none."""

    max_upload_mb: int
    """Largest file accepted by the API, in mebibytes."""

    run_jobs: bool
    """Whether `materiel serve` also runs the background jobs (else `materiel worker` does)."""

    label_url: str = ""
    """Short address of the same server, printed in QR codes; empty when the public address is short enough."""

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

    audit_date: date | None = None
    """Day of the last accessibility audit; None while there was none."""

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

    seal_p12: Path | None = None
    """PKCS#12 file of the certificate that seals signed copies; None without one."""

    seal_password: str = field(repr=False, default="")
    """What opens that file."""

    tsa_url: str = ""
    """RFC 3161 time-stamping authority of the seals; empty without one."""

    sms_gateway: Gateway | None = field(default=None, metadata={"variables": ("SMS_URL", "SMS_TOKEN", "SMS_SENDER")})
    """Where codes by SMS are handed; None when this installation sends none."""

    webhook_networks: str = ""
    """Addresses and networks inside which webhooks may be called, `10.2.0.0/16`; none unless said."""

    family_provider: FamilyProvider | None = field(
        default=None, metadata={"variables": tuple(f"FAMILY_OIDC_{each}" for each in FAMILY_OIDC)}
    )
    """Who tells families apart at their wish; None without one."""

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite base; None for a server."""
        return sqlite_file(self.database_url)

    @property
    def printed_url(self) -> str:
        """The address in the codes of labels and documents."""
        return self.label_url or self.base_url

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
        data_dir = _data_dir(environ)
        base_url = text(environ, "MATERIEL_BASE_URL")
        secret_key = secret(environ, "MATERIEL_SECRET_KEY")
        if production:
            _require(base_url, "MATERIEL_BASE_URL")
            _require(secret_key, "MATERIEL_SECRET_KEY")
        database_url = checked_database_url(
            secret(environ, "MATERIEL_DATABASE_URL") or f"sqlite:///{quote(str(data_dir / 'materiel.sqlite3'))}"
        )
        base_url = _site_url("MATERIEL_BASE_URL", base_url or "http://127.0.0.1:8000", production=production)
        mail_url = secret(environ, "MATERIEL_SMTP_URL")
        return cls(
            production=production,
            data_dir=data_dir,
            database_url=database_url,
            base_url=base_url,
            label_url=_label_url(text(environ, "MATERIEL_LABEL_URL"), base_url, production=production),
            host=host(environ, "MATERIEL_HOST", default="127.0.0.1"),
            port=number(environ, "MATERIEL_PORT", default=8000, lowest=1, highest=65535),
            trusted_proxies=networks(environ, "MATERIEL_TRUSTED_PROXIES"),
            mail_server=Server.from_url(mail_url) if mail_url else None,
            max_upload_mb=number(environ, "MATERIEL_MAX_UPLOAD_MB", default=100, lowest=1, highest=2048),
            run_jobs=flag(environ, "MATERIEL_RUN_JOBS", default=True),
            theme=_theme(text(environ, "MATERIEL_THEME")),
            service_name=text(environ, "MATERIEL_SERVICE_NAME") or SERVICE_NAME,
            organisation=text(environ, "MATERIEL_ORGANISATION"),
            publication_director=text(environ, "MATERIEL_PUBLICATION_DIRECTOR"),
            hosting=text(environ, "MATERIEL_HOSTING"),
            contact=text(environ, "MATERIEL_CONTACT"),
            dpo=text(environ, "MATERIEL_DPO"),
            audit_date=day(environ, "MATERIEL_AUDIT_DATE"),
            audit_rate=number(environ, "MATERIEL_AUDIT_RATE", default=0, lowest=0, highest=100),
            audit_by=text(environ, "MATERIEL_AUDIT_BY"),
            accessibility_plan=address(environ, "MATERIEL_ACCESSIBILITY_PLAN"),
            **_oidc(environ),
            seal_p12=file(environ, "MATERIEL_SEAL_P12"),
            seal_password=secret(environ, "MATERIEL_SEAL_PASSWORD"),
            tsa_url=address(environ, "MATERIEL_TSA_URL"),
            sms_gateway=Gateway.from_settings(
                text(environ, "MATERIEL_SMS_URL"),
                secret(environ, "MATERIEL_SMS_TOKEN"),
                text(environ, "MATERIEL_SMS_SENDER"),
            ),
            webhook_networks=networks(environ, "MATERIEL_WEBHOOK_NETWORKS"),
            family_provider=FamilyProvider.from_settings(
                {each: value(environ, f"MATERIEL_FAMILY_OIDC_{each}") for each, value in FAMILY_OIDC.items()}
            ),
            # The last one: a key is made only once the rest is right.
            secret_key=_secret_key(secret_key) if secret_key else _kept_secret(data_dir, database_url),
        )


VARIABLES = tuple(
    PREFIX + name
    for each in fields(Settings)
    for name in each.metadata.get("variables", (each.metadata.get("variable", each.name.upper()),))
)
SECRETS = (
    "MATERIEL_DATABASE_URL",
    "MATERIEL_SECRET_KEY",
    "MATERIEL_SMTP_URL",
    "MATERIEL_OIDC_CLIENT_SECRET",
    "MATERIEL_SEAL_PASSWORD",
    "MATERIEL_SMS_TOKEN",
    "MATERIEL_FAMILY_OIDC_CLIENT_SECRET",
)


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


def _data_dir(environ: Mapping[str, str]) -> Path:
    try:
        folder = Path(text(environ, "MATERIEL_DATA_DIR") or _platform_data_dir(environ)).expanduser().resolve()
        is_folder = not folder.exists() or folder.is_dir()
    except (OSError, RuntimeError) as error:
        why = reason(error) if isinstance(error, OSError) else "ce chemin ne mène nulle part"
        raise invalid("MATERIEL_DATA_DIR", f"attend un dossier ({why})") from error
    if not is_folder or not is_unicode(str(folder)):
        raise invalid("MATERIEL_DATA_DIR", f"attend un dossier, et {str(folder)!a} n'en est pas un")
    return folder


def _site_url(name: str, url: str, *, production: bool, longest: int = LONGEST_BASE_URL) -> str:
    url = url.rstrip("/")
    expected = "attend une adresse comme « https://materiel.ac-exemple.fr »"
    parts = split(name, url, expected)
    if parts.scheme not in ("http", "https") or not parts.netloc.isascii() or not url.isprintable() or " " in url:
        raise invalid(name, expected)
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or url.endswith(("?", "#")):
        raise invalid(name, "attend une adresse sans chemin, ni paramètre, ni mot de passe")
    if len(url) > longest:
        raise invalid(name, f"attend au plus {longest} caractères")
    if production and parts.scheme != "https":
        raise invalid(name, "attend une adresse en https en production")
    return url


def _label_url(url: str, base_url: str, *, production: bool) -> str:
    longest = LONGEST_LABEL_URL - LABEL_SUFFIX
    if url:
        return _site_url("MATERIEL_LABEL_URL", url, production=production, longest=longest)
    if len(base_url) > longest:
        # Refused now: an agreement must not be issued without the code that finds its signed pages again.
        raise BadInput(
            "settings.missing",
            f"MATERIEL_BASE_URL compte {len(base_url)} caractères, et un QR d'étiquette en admet {longest} : donnez à "
            "MATERIEL_LABEL_URL une adresse plus courte, qui mène au même serveur et sera imprimée.",
        )
    return ""


def _secret_key(value: str) -> str:
    if len(value) < SHORTEST_SECRET:
        raise invalid("MATERIEL_SECRET_KEY", f"attend au moins {SHORTEST_SECRET} caractères")
    return value


def _theme(name: str) -> str:
    if name not in ("", "neutral", "dsfr"):
        raise invalid("MATERIEL_THEME", "attend « neutral » ou « dsfr »")
    return name or "neutral"


def _oidc(environ: Mapping[str, str]) -> dict[str, str]:
    """The provider's settings: all of them or none."""
    issuer = address(environ, "MATERIEL_OIDC_ISSUER").rstrip("/")
    client_id = text(environ, "MATERIEL_OIDC_CLIENT_ID")
    client_secret = secret(environ, "MATERIEL_OIDC_CLIENT_SECRET")
    if any((issuer, client_id, client_secret)) and not all((issuer, client_id, client_secret)):
        raise BadInput(
            "settings.missing",
            "MATERIEL_OIDC_ISSUER, MATERIEL_OIDC_CLIENT_ID et MATERIEL_OIDC_CLIENT_SECRET vont ensemble : donnez les "
            "trois, ou aucun.",
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
