"""« Mon agenda »: the private address that a calendar program reads, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.session import Person
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.accounts.calendar_feed import calendar_made_at, make_calendar, revoke_calendar
from materiel.use_cases.desk.agenda import read_calendar
from materiel.web.audience import Audience, page_router, slow_down
from materiel.web.http.session import session_of
from materiel.web.pages.accounts.account import account_of
from materiel.web.pages.shell.rendering import render

ADDRESS = "/compte/agenda"
ICS = "text/calendar"


@get(ADDRESS, name="agenda:show")
async def show_page(request: Request[Any, Any, Any], person: NamedDependency[Person]) -> Response[str]:
    """What a calendar shows, and whether one's own has an address."""
    made_at = await calendar_made_at(account_of(person))
    return render(request, "accounts/account/agenda.html", {"made_at": made_at, "address": ""})


@post(ADDRESS, name="agenda:make", status_code=200)
async def make_page(
    request: Request[Any, Any, Any],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Make an address and show it, this once."""
    secret = await make_calendar(account_of(person), now=now)
    address = f"{settings.base_url}/agenda/{secret}.ics"
    return render(request, "accounts/account/agenda.html", {"made_at": now, "address": address})


@post(f"{ADDRESS}/fermer", name="agenda:revoke")
async def revoke_page(
    request: Request[Any, Any, Any], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Redirect:
    """Close the address."""
    try:
        await revoke_calendar(account_of(person), now=now)
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "error")
    else:
        await session_of(request).flash("L'adresse de votre agenda est fermée.")
    return Redirect(ADDRESS, status_code=303)


@get("/agenda/{secret:str}", name="agenda:read", media_type=ICS, guards=[slow_down])
async def calendar_page(secret: FromPath[str], now: NamedDependency[datetime]) -> Response[str]:
    """The calendar, for a program."""
    found = await read_calendar(secret.removesuffix(".ics"), now=now)
    return Response(found.text, media_type=ICS, headers={"Cache-Control": "private, no-store"})


router = Router(
    "/",
    route_handlers=[
        page_router("/", [show_page, make_page, revoke_page], audience=Audience.ACCOUNT),
        page_router("/", [calendar_page], audience=Audience.PUBLIC),
    ],
)
