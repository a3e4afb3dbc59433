"""A form is accepted only from our own pages: a token bound to the session, and what the browser says of its origin."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from markupsafe import Markup

from materiel.errors import PermissionDenied
from materiel.web.http.kept_form import account_field
from materiel.web.http.session import WebSession, session_of
from materiel.web.site import Site, current_site

FIELD = "_csrf"
HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(site: Site, session: WebSession) -> str:
    """The token of a session; asking for it gives a visitor an identifier."""
    return hmac.new(site.csrf_key, session.secret.encode(), hashlib.sha256).hexdigest()


def csrf_field(site: Site, session: WebSession) -> Markup:
    """The hidden fields that every form posts: its token, and for which account its page was made."""
    return account_field(site, session) + Markup('<input type="hidden" name="{}" value="{}">').format(
        FIELD, csrf_token(site, session)
    )


async def check_csrf(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse a form that another site sent; a guard, since guards of every layer run and cannot be overridden.

    A script may send the token in the header `X-CSRF-Token` instead of the form.

    Raises:
        PermissionDenied: `form.foreign`.
    """
    if not isinstance(connection, Request) or connection.method in SAFE_METHODS:
        return
    request: Request[Any, Any, Any] = connection
    site = current_site(connection)
    sent = request.headers.get(HEADER) or str((await request.form()).get(FIELD, ""))
    if not (_is_from_here(request, site) and hmac.compare_digest(sent.encode(), _expected(request, site))):
        raise PermissionDenied(
            "form.foreign",
            "Ce formulaire n'a pas pu être vérifié : la page est restée ouverte trop longtemps, ou votre navigateur "
            "refuse les cookies de ce site. Revenez à la page précédente, rechargez-la et recommencez.",
        )


def _expected(request: Request[Any, Any, Any], site: Site) -> bytes:
    return csrf_token(site, session_of(request)).encode()


def _is_from_here(request: Request[Any, Any, Any], site: Site) -> bool:
    """What the browser says, when it says something: both headers are out of reach of a page's script."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    # Behind a link nothing is told of where one comes from (`Referrer-Policy: no-referrer`): browsers send « null ».
    if origin is None or origin == "null":
        return True
    return origin == site.settings.base_url or urlsplit(origin).netloc == request.headers.get("host")
