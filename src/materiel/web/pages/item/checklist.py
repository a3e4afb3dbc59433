"""« Vérifications »: the lines that a service checks, family by family; and the sheet to tick on paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.checklist import LINE_MAX, MOST_LINES, CheckMoment
from materiel.domain.item.family import HOLDING_DATA, ItemFamily
from materiel.errors import MaterielError
from materiel.use_cases.item.checklist import WriteChecklist, print_check_list, read_checklists, write_checklist
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.rendering import render, render_form

PAGE, EDIT = "item/checklist/lists.html", "item/checklist/edit.html"
MOMENTS = {"preparation": CheckMoment.PREPARATION, "retour": CheckMoment.RETURN}
ALWAYS = {
    **dict.fromkeys(HOLDING_DATA, "Les données sont effacées"),
    ItemFamily.SOFTWARE: "Le logiciel est désinstallé",
}
"""What the law asks for before another loan, whatever a service writes."""


@get("/verifications", name="checklist:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Each family, and how many lines are checked at each moment."""
    known = {(each.family, each.moment): each for each in await read_checklists(actor=actor)}
    rows = [(of, [(slug, each, known.get((of, each))) for slug, each in MOMENTS.items()]) for of in ItemFamily]
    return render(request, PAGE, {"rows": rows, "always": ALWAYS})


@get("/verifications/{family:str}/{moment:str}", name="checklist:edit")
async def edit_page(
    request: Request[Any, Any, Any], family: FromPath[str], moment: FromPath[str], actor: NamedDependency[Actor]
) -> Response[str]:
    """The lines in force, one a line, and the lists that they replaced."""
    context = await _context(family, moment, actor)
    form = Form.filled(lines="\n".join(context["versions"][0].lines) if context["versions"] else "")
    return render(request, EDIT, {"form": form, **context})


@post("/verifications/{family:str}/{moment:str}", name="checklist:write")
async def write_page(
    request: Request[Any, Any, Any],
    family: FromPath[str],
    moment: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep other lines, or show the form again with what is wrong."""
    context = await _context(family, moment, actor)
    form = await read_form(request)
    lines = tuple(form.typed("lines").splitlines())
    try:
        command = WriteChecklist(family=context["family"], moment=context["moment"], lines=lines)
        await write_checklist(command, actor=actor, now=now)
    except MaterielError as refusal:
        for each in refusal.errors:
            form.fault("lines", each.detail)
        if not refusal.errors:
            form.refuse(refusal)
        return render_form(request, EDIT, form, context)
    await session_of(request).flash("La liste est enregistrée. Ce qui est déjà coché garde ses mots.")
    return Redirect(request.app.route_reverse("checklist:list"), status_code=303)


@get("/{item_id:uuid}/verifications/{moment:str}/pdf", name="item:check_list")
async def show_list(
    item_id: FromPath[UUID], moment: FromPath[str], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """What is to be checked of an item, to tick on paper."""
    if moment not in MOMENTS:
        raise NotFoundException
    return pdf_answer(await print_check_list(item_id, MOMENTS[moment], actor=actor, now=now), "verifications")


async def _context(family: str, moment: str, actor: Actor) -> dict[str, Any]:
    if family not in set(ItemFamily) or moment not in MOMENTS:
        raise NotFoundException
    of, at = ItemFamily(family), MOMENTS[moment]
    versions = [each for each in await read_checklists(actor=actor) if (each.family, each.moment) == (of, at)]
    return {
        "family": of,
        "moment": at,
        "slug": moment,
        "always": ALWAYS.get(of, "") if at is CheckMoment.PREPARATION else "",
        "versions": versions[::-1],
        "longest": LINE_MAX,
        "most": MOST_LINES,
    }


router = Router(
    "/",
    route_handlers=[
        account_required("/reglages", [list_page, edit_page, write_page], Permission.ADMINISTER),
        account_required("/materiels", [show_list], Permission.READ),
    ],
)
