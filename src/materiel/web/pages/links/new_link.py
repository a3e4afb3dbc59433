"""Asking for a new link, for families and institutions alike, with the former link or the address that received it.

The answer is the same for everybody, and leaves before anything is looked up: neither its text nor its time tells
whether an address is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.attempt import Limit, seconds_of, wait_in_french
from materiel.domain.language.fields import Fields
from materiel.errors import MaterielError, TooManyRequests
from materiel.settings import Settings
from materiel.use_cases.accounts.attempt import count_tries
from materiel.use_cases.accounts.service import list_services
from materiel.use_cases.links.link_request import request_link, request_links_of
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.visit import network_in
from materiel.web.pages.shell.rendering import render, render_form

NEW_LINKS = Limit(most=5, window=timedelta(hours=1))
"""For one former link, or one mailbox."""

OF_A_SITE = Limit(most=300, window=timedelta(hours=1))
"""For one network: thirty teachers, or two hundred families in their school's hall, go out by one address."""


@get("/lien-necessaire", name="help:link_needed")
async def show_link_needed(request: Request[Any, Any, Any]) -> Response[str]:
    """What a family or a school sees whose link is over, was never opened in this browser, or is lost."""
    return render(request, "site/help/link_needed.html", {"form": Form(), "services": await list_services()})


@post("/nouveau-lien", name="link:ask")
async def ask_link(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Send a new link to the address on file, if there is one."""
    form = await read_form(request)
    asked = form.typed("token") or form.typed("email")
    await limit_tries(request, "new_link", OF_A_SITE, now, own=(f"new_link|{asked}", NEW_LINKS))
    if token := form.typed("token"):
        task = BackgroundTask(request_link, token, base_url=settings.base_url, now=now)
        return Redirect("/nouveau-lien", status_code=303, background=task)
    typed = form.text("email", required="Saisissez l'adresse électronique qui a reçu le lien.")
    fields = Fields("link.email_invalid")
    email = fields.email("/email", typed)
    try:
        fields.check()
    except MaterielError as refusal:
        form.refuse(refusal)
    if form.faults:
        return render_form(request, "site/help/link_needed.html", form, {"services": await list_services()})
    task = BackgroundTask(request_links_of, email, base_url=settings.base_url, now=now)
    return Redirect("/nouveau-lien", status_code=303, background=task)


@get("/nouveau-lien", name="link:asked")
async def link_asked(request: Request[Any, Any, Any]) -> Response[str]:
    """Say where to look for the new link."""
    return render(request, "links/asked.html")


async def limit_tries(
    request: Request[Any, Any, Any],
    purpose: str,
    limit: Limit,
    now: datetime,
    *,
    own: tuple[str, Limit] | None = None,
) -> None:
    """Count one try, and refuse one too many.

    Args:
        limit: of the network, wide: a whole site goes out by one address.
        own: what is asked for, which tells the tries apart from those of the others of the site, and its limit.

    Raises:
        TooManyRequests: `request.too_many`, with the seconds to wait.
    """
    limits = [(network_in(request.scope), limit), *([own] if own else [])]
    wait = await count_tries(purpose, limits, now=now)
    if wait:
        raise TooManyRequests(
            "request.too_many",
            f"Trop d'essais en peu de temps. Attendez {wait_in_french(wait)}, puis recommencez.",
            retry_after=seconds_of(wait),
        )


router = page_router("/", [show_link_needed, ask_link, link_asked], audience=Audience.PUBLIC)
