"""« Récolements »: those of the service, and opening one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.stocktake import LONGEST, NAME_MAX, OpenStocktake, StocktakePlace
from materiel.errors import MaterielError
from materiel.use_cases.circuit.stocktake.opening import list_stocktakes, open_stocktake
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import CURSOR, next_page, uuid_of
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
PAGE = 30
USUAL = timedelta(days=32)
"""How long a stocktake lasts unless another day is typed."""

KINDS = [
    (StocktakePlace.STORE.value, "Les réserves", "Ce que le service a chez lui, par lieu de rangement."),
    (StocktakePlace.SCHOOL.value, "Les établissements", "Ce qui y est déposé, ou y reste pour un élève."),
    (
        StocktakePlace.HOME.value,
        "Les domiciles",
        "Ce que les élèves ont chez eux : les familles répondent par leur lien.",
    ),
]


@get("/", name="stocktake:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """The stocktakes, the last opened first."""
    after = uuid_of(request.query_params.get(CURSOR, ""))
    found = await list_stocktakes(actor=actor, limit=PAGE + 1, after=after)
    context = {
        "stocktakes": found[:PAGE],
        "next": next_page(request, str(found[PAGE - 1].id) if len(found) > PAGE else None),
        "today": actor.civil_date(now),
    }
    return render(request, "circuit/stocktake/list.html", context)


@get("/nouveau", name="stocktake:new", opt=WRITE)
async def new(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What is checked, and until when."""
    today = actor.civil_date(now)
    usual = {"name": [f"Récolement {today.year}"], "closes_on": [(today + USUAL).isoformat()]}
    form = Form({**usual, "kinds": [kind for kind, _, _ in KINDS]})
    return render(request, "circuit/stocktake/new.html", {"form": form, **_asking(today)})


@post("/nouveau", name="stocktake:open", opt=WRITE)
async def open_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Write down what is expected where, and lead to it; the same page with every message when something lacks."""
    form = await read_form(request)
    closes_on = form.day("closes_on", required="Indiquez le dernier jour du récolement.")
    kinds = tuple(each for each in StocktakePlace if each.value in form.many("kinds"))
    if not kinds:
        form.fault("kinds", "Choisissez au moins une sorte de lieux.")
    if closes_on is not None and not form.faults:
        command = OpenStocktake(
            name=form.typed("name"),
            closes_on=closes_on,
            kinds=kinds,
            schools=tuple(_words(form, "schools")),
            municipalities=tuple(_words(form, "municipalities")),
        )
        try:
            opened = await open_stocktake(command, actor=actor, now=now)
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash("Le récolement est ouvert : ce qui est attendu est fixé à aujourd'hui.")
            address = request.app.route_reverse("stocktake:show", stocktake_id=opened.id)
            return Redirect(address, status_code=303)
    return render_form(request, "circuit/stocktake/new.html", form, _asking(actor.civil_date(now)))


def _refuse(form: Form, refusal: MaterielError) -> None:
    """A code that names no school or commune is told beside its field."""
    field = {"school.not_found": "schools", "municipality.not_found": "municipalities"}.get(refusal.code)
    if field is None:
        form.refuse(refusal)
    else:
        form.fault(field, refusal.message)


def _words(form: Form, name: str) -> list[str]:
    """The codes typed in a field, apart from one another by blanks, commas or lines."""
    return form.typed(name).replace(",", " ").replace(";", " ").split()


def _asking(today: date) -> dict[str, Any]:
    return {"kinds": KINDS, "first": today, "last": today + LONGEST, "longest": NAME_MAX}


router = account_required("/recolements", [list_page, new, open_page], Permission.READ)
