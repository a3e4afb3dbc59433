"""« Kits »: what is lent together, with what each lacks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.kit import Kit, KitFilter, KitState
from materiel.domain.language.order import LinePlace, Order
from materiel.use_cases.circuit.workshop.kit import count_kits, list_kits
from materiel.use_cases.search.total import Total
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, View, ViewTab

PAGE = 30
DISSOLVED = "dissous"
BY_NUMBER = Order("kit")


@get("/", name="kit:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """The kits that are, by number."""
    today = actor.civil_date(now)
    listing = await listing_of(view_on(today), request, actor=actor, now=now, page=PAGE)
    return render(request, "circuit/workshop/kit_list.html", {"listing": listing, "today": today})


@get(["/vue.csv", "/vue.xlsx"], name="kit:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(view_on(actor.civil_date(now)), request, actor=actor, now=now)


def wanted_of(form: Form, _: Order) -> KitFilter:
    """What a search asks; those that were dissolved only when asked."""
    return KitFilter(q=form.text("q")[:200], dissolved=form.text("etat") == DISSOLVED)


async def filters(_: Form, __: Actor) -> list[ListFilter]:
    """What narrows the list."""
    return [ListFilter(name="etat", title="Afficher", options=[(DISSOLVED, KitState.DISSOLVED.label)], any="Kits")]


async def tabs(actor: Actor, now: datetime) -> list[ViewTab]:
    """The usual views, each with how many there are."""
    return [
        ViewTab("Kits", {}, await count_kits(KitFilter(), actor=actor)),
        ViewTab(
            KitState.DISSOLVED.label, {"etat": DISSOLVED}, await count_kits(KitFilter(dissolved=True), actor=actor)
        ),
    ]


async def page_of(wanted: KitFilter, *, actor: Actor, now: datetime, limit: int, after: LinePlace | None) -> list[Kit]:
    """Lines of the list."""
    return await list_kits(wanted, actor=actor, limit=limit, after=str(after.value) if after is not None else None)


async def how_many(wanted: KitFilter, *, actor: Actor, now: datetime) -> Total:
    """The kits of the whole view."""
    return Total(await count_kits(wanted, actor=actor))


def missing_told(kit: Kit, today: date) -> str:
    """The numbers of the parts that are in no loan and could not be lent today."""
    return ", ".join(each.inventory_number for each in kit.lacking(today))


def view_on(today: date) -> View[Kit]:
    """The list as it is on a day: a lease may be over."""
    return View(
        path="/kits",
        noun="kit",
        nouns="kits",
        columns=(
            ListColumn(name=BY_NUMBER.column, title="Kit", cell=lambda each, _: each.number),
            ListColumn(name="designation", title="Désignation", cell=lambda each, _: each.designation),
            ListColumn(name="elements", title="Éléments", cell=lambda each, _: _parts(each)),
            ListColumn(name="etat", title="État", cell=lambda each, _: each.state.label),
            ListColumn(name="manque", title="Manque", cell=lambda each, _: missing_told(each, today)),
        ),
        order=BY_NUMBER,
        read=wanted_of,
        page=page_of,
        total=how_many,
        place=lambda each: LinePlace(each.number, each.id),
        filters=filters,
        tabs=tabs,
        id_kind=UUID,
        file="kits",
    )


def _parts(kit: Kit) -> str:
    return ", ".join(f"{each.inventory_number} {each.designation}" for each in kit.parts)


router = account_required("/kits", [list_page, export_view], Permission.READ)
