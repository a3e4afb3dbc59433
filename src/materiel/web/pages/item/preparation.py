"""What is done to an item at the service: prepared, found again, its accessories noted, a state undone.

The list « À préparer » of the home page is in `dashboard`: it prepares several items at once, with the fields of one.
Those that are checked alike are prepared together in `preparing`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.checklist import CheckMoment
from materiel.domain.item.item import Condition, Item
from materiel.domain.item.preparation import ChecksDone, checks_of
from materiel.errors import MaterielError
from materiel.use_cases.item.checklist import lines_of
from materiel.use_cases.item.item import get_item
from materiel.use_cases.item.preparation import (
    AllPrepared,
    NoteAccessories,
    note_accessories,
    prepare_item,
    prepare_items,
    software_on,
    states_before_of,
    status_before_of,
    undo_status,
    undo_statuses,
)
from materiel.use_cases.loan.found import FindItem, find_again
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import chosen_of, uuids_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
ALL_UNTIL_CHANGED = "tant que leur état n'a pas changé de nouveau"
UNTIL_CHANGED = "tant que son état n'a pas changé de nouveau"
ITEMS = "materiels"
"""The field that names the items of an undoing."""
NO_CONDITION = "Dites l'état de ce matériel."


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act and its page. `slug` ends its address; `act` gives None after a fault, else what is said afterwards."""

    slug: str
    name: str
    title: str
    button: str
    act: Callable[[Form, Item, Issuer], Awaitable[str | None]]


def read_prepared(form: Form, item: Item, *, suffix: str = "", done_on: date | None = None) -> ChecksDone | None:
    """The checks typed for an item; None with the faults in the form. `suffix` tells the fields of several items."""
    ticked = tuple(form.many(f"ticked{suffix}"))
    on = done_on or form.day(f"done_on{suffix}", required="Indiquez le jour où c'est fait.")
    condition = form.choice(f"condition{suffix}", Condition, required=NO_CONDITION)
    if on is None or condition is None:
        return None
    return ChecksDone(
        done_on=on,
        condition=condition,
        erased=form.ticked(f"erased{suffix}"),
        uninstalled=form.ticked(f"uninstalled{suffix}"),
        missing_accessories=tuple(name for name in item.accessories if name in form.many(f"missing{suffix}")),
        ticked=ticked if ticked or form.typed(f"asked{suffix}") else None,
        note=form.text(f"note{suffix}"),
    )


async def _prepare(form: Form, item: Item, issuer: Issuer) -> str | None:
    done = read_prepared(form, item)
    if done is None or form.faults:
        return None
    saved = await prepare_item(item.id, done, issuer=issuer)
    return f"{saved.inventory_number} est préparé : {saved.status.label.lower()}."


async def _find(form: Form, item: Item, issuer: Issuer) -> str | None:
    on = form.day("found_on", required="Indiquez le jour où il est retrouvé.")
    condition = form.choice("condition", Condition, required=NO_CONDITION)
    reason = form.text("reason", required="Dites où et comment il est retrouvé : l'historique le garde.")
    if on is None or condition is None or form.faults:
        return None
    saved = await find_again(FindItem(item_id=item.id, found_on=on, condition=condition, reason=reason), issuer=issuer)
    return f"{saved.inventory_number} est retrouvé : {saved.status.label.lower()}."


async def _note_accessories(form: Form, item: Item, issuer: Issuer) -> str | None:
    told = {rank: form.typed(f"lacked-{rank}") for rank, _ in enumerate(item.missing_accessories)}
    command = NoteAccessories(
        item_id=item.id,
        found=tuple(name for rank, name in enumerate(item.missing_accessories) if told[rank] == "found"),
        replaced=tuple(name for rank, name in enumerate(item.missing_accessories) if told[rank] == "replaced"),
        missing=tuple(name for name in item.accessories if name in form.many("missing")),
        reason=form.text("reason"),
    )
    await note_accessories(command, issuer=issuer)
    return "Les accessoires sont notés."


async def _undo(form: Form, item: Item, issuer: Issuer) -> str | None:
    reason = form.text("reason", required="Dites pourquoi c'est une erreur : l'historique le garde.")
    if form.faults:
        return None
    saved = await undo_status(item.id, reason, issuer=issuer)
    return f"C'est annulé : {saved.inventory_number} est de nouveau « {saved.status.label} »."


async def _lines(item: Item, actor: Actor) -> tuple[str, ...]:
    """What the service checks of it before it is lent."""
    return (await lines_of([item], CheckMoment.PREPARATION, actor=actor)).get(item.id, ())


ACTS = (
    Act(slug="preparer", name="prepare", title="Préparer", button="Enregistrer les vérifications", act=_prepare),
    Act(slug="retrouver", name="find", title="Matériel retrouvé", button="Enregistrer comme retrouvé", act=_find),
    Act(
        slug="accessoires",
        name="accessories",
        title="Noter les accessoires",
        button="Noter les accessoires",
        act=_note_accessories,
    ),
    Act(slug="annuler-etat", name="undo", title="Annuler l'état donné", button="Annuler cet état", act=_undo),
)


