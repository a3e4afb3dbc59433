"""« Incidents »: the list of what families, schools and the service have told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.incident.incident import DeclaredAs, IncidentFilter, IncidentKind, IncidentState
from materiel.domain.incident.treatment import missing_papers
from materiel.domain.language import states
from materiel.domain.language.french import enumeration
from materiel.domain.language.order import LinePlace, Order
from materiel.use_cases.incident.incident import (
    BY_AGE,
    MOST_SORTED,
    IncidentLine,
    incident_page,
    total_incidents,
)
from materiel.use_cases.search.total import Total
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.acting import CURSOR
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, Sorts, View, ViewTab

PAGE = 30
CLOSED, ALL = "closed", "tous"
OLDEST, NEWEST = Order(BY_AGE), Order(BY_AGE, descending=True)
SIDES = (
    (DeclaredAs.FAMILY.value, "Une famille"),
    (DeclaredAs.INSTITUTION.value, "Un établissement ou une commune"),
    (DeclaredAs.ACCOUNT.value, "Le service"),
)
ListedIncident = tuple[IncidentLine, LinePlace]


@get("/", name="incident:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What is to be treated, the oldest first; what is settled, the newest first."""
    listing = await listing_of(INCIDENTS, request, actor=actor, now=now, page=PAGE)
    context = {"listing": listing, "missing_of": missing_of, "today": actor.civil_date(now)}
    return render(request, "incident/list.html", context)


@get(["/vue.csv", "/vue.xlsx"], name="incident:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(INCIDENTS, request, actor=actor, now=now)


def wanted_of(form: Form, order: Order = OLDEST) -> tuple[IncidentFilter, Order]:
    """What a search asks, and in which order; no state asks for what is to be treated."""
    state, kind, side = form.text("etat"), form.text("nature"), form.text("par")
    asked = IncidentFilter(
        q=form.text("q")[:200],
        state=None if state == ALL else IncidentState.CLOSED if state == CLOSED else IncidentState.OPEN,
        kind=IncidentKind(kind) if kind in set(IncidentKind) else None,
        declared_as=DeclaredAs(side) if side in set(DeclaredAs) else None,
    )
    return asked, order


async def filters(_: Form, __: Actor) -> list[ListFilter]:
    """What narrows the list."""
    return [
        ListFilter(
            name="etat", title="Afficher", options=[(CLOSED, "Traités"), (ALL, "Tous")], any=states.TO_TREAT.label
        ),
        ListFilter(
            name="nature",
            title="Nature",
            options=[(each.value, each.label) for each in IncidentKind],
            any="Toutes les natures",
        ),
        ListFilter(name="par", title="Signalé par", options=SIDES, any="Tout le monde"),
    ]


async def tabs(_: Actor, __: datetime) -> list[ViewTab]:
    """The usual views."""
    return [
        ViewTab(states.TO_TREAT.label, {}),
        ViewTab("Traités", {"etat": CLOSED}),
        ViewTab("Tous", {"etat": ALL}),
    ]


def missing_of(line: IncidentLine) -> str:
    """The papers still missing to an incident that is open, in words."""
    if not line.incident.is_open:
        return ""
    return enumeration([each.label.lower() for each in missing_papers(line.incident)])


async def page_of(
    wanted: tuple[IncidentFilter, Order], *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[ListedIncident]:
    """Lines of the list."""
    return await incident_page(*wanted, actor=actor, limit=limit, after=after)


async def how_many(wanted: tuple[IncidentFilter, Order], *, actor: Actor, now: datetime) -> Total:
    """The incidents of the whole view."""
    return await total_incidents(wanted[0], actor=actor)


INCIDENTS: View[ListedIncident] = View(
    path="/incidents",
    noun="incident",
    nouns="incidents",
    columns=(
        ListColumn(
            name="nature",
            title="Incident",
            sorts=Sorts.FEW,
            most=MOST_SORTED,
            cell=lambda each, _: each[0].incident.kind,
        ),
        ListColumn(
            name="materiel",
            title="Matériel",
            sorts=Sorts.FEW,
            most=MOST_SORTED,
            cell=lambda each, _: f"{each[0].item.inventory_number} {each[0].item.designation}",
        ),
        ListColumn(
            name="ou",
            title="Où",
            sorts=Sorts.FEW,
            most=MOST_SORTED,
            cell=lambda each, _: (
                f"{each[0].place.pupil_name} {each[0].place.school_name}".strip() if each[0].place else None
            ),
        ),
        ListColumn(
            name=BY_AGE,
            title="Signalé le",
            width="m-n",
            sorts=Sorts.ALWAYS,
            kind=UUID,
            cell=lambda each, actor: actor.civil_date(each[0].incident.declared_at),
        ),
        ListColumn(
            name="par",
            title="Par",
            width="m-wide",
            sorts=Sorts.FEW,
            most=MOST_SORTED,
            cell=lambda each, _: each[0].incident.declared_as,
        ),
        ListColumn(
            name="suite",
            title="Suite",
            sorts=Sorts.FEW,
            most=MOST_SORTED,
            cell=lambda each, _: each[0].incident.in_service.label,
        ),
        ListColumn(
            name="manque",
            title="Ce qui manque",
            sorts=Sorts.FEW,
            most=MOST_SORTED,
            kind=int,
            last_first=True,
            cell=lambda each, _: missing_of(each[0]),
        ),
    ),
    order=OLDEST,
    other_order=lambda form: NEWEST if form.text("etat") in (CLOSED, ALL) else OLDEST,
    read=wanted_of,
    page=page_of,
    total=how_many,
    place=lambda each: each[1],
    filters=filters,
    tabs=tabs,
    file="incidents",
    cursor=CURSOR,
)

router = account_required("/incidents", [list_page, export_view], Permission.READ)
