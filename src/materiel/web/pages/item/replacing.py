"""« Remplacer l'étiquette »: an item gets a new code, and the former is worth nothing any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import MaterielError
from materiel.use_cases.item.item import get_item
from materiel.use_cases.item.label import replace_label
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "item/replace_label.html"


@get("/{item_id:uuid}/etiquette", name="item:ask_label")
async def ask(request: Request[Any, Any, Any], item_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[str]:
    """What replacing the label does; nothing is written yet."""
    return render(request, TEMPLATE, {"form": Form(), "item": await get_item(item_id, actor=actor)})


@post("/{item_id:uuid}/etiquette", name="item:replace_label")
async def replace(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Replace it, and go back to the sheet, where the new one is printed."""
    form = await read_form(request)
    item = await get_item(item_id, actor=actor)
    try:
        await replace_label(item_id, form.version(item.version), actor=actor, now=now)
    except MaterielError as error:
        form.refuse(error)
        return render_form(request, TEMPLATE, form, {"form": form, "item": item})
    said = "Étiquette remplacée : imprimez la nouvelle par « Étiqueter », collez-la, et détruisez l'ancienne."
    await session_of(request).flash(said)
    return Redirect(request.app.route_reverse("item:show", item_id=item_id), status_code=303)


router = account_required("/materiels", [ask, replace], Permission.WRITE)
