"""« Établissements » and « Communes »: the two lists of places."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language import states
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.places.municipality import Municipality
from materiel.domain.places.school import School, SchoolKind
from materiel.use_cases.places.municipality import (
    BY_CODE,
    municipality_page,
    signatory_of,
    told_source,
    total_municipalities,
)
from materiel.use_cases.places.school import school_page, total_schools
from materiel.use_cases.search.total import Total
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.acting import CURSOR, may_write
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.shell.view import ListColumn, ListFilter, Sorts, View, no_filters

MOST = 10_000
"""Places that are sorted by any column: more than there are in an académie."""

ListedSchool = tuple[School, LinePlace]
ListedCommune = tuple[Municipality, LinePlace]


@get("/", name="school:list")
async def list_schools(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Schools, by words of their name, commune or UAI, and by kind."""
    listing = await listing_of(SCHOOLS, request, actor=actor, now=now)
    return render(request, "places/school/list.html", {"listing": listing, "writes": may_write(actor)})


@get(["/vue.csv", "/vue.xlsx"], name="school:view")
async def export_schools(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list of schools shows, whole, for a spreadsheet."""
    return await export_of(SCHOOLS, request, actor=actor, now=now)


@get("/", name="municipality:list")
async def list_communes(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """Municipalities, by words of their name or by INSEE code."""
    listing = await listing_of(COMMUNES, request, actor=actor, now=now)
    context = {"listing": listing, "signatory_of": signatory_of, "writes": may_write(actor)}
    return render(request, "places/municipality/list.html", context)


@get(["/vue.csv", "/vue.xlsx"], name="municipality:view")
async def export_communes(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list of municipalities shows, whole, for a spreadsheet."""
    return await export_of(COMMUNES, request, actor=actor, now=now)


def asked_of_schools(form: Form, order: Order) -> tuple[str, SchoolKind | None, Order]:
    """Words, a kind, and an order."""
    kind = form.text("nature")
    return form.text("q")[:200], SchoolKind(kind) if kind in set(SchoolKind) else None, order


async def schools_of(
    wanted: tuple[str, SchoolKind | None, Order],
    *,
    actor: Actor,
    now: datetime,
    limit: int,
    after: LinePlace | None,
) -> list[ListedSchool]:
    """Lines of the list of schools."""
    q, kind, order = wanted
    return await school_page(q, kind, order, actor=actor, limit=limit, after=after)


async def how_many_schools(wanted: tuple[str, SchoolKind | None, Order], *, actor: Actor, now: datetime) -> Total:
    """The schools of the whole view."""
    return await total_schools(wanted[0], wanted[1], actor=actor)


async def kinds(_: Form, __: Actor) -> list[ListFilter]:
    """Schools by kind."""
    options = [(each.value, each.label) for each in SchoolKind]
    return [ListFilter(name="nature", title="Nature", options=options, any="Toutes")]


async def communes_of(
    wanted: tuple[str, Order], *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[ListedCommune]:
    """Lines of the list of municipalities."""
    return await municipality_page(*wanted, actor=actor, limit=limit, after=after)


async def how_many_communes(wanted: tuple[str, Order], *, actor: Actor, now: datetime) -> Total:
    """The municipalities of the whole view."""
    return await total_municipalities(wanted[0], actor=actor)


SCHOOLS: View[ListedSchool] = View(
    path="/etablissements",
    noun="établissement",
    nouns="établissements",
    columns=(
        ListColumn(name="nom", title="Établissement", sorts=Sorts.FEW, most=MOST, cell=lambda each, _: each[0].name),
        ListColumn(name="uai", title="UAI", sorts=Sorts.ALWAYS, cell=lambda each, _: each[0].uai),
        ListColumn(
            name="commune",
            title="Commune",
            sorts=Sorts.FEW,
            most=MOST,
            cell=lambda each, _: each[0].municipality_name,
        ),
        ListColumn(name="nature", title="Nature", sorts=Sorts.FEW, most=MOST, cell=lambda each, _: each[0].kind),
    ),
    order=Order("uai"),
    read=asked_of_schools,
    page=schools_of,
    total=how_many_schools,
    place=lambda each: each[1],
    filters=kinds,
    file="etablissements",
    cursor=CURSOR,
)
COMMUNES: View[ListedCommune] = View(
    path="/communes",
    noun="commune",
    nouns="communes",
    feminine=True,
    columns=(
        ListColumn(name="nom", title="Commune", sorts=Sorts.FEW, most=MOST, cell=lambda each, _: each[0].name),
        ListColumn(name="code", title="Code INSEE", sorts=Sorts.ALWAYS, cell=lambda each, _: each[0].insee_code),
        ListColumn(
            name="signataire",
            title="Signataire des dépôts",
            sorts=Sorts.FEW,
            most=MOST,
            cell=lambda each, _: signatory_of(each[0]),
        ),
        ListColumn(
            name="contact",
            title="Contact",
            sorts=Sorts.FEW,
            most=MOST,
            kind=int,
            cell=lambda each, _: (states.KNOWN if each[0].address or each[0].email else states.TO_COMPLETE).label,
        ),
        ListColumn(name="source", title="Source", cell=lambda each, _: told_source(each[0])),
    ),
    order=BY_CODE,
    read=lambda form, order: (form.text("q")[:200], order),
    page=communes_of,
    total=how_many_communes,
    place=lambda each: each[1],
    filters=no_filters,
    id_kind=str,
    file="communes",
    cursor=CURSOR,
)

schools = account_required("/etablissements", [list_schools, export_schools], Permission.READ)
municipalities = account_required("/communes", [list_communes, export_communes], Permission.READ)
