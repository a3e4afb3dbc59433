"""« Licences »: how many seats are left of each software, what is to uninstall, what ends soon."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.licence import LicenceFilter, LicenceLine, LicenceStage, SeatStage
from materiel.domain.language.order import LinePlace, Order
from materiel.use_cases.circuit.workshop.licence import count_licences, list_licences
from materiel.use_cases.search.total import Total
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, View, ViewTab

PAGE = 30
ALL = "Toutes"
TO_UNINSTALL = "a-desinstaller"
STAGES = {
    "finit-bientot": LicenceStage.ENDS_SOON,
    "sans-place": LicenceStage.FULL,
    "places-libres": LicenceStage.OPEN,
    "finies": LicenceStage.ENDED,
}
BY_AGE = Order("achat")


@get("/", name="licence:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Every licence, the first bought first."""
    today = actor.civil_date(now)
    listing = await listing_of(view_on(today), request, actor=actor, now=now, page=PAGE)
    return render(request, "circuit/workshop/licence_list.html", {"listing": listing, "today": today})


@get(["/vue.csv", "/vue.xlsx"], name="licence:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet; keys are masked there too."""
    return await export_of(view_on(actor.civil_date(now)), request, actor=actor, now=now)


def wanted_of(today: date, form: Form, _: Order) -> LicenceFilter:
    """What a search asks."""
    typed = form.text("etat")
    return LicenceFilter(
        today=today, q=form.text("q")[:200], stage=STAGES.get(typed), with_uninstalls=typed == TO_UNINSTALL
    )


async def filters(_: Form, __: Actor) -> list[ListFilter]:
    """What narrows the list."""
    options = [(TO_UNINSTALL, SeatStage.TO_UNINSTALL.label), *((slug, each.label) for slug, each in STAGES.items())]
    return [ListFilter(name="etat", title="Afficher", options=options, any=ALL)]


async def tabs(actor: Actor, now: datetime) -> list[ViewTab]:
    """The usual views, each with how many there are."""
    today = actor.civil_date(now)
    views = [(ALL, {}), (SeatStage.TO_UNINSTALL.label, {"etat": TO_UNINSTALL})]
    views += [(STAGES[slug].label, {"etat": slug}) for slug in ("finit-bientot", "sans-place")]
    return [
        ViewTab(title, asked, await count_licences(wanted_of(today, Form.filled(**asked), BY_AGE), actor=actor))
        for title, asked in views
    ]


async def page_of(
    wanted: LicenceFilter, *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[LicenceLine]:
    """Lines of the list."""
    place = (date.fromisoformat(str(after.value)), after.id) if after is not None else None
    return await list_licences(wanted, actor=actor, limit=limit, after=place)


async def how_many(wanted: LicenceFilter, *, actor: Actor, now: datetime) -> Total:
    """The licences of the whole view."""
    return Total(await count_licences(wanted, actor=actor))


def view_on(today: date) -> View[LicenceLine]:
    """The list as it is on a day: what ends soon depends on it."""
    return View(
        path="/licences",
        noun="licence",
        nouns="licences",
        feminine=True,
        columns=(
            ListColumn(name="logiciel", title="Logiciel", cell=lambda each, _: each.licence.software),
            ListColumn(name="editeur", title="Éditeur", width="m-wide", cell=lambda each, _: each.licence.publisher),
            ListColumn(name="cle", title="Clé", width="m-wide", cell=lambda each, _: each.licence.masked_key),
            ListColumn(name="places", title="Places", width="m-n", cell=lambda each, _: each.licence.seats),
            ListColumn(name="prises", title="Prises", width="m-n", cell=lambda each, _: each.taken),
            ListColumn(name="libres", title="Libres", width="m-n", cell=lambda each, _: each.left),
            ListColumn(
                name="a-desinstaller",
                title=SeatStage.TO_UNINSTALL.label,
                width="m-n",
                cell=lambda each, _: each.to_uninstall,
            ),
            ListColumn(
                name=BY_AGE.column,
                title="Achetée le",
                width="m-n m-wide",
                kind=date,
                cell=lambda each, _: each.licence.bought_on,
            ),
            ListColumn(name="fin", title="Finit le", width="m-n", kind=date, cell=lambda each, _: each.licence.ends_on),
            ListColumn(name="etat", title="État", cell=lambda each, _: each.stage(today).label),
        ),
        order=BY_AGE,
        read=partial(wanted_of, today),
        page=page_of,
        total=how_many,
        place=lambda each: LinePlace(each.licence.bought_on, each.licence.id),
        filters=filters,
        tabs=tabs,
        id_kind=UUID,
        file="licences",
    )


router = account_required("/licences", [list_page, export_view], Permission.READ)
