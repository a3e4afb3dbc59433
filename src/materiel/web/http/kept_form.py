"""A form outlives its session: what was typed is kept sealed, and given back once to the same account.

When an account's session is over, the form that arrives is not written. It comes from one of our pages, which its token
proves, and says for which account that page was made, which a signature proves. What was typed is then sealed with the
key of the installation in the visitor's anonymous session, half an hour at most, opened by the log-in of that account
alone, and shown again in the same page: nothing is sent by itself. Files and passwords are never kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from markupsafe import Markup

from materiel.errors import MaterielError
from materiel.use_cases.process.secrecy import decrypt, encrypt
from materiel.web.http.session import WebSession, session_of
from materiel.web.site import Site, current_site

ACCOUNT_FIELD = "_compte"
KEPT = "kept_form"
"""Where a session holds it."""
PURPOSE = "kept-form"
MOST_CHARACTERS = 64_000
NEVER_KEPT = frozenset({"_csrf", ACCOUNT_FIELD, "code", "token"})

given_back: ContextVar[Mapping[str, list[str]] | None] = ContextVar("given_back", default=None)
"""What was typed in the page that is about to be shown again; `Form` takes it as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """What was typed, in which page (path and query), by which account; whether a file was left out."""

    account: str
    page: str
    values: dict[str, list[str]]
    had_file: bool


def account_field(site: Site, session: WebSession) -> Markup:
    """The hidden field that says for which account a page was made; nothing for a visitor."""
    account = _account_of(session)
    if not account:
        return Markup()
    signed = f"{account}.{_signature(site, session, account)}"
    return Markup('<input type="hidden" name="{}" value="{}">').format(ACCOUNT_FIELD, signed)


async def keep_form(request: Request[Any, Any, Any], expected_csrf: str) -> KeptForm | None:
    """Seal what was typed in a form whose session is over; None when it is not ours, or too long."""
    site, session = current_site(request), session_of(request)
    values: dict[str, list[str]] = {}
    had_file = False
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            had_file = had_file or bool(value.filename)
            await value.close()
        else:
            values.setdefault(name, []).append(str(value))
    account, _, signature = (values.get(ACCOUNT_FIELD) or [""])[0].partition(".")
    sent = (values.get("_csrf") or [""])[0]
    known = hmac.compare_digest(signature.encode(), _signature(site, session, account).encode())
    if not (known and hmac.compare_digest(sent.encode(), expected_csrf.encode())):
        return None
    typed = {name: each for name, each in values.items() if name not in NEVER_KEPT and not name.startswith("password")}
    kept = KeptForm(account=account, page=_page_of(request, site), values=typed, had_file=had_file)
    told = json.dumps([kept.account, kept.page, kept.values, kept.had_file], ensure_ascii=False)
    if len(told) > MOST_CHARACTERS:
        return None
    await session.restart({KEPT: encrypt(site.settings.secret_key, PURPOSE, told)})
    return kept


def unsealed(site: Site, sealed: object) -> KeptForm | None:
    """What a session holds; None when it holds nothing that this installation sealed."""
    if not isinstance(sealed, str):
        return None
    try:
        account, page, values, had_file = json.loads(decrypt(site.settings.secret_key, PURPOSE, sealed))
    except MaterielError:
        return None
    return KeptForm(account=account, page=page, values=values, had_file=had_file)


async def give_back(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Before a page is made: take what was kept for it out of the session, say so, and hand it to its form."""
    site, session = current_site(connection), session_of(connection)
    account = _account_of(session)
    if connection.scope.get("method") != "GET" or KEPT not in session.data or not account:
        return
    query = connection.url.query
    address = f"{connection.url.path}?{query}" if query else connection.url.path
    kept = unsealed(site, session.data[KEPT])
    if kept is not None and kept.account == account and kept.page != address:
        return
    await session.keep(**{KEPT: None})
    if kept is None or kept.account != account:
        return
    given_back.set(kept.values)
    files = " Les fichiers sont à joindre de nouveau." if kept.had_file else ""
    await session.flash(
        f"Ce que vous aviez saisi est de nouveau dans la page ; rien n'a été envoyé. Relisez, puis validez.{files}",
        "warning",
    )


def _account_of(session: WebSession) -> str:
    person = session.person
    return str(person.account_id) if person is not None and person.account_id is not None else ""


def _signature(site: Site, session: WebSession, account: str) -> str:
    return hmac.new(site.csrf_key, f"{session.secret}|{account}".encode(), hashlib.sha256).hexdigest()


def _page_of(request: Request[Any, Any, Any], site: Site) -> str:
    """The page that held the form, from what the browser says of it on this very site, else where it was sent."""
    said = urlsplit(request.headers.get("referer", ""))
    here = {urlsplit(site.settings.base_url).netloc, request.headers.get("host")}
    path, query = (said.path, said.query) if said.netloc in here and said.path else (request.url.path, "")
    return f"{path}?{query}" if query else path
