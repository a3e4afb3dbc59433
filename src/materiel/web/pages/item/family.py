"""The family given to the items chosen in « Parc »: the form, then the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.family import ItemFamily
from materiel.errors import MaterielError
from materiel.use_cases.item.family import set_families
from materiel.web.audience import account_required
from materiel.web.http.forms import read_form
from materiel.web.http.session import session_of
from materiel.web.pages.item.item import chosen_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "item/family.html"
WRITE = {"permission": Permission.WRITE}


@post("/famille", name="item:choose_family", status_code=200, opt=WRITE)
async def choose_family(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Ask which family to give to the items chosen in the list; nothing is written yet."""
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    if not chosen and not form.faults:
        form.fault("", "Aucun matériel n'est choisi : revenez à la liste et cochez-en au moins un.")
    return render(request, TEMPLATE, {"form": form, "chosen": chosen, "families": list(ItemFamily)})


@post("/familles", name="item:set_families", opt=WRITE)
async def set_all(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Give the family, and go back to the list."""
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    family = form.choice("family", ItemFamily, required="Choisissez la famille.")
    if family is not None and not form.faults:
        try:
            changed = await set_families(chosen, family, actor=actor, now=now)
        except MaterielError as error:
            form.refuse(error)
        else:
            done = plural(changed, "matériel rangé", "matériels rangés")
            await session_of(request).flash(f"{done} dans la famille « {family.word} ».")
            return Redirect(request.app.route_reverse("item:list"), status_code=303)
    return render_form(request, TEMPLATE, form, {"chosen": chosen, "families": list(ItemFamily)})


router = account_required("/materiels", [choose_family, set_all], Permission.READ)
