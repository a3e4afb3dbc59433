"""The family given to the items chosen in « Parc »: the form, then the change."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import LotAct
from materiel.domain.item.family import ItemFamily
from materiel.errors import MaterielError
from materiel.use_cases.desk.lots.lot import StartLot, is_many
from materiel.use_cases.item.family import set_families
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import lead_to_lot
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


@post("/familles", name="item:set_families", opt=WRITE, dependencies={"issuer": Provide(provide_issuer)})
async def set_all(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Give the family, and go back to the list; beyond a few dozens, follow the job that does."""
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    family = form.choice("family", ItemFamily, required="Choisissez la famille.")
    if family is not None and not form.faults:
        try:
            if is_many(chosen):
                command = StartLot(act=LotAct.SET_FAMILY, references=tuple(chosen), family=family)
                return await lead_to_lot(request, command, issuer)
            changed = await set_families(chosen, family, actor=actor, now=issuer.now)
        except MaterielError as error:
            form.refuse(error)
        else:
            done = plural(changed, "matériel rangé", "matériels rangés")
            await session_of(request).flash(f"{done} dans la famille « {family.word} ».")
            return Redirect(request.app.route_reverse("item:list"), status_code=303)
    return render_form(request, TEMPLATE, form, {"chosen": chosen, "families": list(ItemFamily)})


router = account_required("/materiels", [choose_family, set_all], Permission.READ)
