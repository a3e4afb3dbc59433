"""A gap: what is known of the item, and the acts that settle it; then closing the stocktake, and its report."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.stocktake import NOTE_MAX, PLACE_MAX, GapAct, StocktakeLine, StocktakeState
from materiel.domain.incident.incident import IncidentKind
from materiel.errors import MaterielError
from materiel.use_cases.circuit.stocktake.gaps import INCIDENTS, SettleGap, settle_gap
from materiel.use_cases.circuit.stocktake.opening import read_line, read_stocktake
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.signed_copy import Press
from materiel.use_cases.signing.stocktake_report import (
    CloseStocktake,
    close_stocktake,
    draft_report,
    stocktake_report,
)
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.circuit.stocktake.sheet import OUT
from materiel.web.pages.shell.rendering import render, render_form

GAP = "circuit/stocktake/gap.html"
WRITE = {"permission": Permission.WRITE}
ISSUER = {"issuer": Provide(provide_issuer)}
ACTS = {
    "ranger": GapAct.MOVED,
    "incident": GapAct.INCIDENT,
    "question": GapAct.QUESTION,
    "reponse": GapAct.ANSWERED,
    "vu": GapAct.KEPT,
}
DONE = {
    GapAct.MOVED: "est rangé",
    GapAct.INCIDENT: "a son incident",
    GapAct.QUESTION: "fait l'objet d'une question, par courriel",
    GapAct.ANSWERED: "a sa réponse",
    GapAct.KEPT: "est tenu pour vu",
}
NOTES = {
    GapAct.INCIDENT: "what_happened",
    GapAct.QUESTION: "question",
    GapAct.ANSWERED: "answer",
    GapAct.KEPT: "reason",
}
"""The field of each act that holds its note: all the forms are on one page."""


@get("/{stocktake_id:uuid}/materiels/{item_id:uuid}", name="stocktake:gap", opt=WRITE)
async def show(
    request: Request[Any, Any, Any],
    stocktake_id: FromPath[UUID],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What is known of an item, and what may be done."""
    line = await read_line(stocktake_id, item_id, actor=actor)
    form = Form.filled(place=line.seen_place, incident=IncidentKind.LOSS)
    return render(request, GAP, {"form": form, **await _about(stocktake_id, line, actor, now)})


@post(
    "/{stocktake_id:uuid}/materiels/{item_id:uuid}/{act:str}",
    name="stocktake:settle",
    opt=WRITE,
    dependencies=ISSUER,
)
async def settle(
    request: Request[Any, Any, Any],
    stocktake_id: FromPath[UUID],
    item_id: FromPath[UUID],
    act: FromPath[str],
    issuer: NamedDependency[Issuer],
) -> Response[Any]:
    """Do it and come back to the gaps, or show what lacks."""
    asked = ACTS.get(act)
    if asked is None:
        raise NotFoundException
    actor = issuer.actor
    line = await read_line(stocktake_id, item_id, actor=actor)
    form = await read_form(request)
    incident = IncidentKind.LOSS
    if asked is GapAct.INCIDENT:
        kind = form.choice("incident", IncidentKind, required="Choisissez ce qui est arrivé.")
        if kind not in INCIDENTS:
            return render_form(request, GAP, form, await _about(stocktake_id, line, actor, issuer.now))
        incident = kind
    command = SettleGap(
        stocktake_id=stocktake_id,
        item_id=item_id,
        act=asked,
        note=form.text(NOTES[asked]) if asked in NOTES else "",
        place=form.text("place"),
        incident=incident,
    )
    try:
        await settle_gap(command, issuer=issuer)
    except MaterielError as refusal:
        _refuse(form, asked, refusal)
        context = await _about(stocktake_id, line, actor, issuer.now)
        return render_form(request, GAP, form, context)
    await session_of(request).flash(f"Le matériel {line.inventory_number} {DONE[asked]}.")
    address = request.app.route_reverse("stocktake:lines", stocktake_id=stocktake_id)
    return Redirect(f"{address}?resultat=ecarts", status_code=303)


@get("/{stocktake_id:uuid}/cloture", name="stocktake:closing", opt=WRITE)
async def closing(
    request: Request[Any, Any, Any], stocktake_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[Any]:
    """What the closing freezes, before it does."""
    sheet = await read_stocktake(stocktake_id, actor=actor)
    if sheet.stocktake.state is StocktakeState.CLOSED:
        return _to(request, stocktake_id)
    context = {"stocktake": sheet.stocktake, "figures": sheet.figures}
    return render(request, "circuit/stocktake/close.html", context)


@post("/{stocktake_id:uuid}/cloture", name="stocktake:close", opt=WRITE)
async def close(
    request: Request[Any, Any, Any],
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    press: NamedDependency[Press],
    now: NamedDependency[datetime],
) -> Redirect:
    """Freeze the results and make the report."""
    try:
        await close_stocktake(CloseStocktake(stocktake_id=stocktake_id), actor=actor, press=press, now=now)
    except MaterielError as refusal:
        if refusal.code not in {"stocktake.closed", "stocktake.changed"}:
            raise
        await session_of(request).flash(refusal.message, "warning")
    else:
        await session_of(request).flash("Le récolement est clos : son procès-verbal est prêt.")
    return _to(request, stocktake_id)


@get("/{stocktake_id:uuid}/pv.pdf", name="stocktake:report")
async def report(
    stocktake_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    press: NamedDependency[Press],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """The report as it is kept; before the closing, what it would be today."""
    sheet = await read_stocktake(stocktake_id, actor=actor)
    if sheet.stocktake.state is StocktakeState.RUNNING:
        return pdf_answer(await draft_report(stocktake_id, actor=actor, now=now), "projet-de-proces-verbal")
    _, kept = await stocktake_report(stocktake_id, actor=actor, press=press, now=now)
    return pdf_answer(kept.data, "proces-verbal-de-recolement")


def _refuse(form: Form, act: GapAct, refusal: MaterielError) -> None:
    """Each fault beside the field of its act."""
    if refusal.errors and act in NOTES:
        for each in refusal.errors:
            form.fault(NOTES[act] if each.pointer in {"/note", "/description"} else "", each.detail)
    else:
        form.refuse(refusal)


async def _about(stocktake_id: UUID, line: StocktakeLine, actor: Actor, now: datetime) -> dict[str, Any]:
    sheet = await read_stocktake(stocktake_id, actor=actor)
    return {
        "stocktake": sheet.stocktake,
        "line": line,
        "today": actor.civil_date(now),
        "is_out": line.status in OUT,
        "incidents": [(each.value, each.label) for each in INCIDENTS],
        "longest": NOTE_MAX,
        "longest_place": PLACE_MAX,
    }


def _to(request: Request[Any, Any, Any], stocktake_id: UUID) -> Redirect:
    return Redirect(request.app.route_reverse("stocktake:show", stocktake_id=stocktake_id), status_code=303)


router = account_required("/recolements", [show, settle, closing, close, report], Permission.READ)
