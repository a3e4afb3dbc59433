"""One kit: made of items named by their numbers or labels, its sheet, its parts changed, dissolved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.kit import (
    DESIGNATION_MAX,
    MOST_PARTS,
    NUMBER_MAX,
    REASON_MAX,
    Kit,
    KitState,
    why_not_lent,
)
from materiel.domain.language.typography import bound
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.circuit.workshop.kit import (
    ChangeKit,
    DissolveKit,
    MakeKit,
    change_kit,
    dissolve_kit,
    make_kit,
    read_kit,
)
from materiel.use_cases.item.code import find_meant_item
from materiel.use_cases.item.item import get_item
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import fault_of_code, uuid_of
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
EDIT, SHEET = "circuit/workshop/kit_edit.html", "circuit/workshop/kit.html"
LONGEST = {"number": NUMBER_MAX, "designation": DESIGNATION_MAX, "reason": REASON_MAX, "parts": MOST_PARTS}


@get("/nouveau", name="kit:new", opt=WRITE)
async def new(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The form of a new kit; `?materiel=` names its first part."""
    item_id = uuid_of(read_query(request).text("materiel"))
    first = (await get_item(item_id, actor=actor)).inventory_number if item_id is not None else ""
    return render(request, EDIT, {"form": Form.filled(items=first), "kit": None, "longest": LONGEST})


@post("/nouveau", name="kit:make", opt=WRITE)
async def make(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep it and lead to its sheet; the same page with every message when something lacks."""
    form = await read_form(request)
    chosen = await _named(form, actor)
    if not form.faults:
        command = MakeKit(number=form.text("number"), designation=form.text("designation"), items=chosen)
        try:
            kit = await make_kit(command, actor=actor, now=now)
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash(bound(f"Le kit {kit.number} est fait : il se prête comme une ligne."))
            return _to(request, kit.id)
    return render_form(request, EDIT, form, {"kit": None, "longest": LONGEST})


@get("/{kit_id:uuid}", name="kit:show")
async def show(
    request: Request[Any, Any, Any],
    kit_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Its parts, and what it lacks today."""
    kit = await read_kit(kit_id, actor=actor)
    return render(request, SHEET, {"form": Form(), **_sheet(kit, actor.civil_date(now))})


@get("/{kit_id:uuid}/modifier", name="kit:edit", opt=WRITE)
async def edit(request: Request[Any, Any, Any], kit_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[Any]:
    """The form of a kit as it is; its number never changes."""
    kit = await read_kit(kit_id, actor=actor)
    if kit.state is KitState.DISSOLVED:
        return _to(request, kit_id)
    numbers = "\n".join(each.inventory_number for each in kit.parts)
    form = Form.filled(designation=kit.designation, items=numbers)
    return render(request, EDIT, {"form": form, "kit": kit, "longest": LONGEST})


@post("/{kit_id:uuid}/modifier", name="kit:change", opt=WRITE)
async def change(
    request: Request[Any, Any, Any],
    kit_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Give it other words, or other parts."""
    kit = await read_kit(kit_id, actor=actor)
    form = await read_form(request)
    chosen = await _named(form, actor)
    if not form.faults:
        command = ChangeKit(
            kit_id=kit_id, version=form.version(kit.version), designation=form.text("designation"), items=chosen
        )
        try:
            await change_kit(command, actor=actor, now=now)
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash("Le kit est modifié.")
            return _to(request, kit_id)
    return render_form(request, EDIT, form, {"kit": kit, "longest": LONGEST})


@post("/{kit_id:uuid}/dissoudre", name="kit:dissolve", opt=WRITE)
async def dissolve(
    request: Request[Any, Any, Any],
    kit_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Part what was together."""
    kit = await read_kit(kit_id, actor=actor)
    form = await read_form(request)
    reason = form.text("reason", required="Dites pourquoi : l'historique le garde.")
    if reason:
        command = DissolveKit(kit_id=kit_id, version=form.version(kit.version), reason=reason)
        try:
            await dissolve_kit(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            said = f"Le kit {kit.number} est dissous : ses matériels se prêtent un par un."
            await session_of(request).flash(bound(said))
            return _to(request, kit_id)
    return render_form(request, SHEET, form, _sheet(kit, actor.civil_date(now)))


async def _named(form: Form, actor: Actor) -> tuple[UUID, ...]:
    """The items that the lines name, by number or by a scanned label; a fault for each that names none."""
    found: list[UUID] = []
    for typed in filter(None, map(str.strip, form.lines("items").splitlines())):
        try:
            found.append((await find_meant_item(typed, actor=actor)).id)
        except NotFound as unknown:
            fault_of_code(form, "items", unknown)
    return tuple(dict.fromkeys(found))


def _refuse(form: Form, refusal: MaterielError) -> None:
    """What is wrong with a part, or with a number, is told beside its field."""
    where = {"kit.number_taken": "number", "kit.changed": "", "kit.dissolved": ""}
    form.refuse(refusal, where.get(refusal.code, "items"))


def _to(request: Request[Any, Any, Any], kit_id: UUID) -> Redirect:
    return Redirect(request.app.route_reverse("kit:show", kit_id=kit_id), status_code=303)


def _sheet(kit: Kit, today: date) -> dict[str, Any]:
    return {
        "kit": kit,
        "parts": [(each, why_not_lent(each, today)) for each in kit.parts],
        "available": kit.available(today),
        "is_over": kit.state is KitState.DISSOLVED,
        "today": today,
        "longest": LONGEST,
    }


router = account_required("/kits", [new, make, show, edit, change, dissolve], Permission.READ)
