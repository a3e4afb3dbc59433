"""Coming in and going out through the identity provider. Both start from a link: a form may not lead away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.errors import MaterielError, NotFound, Unavailable
from materiel.settings import Settings
from materiel.use_cases.accounts.login import recognise_identity
from materiel.web.audience import Audience, page_router, safe_next
from materiel.web.http.forms import Form
from materiel.web.http.kept_form import KEPT
from materiel.web.http.oidc import OidcClient
from materiel.web.http.session import session_of
from materiel.web.http.visit import slow_guesses, visit_of
from materiel.web.pages.accounts.login import GOODBYE, go_on
from materiel.web.pages.shell.rendering import render_form

START = "/connexion/identite"
BACK = "/connexion/identite/retour"


def provider_of(request: Request[Any, Any, Any]) -> OidcClient:
    """The provider of the settings.

    Raises:
        NotFound: `provider.none`.
    """
    client: OidcClient | None = request.app.state["oidc"]
    if client is None:
        raise NotFound("provider.none", "Ce site n'a pas de service d'identification. Utilisez votre mot de passe.")
    return client


@get(START, name="identity:start")
async def start(request: Request[Any, Any, Any], now: NamedDependency[datetime]) -> Response[Any]:
    """Go to the provider; what must come back is kept in a new session."""
    asked = await provider_of(request).begin(now=now)
    wanted = safe_next(request.query_params.get("suite", "/"))
    session = session_of(request)
    waiting = {KEPT: session.data[KEPT]} if KEPT in session.data else {}
    await session.restart({"oidc": {**asked.kept, "wanted": wanted}, **waiting})
    return Redirect(asked.url, status_code=303)


@get(BACK, name="identity:back")
async def come_back(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Come back from the provider: let in the account of this identity, or say why not."""
    client = provider_of(request)
    session = session_of(request)
    kept = session.data.get("oidc")
    kept = kept if isinstance(kept, dict) else None
    # Whatever happens next, this request served once.
    await session.keep(oidc=None)
    try:
        identity, id_token = await client.finish(dict(request.query_params), kept, now=now)
        recognised = await recognise_identity(identity, visit=visit_of(request, settings.base_url), now=now)
    except MaterielError as refusal:
        if not isinstance(refusal, Unavailable):
            slow_guesses(request)
        form = Form.filled(suite="/")
        form.refuse(refusal)
        return render_form(request, "accounts/login/show.html", form, {"why": ""})
    assert kept is not None
    return await go_on(request, recognised, "provider", safe_next(kept["wanted"]), now=now, id_token=id_token)


@get("/deconnexion/identite", name="identity:leave")
async def leave_provider(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> Response[Any]:
    """End the session at the provider too, once ours is over."""
    session = session_of(request)
    id_token = session.data.get("leaving")
    if not isinstance(id_token, str):
        return Redirect(GOODBYE, status_code=303)
    await session.close()
    address = await provider_of(request).leave(id_token, settings.base_url + GOODBYE)
    return Redirect(address or GOODBYE, status_code=303)


router = page_router("/", [start, come_back, leave_provider], audience=Audience.PUBLIC)
