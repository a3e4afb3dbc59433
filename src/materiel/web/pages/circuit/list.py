"""« Besoins »: who waits for what was decided, the oldest first, and whether the stock suffices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.calendar.school_year import first_day, school_year
from materiel.domain.circuit.need import Need, NeedFilter, NeedKind, NeedLine, NeedStage, NeedState
from materiel.domain.language import states
from materiel.domain.language.order import LinePlace, Order
from materiel.exchange.need import CATEGORY, FAMILY, GROUND, KIND, NOTIFIED, REFERENCE, UNTIL, WORDING, heading_of
from materiel.exchange.writing import Cell
from materiel.use_cases.circuit.matching import in_stock_for
from materiel.use_cases.circuit.need import count_needs, list_needs, queue_figures, tally_needs
from materiel.use_cases.search.total import Total
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, View, ViewTab

PAGE = 30
ALL, ASKED, MET, CLOSED = "tous", "a-confirmer", "satisfaits", "clos"
STAGES = {
    "a-chercher": NeedStage.TO_FIND,
    "commandes": NeedStage.ORDERED,
    "recus": NeedStage.RECEIVED,
    "prepares": NeedStage.PREPARED,
}
BY_AGE = Order("attente")


@get("/", name="need:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Who waits, the longest first; beside each, how much of the stock would do."""
    listing = await listing_of(NEEDS, request, actor=actor, now=now, page=PAGE)
    context = {
        "listing": listing,
        "figures": await queue_figures(actor=actor, now=now),
        "in_stock": await in_stock_for([each.need for each in listing.lines if each.need.is_open], actor=actor),
        "today": actor.civil_date(now),
    }
    return render(request, "circuit/list.html", context)


@get(["/vue.csv", "/vue.xlsx"], name="need:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(NEEDS, request, actor=actor, now=now)


def wanted_of(form: Form, _: Order) -> NeedFilter:
    """What a search asks; no stage asks for those who wait."""
    stage, kind = form.text("etape"), form.text("nature")
    asked = {ALL: None, ASKED: NeedState.ASKED, MET: NeedState.MET, CLOSED: NeedState.CLOSED}
    return NeedFilter(
        q=form.text("q")[:200],
        state=asked.get(stage, NeedState.OPEN),
        stage=STAGES.get(stage),
        kind=NeedKind(kind) if kind in set(NeedKind) else None,
        since=form.day("depuis"),
    )


async def filters(_: Form, __: Actor) -> list[ListFilter]:
    """What narrows the list."""
    stages = [(slug, stage.label) for slug, stage in STAGES.items()]
    return [
        ListFilter(
            name="etape",
            title="Afficher",
            options=[
                (ASKED, NeedStage.ASKED.label),
                *stages,
                (MET, "Satisfaits"),
                (CLOSED, "Clos sans matériel"),
                (ALL, "Tous"),
            ],
            any=states.QUEUED.label,
        ),
        ListFilter(
            name="nature",
            title="Nature",
            options=[(each.value, each.label) for each in NeedKind],
            any="Besoins et essais",
        ),
        ListFilter(name="depuis", title="Satisfaits depuis le", asked_elsewhere=True),
    ]


async def tabs(actor: Actor, now: datetime) -> list[ViewTab]:
    """The usual views, each with how many there are."""
    year = first_day(school_year(actor.civil_date(now)))
    found = await tally_needs(actor=actor, now=now)
    waiting = sum(found[stage] for stage in STAGES.values())
    return [
        *([ViewTab(NeedStage.ASKED.label, {"etape": ASKED}, found[NeedStage.ASKED])] if found[NeedStage.ASKED] else []),
        ViewTab(states.QUEUED.label, {}, waiting),
        *(ViewTab(stage.label, {"etape": slug}, found[stage]) for slug, stage in STAGES.items()),
        ViewTab("Satisfaits cette année", {"etape": MET, "depuis": year.isoformat()}, found[NeedStage.MET]),
    ]


async def page_of(
    wanted: NeedFilter, *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[NeedLine]:
    """Lines of the list."""
    place = (date.fromisoformat(str(after.value)), after.id) if after is not None else None
    return await list_needs(wanted, actor=actor, limit=limit, after=place)


async def how_many(wanted: NeedFilter, *, actor: Actor, now: datetime) -> Total:
    """The needs of the whole view."""
    return Total(await count_needs(wanted, actor=actor))


def _delay(each: NeedLine, _: Actor) -> int | None:
    need = each.need
    return need.waiting_days(need.met_on) if need.met_on is not None else None


def _told(name: str, title: str, cell: Callable[[Need], Cell]) -> ListColumn[NeedLine]:
    return ListColumn(name=name, title=title, cell=lambda each, _: cell(each.need))


EXPORTED: tuple[ListColumn[NeedLine], ...] = (
    _told(NOTIFIED, heading_of(NOTIFIED), lambda need: need.notified_on),
    ListColumn(name="nom", title=heading_of("nom"), cell=lambda each, _: each.last_name),
    ListColumn(name="prenom", title=heading_of("prenom"), cell=lambda each, _: each.first_name),
    ListColumn(name="uai", title=heading_of("uai"), cell=lambda each, _: each.school_uai),
    ListColumn(name="ecole", title="Établissement", cell=lambda each, _: each.school_name),
    _told(WORDING, heading_of(WORDING), lambda need: need.wording),
    _told(KIND, heading_of(KIND), lambda need: need.kind.label),
    _told(GROUND, heading_of(GROUND), lambda need: need.basis.kind.label),
    _told(REFERENCE, heading_of(REFERENCE), lambda need: need.basis.reference),
    _told(UNTIL, heading_of(UNTIL), lambda need: need.valid_until),
    _told(FAMILY, heading_of(FAMILY), lambda need: need.family.label if need.family else ""),
    _told(CATEGORY, heading_of(CATEGORY), lambda need: need.category),
    _told("etape", "Où il en est", lambda need: need.stage.label),
    _told("commande", "Commande", lambda need: need.order_reference),
    _told("prevu", "Livraison prévue le", lambda need: need.expected_on),
    _told("recu", "Reçu le", lambda need: need.received_on),
    _told("remis", "Remis le", lambda need: need.met_on),
    ListColumn(name="delai", title="Jours de la notification à la remise", cell=_delay),
    _told("clos", "Clos le", lambda need: need.closed_on),
)
"""What a spreadsheet gets: under the headings of the table of needs that is imported, so that it is read again."""

NEEDS: View[NeedLine] = View(
    path="/besoins",
    noun="besoin",
    nouns="besoins",
    columns=(
        ListColumn(
            name=BY_AGE.column,
            title="Attend depuis",
            width="m-n",
            kind=date,
            cell=lambda each, _: each.need.notified_on,
        ),
        ListColumn(name="eleve", title="Élève", cell=lambda each, _: f"{each.last_name} {each.first_name}"),
        ListColumn(name="mots", title="Mots de la décision", cell=lambda each, _: each.need.wording),
        ListColumn(name="ecole", title="Établissement", width="m-wide", cell=lambda each, _: each.school_name),
        ListColumn(name="etape", title="Où il en est", cell=lambda each, _: each.need.stage.label),
        ListColumn(name="reserve", title="Réserve", width="m-n", cell=lambda _, __: None),
    ),
    exported=EXPORTED,
    order=BY_AGE,
    read=wanted_of,
    page=page_of,
    total=how_many,
    place=lambda each: LinePlace(each.need.notified_on, each.need.id),
    filters=filters,
    tabs=tabs,
    id_kind=UUID,
    file="besoins",
)

router = account_required("/besoins", [list_page, export_view], Permission.READ)