def handlers(each: Act) -> list[Any]:
    """The page of an act and what its form does."""
    template = f"item/{each.name}.html"

    async def context(item: Item, today: date, actor: Actor) -> dict[str, Any]:
        return {
            "act": each,
            "item": item,
            "today": today,
            "conditions": list(Condition),
            "checks": checks_of(item),
            "lines": [(name, name) for name in await _lines(item, actor)] if each.name == "prepare" else [],
            "software": await software_on(item.id, actor=actor) if each.name == "prepare" else [],
            "pairs": [(name, name) for name in item.accessories],
            "before": await status_before_of(item.id, actor=actor) if each.name == "undo" else None,
        }

    @get(f"/{{item_id:uuid}}/{each.slug}", name=f"item:{each.name}", opt=WRITE)
    async def ask(
        request: Request[Any, Any, Any],
        item_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        today: NamedDependency[date],
    ) -> Response[str]:
        """The form, filled with what is likeliest."""
        item = await get_item(item_id, actor=actor)
        form = Form.filled(done_on=today, found_on=today).take(read_query(request))
        return render(request, template, {"form": form, **await context(item, today, actor)})

    @post(f"/{{item_id:uuid}}/{each.slug}", name=f"item:{each.name}:do", opt=WRITE)
    async def do(
        request: Request[Any, Any, Any],
        item_id: FromPath[UUID],
        issuer: NamedDependency[Issuer],
        today: NamedDependency[date],
    ) -> Response[Any]:
        """Do it, or show the form again with every message."""
        form = await read_form(request)
        item = await get_item(item_id, actor=issuer.actor)
        said = None
        try:
            said = await each.act(form, item, issuer)
        except MaterielError as refusal:
            form.refuse(refusal)
        if said is None:
            return render_form(request, template, form, await context(item, today, issuer.actor))
        # What an act has just given is undone as what was given by hand; undoing is not undone again.
        back = None if each.name in ("undo", "accessories") else await status_before_of(item.id, actor=issuer.actor)
        undo = (f"/materiels/{item.id}/annuler-etat", UNTIL_CHANGED) if back is not None else ("", "")
        await session_of(request).flash(said, undo=undo)
        return Redirect(request.app.route_reverse("item:show", item_id=item.id), status_code=303)

    return [ask, do]


@post("/preparer", name="item:prepare_all", opt=WRITE)
async def prepare_all(
    request: Request[Any, Any, Any], issuer: NamedDependency[Issuer], today: NamedDependency[date]
) -> Response[Any]:
    """Prepare the items ticked in the list, or the one of its line; what is refused stays there, with its reason."""
    form = await read_form(request)
    done_on = form.day("done_on") or today
    wanted = []
    for item_id in chosen_of(form, "items"):
        item = await get_item(item_id, actor=issuer.actor)
        done = read_prepared(form, item, suffix=f"-{item_id}", done_on=done_on)
        if done is not None:
            wanted.append((item_id, done))
    back = Redirect(request.app.route_reverse("dashboard:list", concern="a-preparer"), status_code=303)
    if form.faults:
        await session_of(request).flash(form.faults[0].detail, "warning")
        return back
    try:
        done_all = await prepare_items(wanted, issuer=issuer)
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    else:
        await say_prepared(request, done_all)
    return back


async def say_prepared(request: Request[Any, Any, Any], told: AllPrepared) -> None:
    """Tell on the next page how many items are prepared, and why the others are not."""
    said = f"{plural(len(told.done), 'matériel préparé', 'matériels préparés')}."
    reasons = " ".join(dict.fromkeys(told.refused.values()))
    left = f"{plural(len(told.refused), 'laissé', 'laissés')} : {reasons}" if reasons else ""
    await session_of(request).flash(said, "success" if told.done else "info", left=left)


@get("/etats/annuler", name="item:undo_all", opt=WRITE)
async def undo_all_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """What undoing a state given to several items does to each, before it is done."""
    form = read_query(request)
    return render(request, "item/undo_all.html", await _to_undo(form, actor))


@post("/etats/annuler", name="item:undone_all", opt=WRITE)
async def undo_all(request: Request[Any, Any, Any], issuer: NamedDependency[Issuer]) -> Response[Any]:
    """Undo it item by item, and say what could not be; or say why nothing was."""
    form = await read_form(request)
    reason = form.text("reason", required="Dites pourquoi c'est une erreur : l'historique le garde.")
    if not form.faults:
        try:
            undone = await undo_statuses(_named(form), reason, issuer=issuer)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            if undone.done:
                said = f"{plural(len(undone.done), 'état annulé', 'états annulés')} : l'historique garde les deux."
                reasons = " ".join(f"{item.inventory_number} : {why}" for item, why in undone.refused)
                number = plural(len(undone.refused), "laissé tel quel", "laissés tels quels")
                await session_of(request).flash(said, left=f"{number}. {reasons}" if reasons else "")
                return Redirect(request.app.route_reverse("item:list"), status_code=303)
            form.fault("", "Rien n'est annulé : ces états ne se défont plus.")
    return render_form(request, "item/undo_all.html", form, await _to_undo(form, issuer.actor))


async def _to_undo(form: Form, actor: Actor) -> dict[str, object]:
    given = await states_before_of(_named(form), actor=actor)
    undone = [each for each in given if each.before is not None]
    return {"form": form, "given": given, "undone": len(undone), "asked": form.typed(ITEMS)}


def undo_of_statuses(item_ids: Sequence[UUID]) -> tuple[str, str]:
    """Where the state just given to these items is undone, and as long as when, as `flash` takes it."""
    return f"/materiels/etats/annuler{query(**{ITEMS: ','.join(map(str, item_ids))})}", ALL_UNTIL_CHANGED


def _named(form: Form) -> list[UUID]:
    return uuids_of(form.typed(ITEMS).split(","))


HANDLERS = [prepare_all, undo_all_page, undo_all, *(handler for each in ACTS for handler in handlers(each))]
router = Router(
    "/",
    route_handlers=[account_required("/materiels", HANDLERS, Permission.READ)],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
