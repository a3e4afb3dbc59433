"""« Élèves »: the list, by words of their names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.order import LinePlace, Order
from materiel.use_cases.people.list import ListedPupil, pupil_page, total_pupils
from materiel.use_cases.search.spelling import close_pupils
from materiel.web.audience import account_required
from materiel.web.pages.acting import CURSOR, may_write
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, Sorts, View, no_filters

PAGE = 30
BY_NAME = Order("nom")


@get("/", name="pupil:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Pupils, by words of their names."""
    listing = await listing_of(PUPILS, request, actor=actor, now=now, page=PAGE)
    close = await close_pupils(listing.q, actor=actor) if listing.q and not listing.lines and listing.is_first else []
    return render(request, "people/list.html", {"listing": listing, "close": close, "writes": may_write(actor)})


@get(["/vue.csv", "/vue.xlsx"], name="pupil:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(PUPILS, request, actor=actor, now=now)


async def page_of(
    wanted: tuple[str, Order], *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[ListedPupil]:
    """Lines of the list."""
    q, order = wanted
    return await pupil_page(q, order, actor=actor, limit=limit, after=after)


PUPILS = View(
    path="/eleves",
    noun="élève",
    nouns="élèves",
    columns=(
        ListColumn(
            name="nom",
            title="Élève",
            width="m-who",
            sorts=Sorts.ALWAYS,
            cell=lambda each, _: f"{each.last_name} {each.first_name}",
        ),
        ListColumn(
            name="naissance", title="Naissance", sorts=Sorts.FEW, kind=date, cell=lambda each, _: each.birth_date
        ),
        ListColumn(name="ou", title="Établissement", sorts=Sorts.FEW, cell=lambda each, _: each.school_name),
        ListColumn(name="commune", title="Commune", sorts=Sorts.FEW, cell=lambda each, _: each.municipality_name),
        ListColumn(
            name="prets",
            title="Prêts en cours",
            width="m-n",
            sorts=Sorts.FEW,
            kind=int,
            last_first=True,
            cell=lambda each, _: each.loans,
        ),
    ),
    order=BY_NAME,
    read=lambda form, order: (form.text("q")[:200], order),
    page=page_of,
    total=lambda wanted, *, actor, now: total_pupils(wanted[0], actor=actor, now=now),
    place=lambda each: each.at,
    filters=no_filters,
    file="eleves",
    cursor=CURSOR,
)

router = account_required("/eleves", [list_page, export_view], Permission.READ)
