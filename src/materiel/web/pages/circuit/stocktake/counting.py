"""« Compter »: a reader, the camera, a photograph or the keyboard; what is read is written down at once."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.stocktake import NO_PLACE, StocktakePlace, StocktakeResult, check_running
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.circuit.stocktake.counting import CountCodes, CountedCodes, count_codes
from materiel.use_cases.circuit.stocktake.opening import StocktakeSheet, read_line, read_stocktake
from materiel.use_cases.item.code import LARGEST_UPLOAD, read_photo
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuids_of
from materiel.web.pages.item.scanner import NO_CODE, PICTURES
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
RECENT = 12
"""Items shown below the field: what was just read."""

WORDS = {
    StocktakeResult.FOUND: ("trouvé", "trouvés"),
    StocktakeResult.ELSEWHERE: ("trouvé ailleurs", "trouvés ailleurs"),
    StocktakeResult.UNKNOWN: ("code inconnu", "codes inconnus"),
}


@get("/{stocktake_id:uuid}/compter", name="stocktake:count", opt=WRITE)
async def show(
    request: Request[Any, Any, Any], stocktake_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[Any]:
    """Choose where, and scan."""
    sheet = await read_stocktake(stocktake_id, actor=actor)
    if (gone := await _closed(request, sheet)) is not None:
        return gone
    form = Form.filled(place=read_query(request).typed("lieu"))
    return await _page(request, sheet, form, [], actor)


@post("/{stocktake_id:uuid}/compter", name="stocktake:counted", status_code=200, opt=WRITE)
async def count(
    request: Request[Any, Any, Any],
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Write down what was read, here or elsewhere than expected; or that all of a place was looked at."""
    sheet = await read_stocktake(stocktake_id, actor=actor)
    form = await read_form(request)
    if (gone := await _closed(request, sheet)) is not None:
        return gone
    recent, said = uuids_of(form.many("recent")), ""
    how = form.typed("read")
    codes = await _codes(form, how, actor)
    if not form.faults:
        try:
            command = CountCodes(
                stocktake_id=stocktake_id,
                codes=tuple(codes),
                place=_place_of(form),
                complete=how == "whole",
            )
            counted = await count_codes(command, actor=actor, now=now)
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            said = _told(counted)
            seen = [each.item_id for each in reversed(counted.codes) if each.item_id is not None]
            recent = list(dict.fromkeys([*seen, *recent]))[:RECENT]
            _after(form, counted, how)
    return await _page(request, sheet, form, recent, actor, said=said)


async def _codes(form: Form, how: str, actor: Actor) -> list[str]:
    """What was read, as the button that was pressed says."""
    if how == "photo":
        return await _of_photo(form, actor)
    if how == "lines":
        return form.typed("codes").splitlines()
    return [] if how == "whole" else [form.typed("code")]


async def _of_photo(form: Form, actor: Actor) -> list[str]:
    sent = form.file("photo")
    if sent is None:
        form.fault("photo", "Choisissez une photo des étiquettes.")
        return []
    try:
        PICTURES.take(actor.id, monotonic())
        codes = await read_photo(await sent.read(), actor=actor)
    except MaterielError as refusal:
        form.fault("photo", refusal.message)
        return []
    if not codes:
        form.fault("photo", NO_CODE)
    return codes


def _place_of(form: Form) -> str:
    """Where one counts: another place that is typed, else the one chosen."""
    return form.text("other") or form.text("place")


def _refuse(form: Form, refusal: MaterielError) -> None:
    fields = {"stocktake.no_place": "place", "school.not_found": "other", "stocktake.nothing_counted": "code"}
    if refusal.code in fields:
        form.fault(fields[refusal.code], refusal.message)
    else:
        form.refuse(refusal)


def _after(form: Form, counted: CountedCodes, how: str) -> None:
    """The fields as the next reading finds them: what names nothing stays where it was typed, with the reason."""
    unknown = [each for each in counted.codes if each.result is StocktakeResult.UNKNOWN]
    field = {"photo": "photo", "lines": "codes"}.get(how, "code")
    form.set("code", "")
    form.set("codes", "\n".join(each.reading for each in unknown) if how == "lines" else "")
    for why in dict.fromkeys(f"« {each.reading} » : {each.detail}" for each in unknown):
        form.fault(field, why)


def _told(counted: CountedCodes) -> str:
    told = [plural(counted.count(each), *words) for each, words in WORDS.items() if counted.count(each)]
    if counted.missing:
        told.append(plural(counted.missing, "manquant"))
    names = [each.inventory_number for each in counted.codes if each.inventory_number]
    one = f"{names[0]} : " if len(names) == 1 and len(counted.codes) == 1 else ""
    return f"{one}{', '.join(told)}." if told else "Rien ne manque dans ce lieu."


async def _closed(request: Request[Any, Any, Any], sheet: StocktakeSheet) -> Redirect | None:
    """Where whoever counts after the closing is led."""
    try:
        check_running(sheet.stocktake)
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
        address = request.app.route_reverse("stocktake:show", stocktake_id=sheet.stocktake.id)
        return Redirect(address, status_code=303)
    return None


async def _page(
    request: Request[Any, Any, Any],
    sheet: StocktakeSheet,
    form: Form,
    recent: list[UUID],
    actor: Actor,
    *,
    said: str = "",
) -> Response[str]:
    shown = []
    for item_id in recent:
        try:
            shown.append(await read_line(sheet.stocktake.id, item_id, actor=actor))
        except NotFound:
            continue
    places = [
        (each.place or NO_PLACE if each.kind is StocktakePlace.STORE else each.uai, each.title)
        for each in sheet.places
        if each.kind is not StocktakePlace.HOME
    ]
    context = {
        "stocktake": sheet.stocktake,
        "form": form,
        "recent": shown,
        "said": said,
        "places": sorted(dict(places).items(), key=lambda each: each[1]),
    }
    if form.faults:
        return render_form(request, "circuit/stocktake/count.html", form, context)
    return render(request, "circuit/stocktake/count.html", context)


router = page_router(
    "/recolements",
    [show, count],
    audience=Audience.ACCOUNT,
    permission=Permission.READ,
    largest_body=LARGEST_UPLOAD,
)
