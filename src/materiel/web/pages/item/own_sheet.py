"""« Planches du service »: a sheet of labels that it measures itself, seen before it is kept, corrected, deleted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.documents.labels.formats import LabelFormat
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.label_sheet import MEASURES, DescribedSheet, Measure, OwnSheet
from materiel.errors import MaterielError
from materiel.use_cases.item.label_sheet import (
    ChangeSheet,
    change_sheet,
    delete_sheet,
    drawn_sheet,
    get_own_sheet,
    keep_sheet,
    list_own_sheets,
    try_sheet,
)
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.filters import millimetres
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "item/label_sheet/edit.html"
A4 = {"page_width_mm": "210", "page_height_mm": "297", "shift_right_mm": "0", "shift_down_mm": "0"}


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """One label of a sheet as it is drawn small: its corner, and that of its code, in mm as an SVG wants them."""

    left: str
    top: str
    code_left: str
    code_top: str


@get("/", name="label_sheet:list")
async def list_sheets(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The sheets that the service keeps."""
    return render(request, "item/label_sheet/list.html", {"sheets": await list_own_sheets(actor=actor)})


@get("/nouvelle", name="label_sheet:new")
async def new(request: Request[Any, Any, Any]) -> Response[str]:
    """The form of a new sheet, on a page of A4."""
    return render(request, TEMPLATE, _context(Form.filled(**A4), None))


@post("/nouvelle", name="label_sheet:create", status_code=200)
async def create(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Show how the sheet would be printed, try it, or keep it."""
    return await _answer(request, None, actor, now)


@get("/{sheet_id:uuid}", name="label_sheet:edit")
async def edit(
    request: Request[Any, Any, Any], sheet_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """The form of a sheet as it is kept, and how it is printed."""
    sheet = await get_own_sheet(sheet_id, actor=actor)
    form = Form.filled(title=sheet.title)
    for each in MEASURES:
        form.set(each.name, millimetres(getattr(sheet.measures, each.name)))
    drawn = drawn_sheet(_described(form), actor=actor)
    return render(request, TEMPLATE, _context(form, sheet, drawn))


@post("/{sheet_id:uuid}", name="label_sheet:update", status_code=200)
async def update(
    request: Request[Any, Any, Any],
    sheet_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Show how the sheet would be printed once corrected, try it, or keep it so."""
    return await _answer(request, await get_own_sheet(sheet_id, actor=actor), actor, now)


@get("/{sheet_id:uuid}/supprimer", name="label_sheet:confirm_delete")
async def confirm_delete(
    request: Request[Any, Any, Any], sheet_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What deleting it does."""
    return render(request, "item/label_sheet/delete.html", {"sheet": await get_own_sheet(sheet_id, actor=actor)})


@post("/{sheet_id:uuid}/supprimer", name="label_sheet:delete")
async def delete(
    request: Request[Any, Any, Any],
    sheet_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Delete it."""
    await delete_sheet(sheet_id, actor=actor, now=now)
    await session_of(request).flash("Planche supprimée.")
    return Redirect(request.app.route_reverse("label_sheet:list"), status_code=303)


async def _answer(
    request: Request[Any, Any, Any], sheet: OwnSheet | None, actor: Actor, now: datetime
) -> Response[Any]:
    form = await read_form(request)
    described = _described(form)
    drawn: LabelFormat | None = None
    if not form.faults:
        try:
            if form.typed("what") == "calibration":
                return pdf_answer(await asyncio.to_thread(try_sheet, described, actor=actor), "calage")
            if form.typed("what") == "keep":
                kept = await _keep(form, described, sheet, actor, now)
                said = (
                    f"Planche « {kept.title} » enregistrée : elle est parmi celles que vous choisissez pour imprimer."
                )
                await session_of(request).flash(said)
                return Redirect(request.app.route_reverse("label_sheet:list"), status_code=303)
            drawn = drawn_sheet(described, actor=actor)
        except MaterielError as error:
            form.refuse(error)
    context = _context(form, sheet, drawn)
    return render_form(request, TEMPLATE, form, context) if form.faults else render(request, TEMPLATE, context)


async def _keep(form: Form, described: DescribedSheet, sheet: OwnSheet | None, actor: Actor, now: datetime) -> OwnSheet:
    if sheet is None:
        return await keep_sheet(described, actor=actor, now=now)
    changes = {"title": described.title} | {each.name: getattr(described, each.name) for each in MEASURES}
    command = ChangeSheet(sheet_id=sheet.id, version=form.version(sheet.version), changes=changes)
    return await change_sheet(command, actor=actor, now=now)


def _described(form: Form) -> DescribedSheet:
    """What was typed; a measure that is no number is told, and counts for nothing."""
    values: dict[str, Any] = {each.name: _measure(form, each) for each in MEASURES}
    return DescribedSheet(title=form.text("title", required="Nommez cette planche."), **values)


def _measure(form: Form, measure: Measure) -> float:
    typed = form.text(measure.name).replace(",", ".").replace("−", "-").removesuffix("mm").strip()
    try:
        return int(typed) if measure.is_count else float(typed)
    except ValueError:
        form.fault(measure.name, measure.wanted)
        return measure.highest


def _context(form: Form, sheet: OwnSheet | None, drawn: LabelFormat | None = None) -> dict[str, object]:
    context: dict[str, object] = {"form": form, "sheet": sheet, "drawn": drawn, "measures": MEASURES}
    if drawn is not None:
        aside = (drawn.printed_height_mm - drawn.code_mm) / 2
        corners = [drawn.cell(number) for number in range(1, drawn.cells + 1)]
        context["cells"] = [
            DrawnCell(_svg(left - drawn.inset_x_mm), _svg(top - drawn.inset_y_mm), _svg(left), _svg(top + aside))
            for left, top in corners
        ]
    return context


def _svg(length: float) -> str:
    return f"{length:.2f}"


router = account_required(
    "/etiquettes/planches",
    [list_sheets, new, create, edit, update, confirm_delete, delete],
    Permission.WRITE,
)
