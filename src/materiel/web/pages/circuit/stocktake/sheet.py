"""One stocktake: who has not answered, where the gaps are; each item, and asking those who are silent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from time import thread_time
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.stocktake import (
    LineFilter,
    PlaceFigures,
    StocktakeLine,
    StocktakePlace,
    StocktakeResult,
)
from materiel.domain.item.item import HELD, ItemStatus
from materiel.errors import MaterielError
from materiel.exchange.tabular import Rows, TableFormat, written
from materiel.settings import Settings
from materiel.use_cases.circuit.stocktake.asking import AskPlaces, ask_places
from materiel.use_cases.circuit.stocktake.opening import list_lines, list_unknown, read_stocktake
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.turns import rest_since
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import CURSOR, next_page, uuid_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.work.mailing import NO_SERVER

WRITE = {"permission": Permission.WRITE}
ISSUER = {"issuer": Provide(provide_issuer)}
PAGE = 50
EXPORT_PAGE = 500
OUT = HELD - {ItemStatus.RESERVED}
"""States of an item that is out: it is taken back, not put away."""

COLUMNS = (
    *("N° d'inventaire", "Désignation", "Attendu", "Établissement", "Résultat", "Vu le", "Dit par", "Vu où"),
    *("État du matériel", "Suite", "Note"),
)
After = Annotated[str, QueryParameter(name=CURSOR)]


@get("/{stocktake_id:uuid}", name="stocktake:show")
async def show(
    request: Request[Any, Any, Any],
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
    page: Annotated[int, QueryParameter(name="page", ge=1, le=10_000)] = 1,
) -> Response[str]:
    """The whole, then the places: those with gaps, those that are silent, those that are done."""
    sheet = await read_stocktake(stocktake_id, actor=actor)
    shown = sheet.places[(page - 1) * PAGE : page * PAGE]
    context = {
        "sheet": sheet,
        "stocktake": sheet.stocktake,
        "figures": sheet.figures,
        "places": shown,
        "silent": [each for each in sheet.places if _may_be_asked(each)],
        "first": query(page=str(page - 1)) if page > 1 else "",
        "next": query(page=str(page + 1)) if len(sheet.places) > page * PAGE else "",
        "today": actor.civil_date(now),
        "warning": NO_SERVER if settings.mail_server is None else "",
        "may_be_asked": _may_be_asked,
    }
    return render(request, "circuit/stocktake/show.html", context)


@get("/{stocktake_id:uuid}/materiels", name="stocktake:lines")
async def lines_page(
    request: Request[Any, Any, Any],
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    result: Annotated[str, QueryParameter(name="resultat")] = "",
    place: Annotated[str, QueryParameter(name="lieu")] = "",
    after: After = "",
) -> Response[str]:
    """The items of a place, of a result, or the gaps to settle; each with the act that settles it."""
    sheet = await read_stocktake(stocktake_id, actor=actor)
    wanted = LineFilter(result=_result(result), place=place[:300], waits=result == "ecarts")
    found = await list_lines(stocktake_id, wanted, actor=actor, limit=PAGE + 1, after=uuid_of(after))
    context = {
        "sheet": sheet,
        "stocktake": sheet.stocktake,
        "figures": sheet.figures,
        "lines": found[:PAGE],
        "asked": result,
        "place": next((each for each in sheet.places if each.key == place), None),
        "next": next_page(request, str(found[PAGE - 1].item_id) if len(found) > PAGE else None),
        "today": actor.civil_date(now),
        "out": OUT,
    }
    return render(request, "circuit/stocktake/lines.html", context)


@get("/{stocktake_id:uuid}/inconnus", name="stocktake:unknown")
async def unknown_page(
    request: Request[Any, Any, Any],
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    after: After = "",
) -> Response[str]:
    """The codes that were read and name nothing of the service."""
    sheet = await read_stocktake(stocktake_id, actor=actor)
    found = await list_unknown(stocktake_id, actor=actor, limit=PAGE + 1, after=uuid_of(after))
    context = {
        "sheet": sheet,
        "stocktake": sheet.stocktake,
        "figures": sheet.figures,
        "readings": found[:PAGE],
        "next": next_page(request, str(found[PAGE - 1].id) if len(found) > PAGE else None),
        "today": actor.civil_date(now),
    }
    return render(request, "circuit/stocktake/unknown.html", context)


@post("/{stocktake_id:uuid}/relancer", name="stocktake:ask", opt=WRITE, dependencies=ISSUER)
async def ask(
    request: Request[Any, Any, Any], stocktake_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Redirect:
    """Write to the places that are ticked, or to all that have not answered."""
    form = await read_form(request)
    only = form.typed("only")
    command = AskPlaces(stocktake_id=stocktake_id, places=(only,) if only else tuple(form.many("place")))
    address = request.app.route_reverse("stocktake:show", stocktake_id=stocktake_id)
    try:
        asked = await ask_places(command, issuer=issuer)
    except MaterielError as refusal:
        if refusal.code != "stocktake.closed":
            raise
        await session_of(request).flash(refusal.message, "warning")
        return Redirect(address, status_code=303)
    told = [plural(asked.schools, "établissement")] if asked.schools else []
    told += [plural(asked.families, "famille")] if asked.families else []
    said = f"Interrogés par courriel : {' et '.join(told)}." if told else "Personne n'est interrogé par courriel."
    await session_of(request).flash(said, left=" ".join(asked.left))
    return Redirect(address, status_code=303)


@get(
    ["/{stocktake_id:uuid}/resultats.csv", "/{stocktake_id:uuid}/resultats.xlsx"],
    name="stocktake:export",
)
async def export(
    request: Request[Any, Any, Any], stocktake_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Stream:
    """Every item with its result, for a spreadsheet."""
    await read_stocktake(stocktake_id, actor=actor)
    made = TableFormat(request.url.path.rpartition(".")[2])

    async def pages() -> AsyncIterator[Rows]:
        after: UUID | None = None
        while found := await list_lines(stocktake_id, LineFilter(), actor=actor, limit=EXPORT_PAGE, after=after):
            began = thread_time()
            yield [_cells(each) for each in found]
            await rest_since(began)
            after = found[-1].item_id

    headers = {"Content-Disposition": f'attachment; filename="recolement.{made}"'}
    return Stream(written(made, COLUMNS, pages()), media_type=made.media_type, headers=headers)


def _cells(each: StocktakeLine) -> tuple[Any, ...]:
    return (
        each.inventory_number,
        each.designation,
        each.place_title,
        each.school_name,
        each.result.label,
        each.seen_on,
        each.seen_by.label if each.seen_by else "",
        each.seen_place,
        each.status.label,
        each.settled.label if each.settled else "",
        each.note,
    )


def _may_be_asked(each: PlaceFigures) -> bool:
    """Whether somebody else than the service may answer for a place, and has not."""
    return each.kind is not StocktakePlace.STORE and each.figures.silent > 0


def _result(text: str) -> StocktakeResult | None:
    return next((each for each in StocktakeResult if each.value == text), None)


router = account_required("/recolements", [show, lines_page, unknown_page, ask, export], Permission.READ)
