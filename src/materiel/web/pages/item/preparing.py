"""Items that came back and are checked alike, prepared together: what the checks concern, then one answer for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import LotAct
from materiel.domain.item.item import Condition
from materiel.domain.item.preparation import ChecksDone, checks_of
from materiel.errors import MaterielError
from materiel.use_cases.desk.lots.lot import StartLot, is_many
from materiel.use_cases.item.item import get_item
from materiel.use_cases.item.preparation import LookedOver, look_over, prepare_items
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.pages.acting import lead_to_lot
from materiel.web.pages.item.item import chosen_of
from materiel.web.pages.item.preparation import say_prepared
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "item/preparing.html"
OPT = {"permission": Permission.WRITE}
TODAY = {"today": Provide(provide_today)}
FROM_HOME = "a-preparer"
"""What the list of the home page says of itself, to be gone back to."""


@post("/preparation", name="item:choose_prepared", status_code=200, opt=OPT, dependencies=TODAY)
async def choose(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], today: NamedDependency[date]
) -> Response[str]:
    """Ask what was checked on the items chosen in a list; nothing is written yet."""
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    if not chosen and not form.faults:
        form.fault("", "Aucun matériel n'est choisi : revenez à la liste et cochez-en au moins un.")
    form.set("done_on", today.isoformat())
    return render(request, TEMPLATE, await _context(form, chosen, today, actor))


@post("/preparations", name="item:prepare_chosen", opt=OPT, dependencies=TODAY | {"issuer": Provide(provide_issuer)})
async def prepare_chosen(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    issuer: NamedDependency[Issuer],
    today: NamedDependency[date],
) -> Response[Any]:
    """Prepare them, and go back to the list; beyond a few dozens, follow the job that does."""
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    on = form.day("done_on", required="Indiquez le jour où c'est fait.")
    condition = form.choice("condition", Condition, required="Dites l'état de ces matériels.")
    if on is not None and condition is not None and not form.faults:
        erased, uninstalled = form.ticked("erased"), form.ticked("uninstalled")
        try:
            if is_many(chosen):
                command = StartLot(
                    act=LotAct.PREPARE,
                    references=tuple(chosen),
                    on=on,
                    condition=condition,
                    erased=erased,
                    uninstalled=uninstalled,
                )
                return await lead_to_lot(request, command, issuer)
            wanted = []
            for item_id in chosen:
                needed = checks_of(await get_item(item_id, actor=actor))
                done = ChecksDone(
                    done_on=on,
                    condition=condition,
                    erased=needed.erased and erased,
                    uninstalled=needed.uninstalled and uninstalled,
                )
                wanted.append((item_id, done))
            done_all = await prepare_items(wanted, issuer=issuer)
        except MaterielError as error:
            form.refuse(error)
        else:
            await say_prepared(request, done_all)
            return Redirect(_back(request, form), status_code=303)
    return render_form(request, TEMPLATE, form, await _context(form, chosen, today, actor))


def _back(request: Request[Any, Any, Any], form: Form) -> str:
    if form.typed("concern") == FROM_HOME:
        return request.app.route_reverse("dashboard:list", concern=FROM_HOME)
    return request.app.route_reverse("item:list")


async def _context(form: Form, chosen: Sequence[UUID], today: date, actor: Actor) -> dict[str, Any]:
    looked: LookedOver = await look_over(chosen, actor=actor)
    return {"form": form, "chosen": chosen, "looked": looked, "today": today, "conditions": list(Condition)}


router = account_required("/materiels", [choose, prepare_chosen], Permission.READ)
