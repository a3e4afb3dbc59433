"""« Préparer pour un examen »: what is checked of a device, kept on its sheet, printed to be ticked on the spot."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.examination import SOFTWARE_MAX, ExaminationChecks
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.item.examination import examination_sheets, keep_examination_sheet, print_examination_sheet
from materiel.use_cases.item.item import get_item
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.rendering import render, render_form

PAGE = "item/examination.html"
WRITE = {"permission": Permission.WRITE}


@get("/{item_id:uuid}/examen", name="item:examination", opt=WRITE)
async def show(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What is to be checked, with the software of the last sheet."""
    context = await _context(item_id, actor, now)
    last = context["sheets"][0] if context["sheets"] else None
    form = Form.filled(done_on=context["today"], software=last.software if last is not None else "")
    return render(request, PAGE, {"form": form, **context})


@post("/{item_id:uuid}/examen", name="item:keep_examination", opt=WRITE)
async def keep(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep the sheet and lead to it; the same page with what is at fault."""
    context = await _context(item_id, actor, now)
    form = await read_form(request)
    done_on = form.day("done_on", required="Indiquez le jour des vérifications.")
    sits_on = form.day("sits_on")
    if done_on is not None and not form.faults:
        checks = ExaminationChecks(
            done_on=done_on,
            sits_on=sits_on,
            emptied=form.ticked("emptied"),
            radio_off=form.ticked("radio_off"),
            software=form.text("software"),
        )
        try:
            await keep_examination_sheet(item_id, checks, actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("La fiche est gardée : imprimez-la, elle se coche sur place.")
            return Redirect(f"/materiels/{item_id}/examen", status_code=303)
    return render_form(request, PAGE, form, context)


@get("/{item_id:uuid}/examen/{sheet_id:uuid}/pdf", name="item:examination_sheet")
async def show_sheet(
    item_id: FromPath[UUID], sheet_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """A sheet to print."""
    return pdf_answer(await print_examination_sheet(item_id, sheet_id, actor=actor), "fiche-examen")


async def _context(item_id: UUID, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "item": await get_item(item_id, actor=actor),
        "sheets": await examination_sheets(item_id, actor=actor),
        "today": actor.civil_date(now),
        "longest": SOFTWARE_MAX,
    }


router = account_required("/materiels", [show, keep, show_sheet], Permission.READ)
