"""« Parc »: the list of items and what is done with a selection. The sheet of one item is in `sheet`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import BY_HAND, TERMINAL, ItemStatus
from materiel.domain.item.list import ItemFilter, ItemOrder
from materiel.domain.work.job import Job
from materiel.errors import BadInput, MaterielError
from materiel.use_cases.item.bulk import MOST_ITEMS, Report, SetStatuses, preview_statuses, set_statuses
from materiel.use_cases.item.list import (
    Total,
    count_items,
    export_found,
    item_categories,
    item_funding_services,
    key_of,
    look_through,
    matching_ids,
)
from materiel.use_cases.search.spelling import close_items
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuids_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, render_form

PAGE = 30
GIVEN = tuple(status for status in ItemStatus if status in BY_HAND)
WRITE = {"permission": Permission.WRITE}


@get("/", name="item:list")
async def list_items(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The items that match, a page at a time; the same page answers a script that searches while one types."""
    form = read_query(request)
    wanted = wanted_of(form)
    cursor = form.text("apres") or None
    after: str | UUID | None = (
        read_cursor(cursor, str) if wanted.order is ItemOrder.NUMBER else read_cursor(cursor, UUID)
    )
    found = await look_through(wanted, actor=actor, limit=PAGE + 1, after=after)
    shown, following = cut(found, PAGE, lambda each: key_of(each.item, wanted.order))
    asked = asked_of(wanted)
    several = following or cursor
    context = {
        "form": form,
        "wanted": wanted,
        "lines": shown,
        "total": await count_items(wanted, actor=actor) if several else Total(len(shown)),
        "close": await close_items(wanted.q, actor=actor) if wanted.q and not found and not cursor else [],
        "asked": asked,
        "search": query(**asked),
        "next": query(**asked, apres=following) if following else "",
        "first": query(**asked) if cursor else "",
        "categories": [(category, category) for category in await item_categories(actor=actor)],
        "payers": [(service, service) for service in await item_funding_services(actor=actor)],
        "statuses": list(ItemStatus),
        "families": list(ItemFamily),
        "orders": list(ItemOrder),
    }
    return render(request, "item/list.html", context)


@get("/export.csv", name="item:export")
async def export(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="materiels.csv"'}
    wanted = wanted_of(read_query(request))
    return Stream(export_found(wanted, actor=actor), media_type="text/csv", headers=headers)


@post("/etat", name="item:choose_status", status_code=200, opt=WRITE)
async def choose_status(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Ask which state to give to the items chosen in the list, and why; nothing is written yet."""
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    if not chosen and not form.faults:
        form.fault("", "Aucun matériel n'est choisi : revenez à la liste et cochez-en au moins un.")
    form.set("items", [str(item_id) for item_id in chosen])
    return render(request, "item/status.html", {"form": form, "chosen": chosen, "statuses": GIVEN})


@post("/etats", name="item:set_statuses", opt=WRITE)
async def set_all(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Give the state: at once and back to the list, or by a job whose page shows how far it is.

    What takes items out of the stock is confirmed first, on a page that counts them.
    """
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    status = form.choice("status", ItemStatus, required="Choisissez le nouvel état.")
    reason = form.text("reason", required="Indiquez le motif : il reste dans l'historique de chaque matériel.")
    if status is not None and not form.faults:
        try:
            command = SetStatuses(item_ids=chosen, status=status, reason=reason)
            if status in TERMINAL and not form.ticked("confirmed"):
                report = await preview_statuses(command, actor=actor)
                shown = {"form": form, "chosen": chosen, "status": status, "report": report}
                return render(request, "item/confirm.html", shown)
            done = await set_statuses(command, actor=actor, now=now)
        except MaterielError as error:
            form.refuse(error)
        else:
            if isinstance(done, Job):
                return Redirect(request.app.route_reverse("job:show", job_id=done.id), status_code=303)
            text, kind, left = said(done)
            await session_of(request).flash(text, kind, left=left)
            return Redirect(request.app.route_reverse("item:list"), status_code=303)
    return render_form(request, "item/status.html", form, {"chosen": chosen, "statuses": GIVEN})


def said(report: Report) -> tuple[str, str, str]:
    """What the next page says of a change: the text, its kind, and what was left aside."""
    state = ItemStatus(report.status).label
    text = f"{plural(report.changed, 'matériel passé', 'matériels passés')} à l'état « {state} »."
    reasons = " ".join(f"{each.number} : {each.reason}" for each in report.refused)
    left = f"{plural(len(report.refused), 'laissé tel quel', 'laissés tels quels')}. {reasons}" if reasons else ""
    return text, "success" if report.changed else "info", left


async def chosen_of(form: Form, actor: Actor) -> list[UUID]:
    """The items ticked; or all that match the search, when that is what was asked: all of them, or a fault."""
    if form.ticked("all"):
        try:
            return await matching_ids(wanted_of(form), actor=actor, most=MOST_ITEMS)
        except BadInput as refusal:
            form.refuse(refusal)
            return []
    return uuids_of(form.many("items"))


def wanted_of(form: Form) -> ItemFilter:
    """What a search asks; a value that is in no list asks nothing."""
    status, family, order = form.text("etat"), form.text("famille"), form.text("tri")
    return ItemFilter(
        q=form.text("q")[:200],
        status=ItemStatus(status) if status in set(ItemStatus) else None,
        category=form.text("categorie")[:60],
        family=ItemFamily(family) if family in set(ItemFamily) else None,
        funding_service=form.text("financeur")[:200],
        school=form.text("ecole")[:100],
        order=ItemOrder(order) if order in set(ItemOrder) else ItemOrder.NUMBER,
    )


def asked_of(wanted: ItemFilter) -> dict[str, str]:
    """The same search as the address writes it."""
    order = wanted.order.value if wanted.order is not ItemOrder.NUMBER else ""
    return {
        "q": wanted.q,
        "etat": wanted.status.value if wanted.status else "",
        "categorie": wanted.category,
        "famille": wanted.family.value if wanted.family else "",
        "financeur": wanted.funding_service,
        "ecole": wanted.school,
        "tri": order,
    }


router = account_required("/materiels", [list_items, export, choose_status, set_all], Permission.READ)
