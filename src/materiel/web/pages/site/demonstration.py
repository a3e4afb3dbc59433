"""The first page of a demonstration: what the product is, and who enters as whom. Elsewhere it does not exist."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.attempt import Limit
from materiel.errors import NotFound
from materiel.settings import Settings
from materiel.use_cases.demo.access import ACCOUNTS, DOORS, OF_ANOTHER_SERVICE, PASSWORD, open_door
from materiel.web.audience import DEMONSTRATION, Audience, page_router
from materiel.web.http.forms import read_form
from materiel.web.pages.links.new_link import limit_tries
from materiel.web.pages.shell.rendering import render
from materiel.web.site import current_site

OPENED_DOORS = Limit(most=600, window=timedelta(hours=1))
"""A course of thirty people behind one address opens every door several times."""


@get(DEMONSTRATION, name="demonstration:show")
async def show_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Accounts with their password, in clear, and a button for each reader without an account."""
    _check_demonstration(request)
    people = [*((each, "") for each in ACCOUNTS.values()), (OF_ANOTHER_SERVICE, ", au rectorat")]
    context = {"accounts": people, "password": PASSWORD, "doors": DOORS}
    return render(request, "site/demonstration.html", context)


@post(DEMONSTRATION, name="demonstration:enter")
async def enter_page(
    request: Request[Any, Any, Any], now: NamedDependency[datetime], settings: NamedDependency[Settings]
) -> Redirect:
    """A fresh link for one of the invented readers, opened at once."""
    _check_demonstration(request)
    await limit_tries(request, "demonstration", OPENED_DOORS, now)
    form = await read_form(request)
    url = await open_door(form.typed("porte"), base_url=settings.base_url, now=now)
    return Redirect(url.removeprefix(settings.base_url), status_code=303)


def _check_demonstration(request: Request[Any, Any, Any]) -> None:
    if not current_site(request).demonstration:
        raise NotFound("route.not_found", "Cette page n'existe pas. Vérifiez son adresse.")


router = page_router("/", [show_page, enter_page], audience=Audience.PUBLIC)
