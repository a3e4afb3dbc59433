"""« Réparations »: what is at a provider, the longest away first, and what is late."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.repair import RepairFilter, RepairLine, RepairStage
from materiel.domain.language.order import LinePlace, Order
from materiel.exchange.writing import Euros
from materiel.use_cases.circuit.workshop.repair import count_repairs, list_repairs
from materiel.use_cases.search.total import Total
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, View, ViewTab

PAGE = 30
ALL = "toutes"
STAGES = {"en-retard": RepairStage.LATE, "revenues": RepairStage.BACK}
OPEN = "Chez un réparateur"
BY_AGE = Order("envoi")


@get("/", name="repair:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What is away, the longest first."""
    today = actor.civil_date(now)
    listing = await listing_of(view_on(today), request, actor=actor, now=now, page=PAGE)
    context = {"listing": listing, "today": today, "warranty": WARRANTY}
    return render(request, "circuit/workshop/repair_list.html", context)


@get(["/vue.csv", "/vue.xlsx"], name="repair:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(view_on(actor.civil_date(now)), request, actor=actor, now=now)


def wanted_of(today: date, form: Form, _: Order) -> RepairFilter:
    """What a search asks; no stage asks for what is away."""
    stage = form.text("etape")
    return RepairFilter(
        today=today,
        q=form.text("q")[:200],
        stage=STAGES.get(stage),
        is_open=stage not in (ALL, *STAGES),
    )


async def filters(_: Form, __: Actor) -> list[ListFilter]:
    """What narrows the list."""
    options = [*((slug, stage.label) for slug, stage in STAGES.items()), (ALL, "Toutes")]
    return [ListFilter(name="etape", title="Afficher", options=options, any=OPEN)]


async def tabs(actor: Actor, now: datetime) -> list[ViewTab]:
    """The usual views, each with how many there are."""
    today = actor.civil_date(now)
    views = [(OPEN, {}), *((stage.label, {"etape": slug}) for slug, stage in STAGES.items())]
    return [
        ViewTab(title, asked, await count_repairs(wanted_of(today, Form.filled(**asked), BY_AGE), actor=actor))
        for title, asked in views
    ]


async def page_of(
    wanted: RepairFilter, *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[RepairLine]:
    """Lines of the list."""
    place = (date.fromisoformat(str(after.value)), after.id) if after is not None else None
    return await list_repairs(wanted, actor=actor, limit=limit, after=place)


async def how_many(wanted: RepairFilter, *, actor: Actor, now: datetime) -> Total:
    """The repairs of the whole view."""
    return Total(await count_repairs(wanted, actor=actor))


WARRANTY = {True: "sous garantie", False: "hors garantie", None: "garantie inconnue"}
"""What is told of the warranty of what was sent."""


def view_on(today: date) -> View[RepairLine]:
    """The list as it is on a day: what is late depends on it."""
    return View(
        path="/reparations",
        noun="réparation",
        nouns="réparations",
        feminine=True,
        columns=(
            ListColumn(name="materiel", title="Matériel", cell=lambda each, _: each.inventory_number),
            ListColumn(name="panne", title="Panne", cell=lambda each, _: each.repair.fault),
            ListColumn(name="reparateur", title="Réparateur", cell=lambda each, _: each.repair.provider),
            ListColumn(
                name=BY_AGE.column,
                title="Envoyé le",
                width="m-n",
                kind=date,
                cell=lambda each, _: each.repair.sent_on,
            ),
            ListColumn(
                name="attendu", title="Attendu le", width="m-n", kind=date, cell=lambda each, _: each.repair.expected_on
            ),
            ListColumn(
                name="revenu", title="Revenu le", width="m-n m-wide", cell=lambda each, _: each.repair.returned_on
            ),
            ListColumn(name="etape", title="Où il en est", cell=lambda each, _: each.repair.stage(today).label),
            ListColumn(
                name="garantie",
                title="Garantie",
                width="m-wide",
                cell=lambda each, _: WARRANTY[each.repair.under_warranty],
            ),
            ListColumn(
                name="cout",
                title="Coût",
                width="m-n",
                cell=lambda each, _: None if each.repair.cost_cents is None else Euros(each.repair.cost_cents),
            ),
        ),
        order=BY_AGE,
        read=partial(wanted_of, today),
        page=page_of,
        total=how_many,
        place=lambda each: LinePlace(each.repair.sent_on, each.repair.id),
        filters=filters,
        tabs=tabs,
        id_kind=UUID,
        file="reparations",
    )


router = account_required("/reparations", [list_page, export_view], Permission.READ)
