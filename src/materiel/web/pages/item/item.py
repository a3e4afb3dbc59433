"""« Parc »: the list of items and what is done with a selection. The sheet of one item is in `sheet`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import LotAct
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import BY_HAND, TERMINAL, ItemStatus
from materiel.domain.item.list import BY_NUMBER, NEWEST, OLDEST, ItemFilter
from materiel.domain.language.order import LinePlace, Order
from materiel.errors import BadInput, MaterielError, NotFound
from materiel.exchange.writing import Cell, Euros
from materiel.use_cases.desk.lots.lot import StartLot, is_many
from materiel.use_cases.item.bulk import MOST_ITEMS, Report, SetStatuses, preview_statuses, set_statuses
from materiel.use_cases.item.code import item_of_label
from materiel.use_cases.item.list import (
    ListedItem,
    count_by_status,
    export_found,
    item_categories,
    item_funding_services,
    look_through,
    matching_ids,
    total_items,
)
from materiel.use_cases.item.preparation import UNDONE
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.search.spelling import close_items
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import lead_to_lot, sheet_of_replaced, uuids_of
from materiel.web.pages.item.preparation import undo_of_statuses
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.listing import export_of, listing_of
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.shell.view import ListColumn, ListFilter, Sorts, View, ViewTab

PAGE = 30
GIVEN = tuple(status for status in ItemStatus if status in BY_HAND)
NEVER_LABELLED = "jamais"
WRITE = {"permission": Permission.WRITE}


@get("/", name="item:list")
async def list_items(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """The items that match, a page at a time; the same page answers a script that searches while one types."""
    listing = await listing_of(PARK, request, actor=actor, now=now, page=PAGE)
    is_in_vain = bool(listing.q) and not listing.lines and listing.is_first
    context = {
        "listing": listing,
        "close": await close_items(listing.q, actor=actor) if is_in_vain else [],
        "label": await _read_label(listing.q, actor) if is_in_vain else None,
        "today": actor.civil_date(now),
    }
    return render(request, "item/list.html", context)


async def _read_label(q: str, actor: Actor) -> tuple[str, str, tuple[str, str]] | None:
    """What is said of a label that was read instead of words: the kind of the alert, a sentence, where it leads."""
    try:
        item = await item_of_label(q, actor=actor)
    except NotFound as replaced:
        return "warning", replaced.message, sheet_of_replaced(replaced)
    if item is None:
        return None
    leads_to = f"/materiels/{item.id}", f"Ouvrir la fiche de {item.inventory_number}"
    return "info", f"Cette étiquette est celle du matériel {item.inventory_number}.", leads_to


@get("/export.csv", name="item:export")
async def export(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Stream:
    """The items that match with the columns that an import reads, to be corrected in a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="materiels.csv"'}
    wanted = wanted_of(read_query(request))
    return Stream(export_found(wanted, actor=actor), media_type="text/csv", headers=headers)


@get(["/vue.csv", "/vue.xlsx"], name="item:view")
async def export_view(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Stream:
    """What the list shows, whole, for a spreadsheet."""
    return await export_of(PARK, request, actor=actor, now=now)


@post("/etat", name="item:choose_status", status_code=200, opt=WRITE)
async def choose_status(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Ask which state to give to the items chosen in the list, and why; nothing is written yet."""
    form = await read_form(request)
    chosen = await chosen_of(form, actor)
    if not chosen and not form.faults:
        form.fault("", "Aucun matériel n'est choisi : revenez à la liste et cochez-en au moins un.")
    form.set("items", [str(item_id) for item_id in chosen])
    return render(request, "item/status.html", {"form": form, "chosen": chosen, "statuses": GIVEN})


@post("/etats", name="item:set_statuses", opt=WRITE, dependencies={"issuer": Provide(provide_issuer)})
async def set_all(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Give the state, and go back to the list; beyond a few dozens, follow the job that does.

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
            if is_many(chosen):
                lot = StartLot(act=LotAct.SET_STATUS, references=tuple(chosen), status=status, reason=reason)
                return await lead_to_lot(request, lot, issuer)
            done = await set_statuses(command, actor=actor, now=issuer.now)
        except MaterielError as error:
            form.refuse(error)
        else:
            text, kind, left = said(done)
            undo = undo_of_statuses(done.items) if done.items and status in UNDONE else ("", "")
            if done.items and status not in UNDONE:
                text += " Pour revenir en arrière, redonnez l'état d'avant."
            await session_of(request).flash(text, kind, left=left, undo=undo)
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


def wanted_of(form: Form, order: Order = BY_NUMBER) -> ItemFilter:
    """What a search asks; a value that is in no list asks nothing."""
    status, family = form.text("etat"), form.text("famille")
    return ItemFilter(
        q=form.text("q")[:200],
        status=ItemStatus(status) if status in set(ItemStatus) else None,
        category=form.text("categorie")[:60],
        family=ItemFamily(family) if family in set(ItemFamily) else None,
        funding_service=form.text("financeur")[:200],
        school=form.text("ecole")[:100],
        never_labelled=form.text("etiquette") == NEVER_LABELLED,
        order=order,
    )


async def filters(form: Form, actor: Actor) -> list[ListFilter]:
    """What narrows the list: the categories and the payers are those in use."""
    categories, payers = await item_categories(actor=actor), await item_funding_services(actor=actor)
    told = [
        ListFilter(name="etat", title="État", options=[(each.value, each.label) for each in ItemStatus]),
        ListFilter(name="categorie", title="Catégorie", options=[(each, each) for each in categories], any="Toutes"),
        ListFilter(
            name="famille", title="Famille", options=[(each.value, each.label) for each in ItemFamily], any="Toutes"
        ),
        ListFilter(name="financeur", title="Service financeur", options=[(each, each) for each in payers]),
        ListFilter(name="etiquette", title="Étiquette", options=[(NEVER_LABELLED, "Jamais étiqueté")]),
        ListFilter(name="ecole", title="Établissement", hint="Nom, commune ou UAI"),
    ]
    return [each for each in told if each.options != []]


async def tabs(actor: Actor, now: datetime) -> list[ViewTab]:
    """All the items, and those of each state in which there are some."""
    by_status = await count_by_status(actor=actor)
    states = [ViewTab(each.label, {"etat": each.value}, by_status[each]) for each in ItemStatus if each in by_status]
    return [ViewTab("Tout", {}, sum(by_status.values())), *states]


async def page_of(
    wanted: ItemFilter, *, actor: Actor, now: datetime, limit: int, after: LinePlace | None
) -> list[ListedItem]:
    """Lines of the list."""
    return await look_through(wanted, actor=actor, limit=limit, after=after)


def price_of(each: ListedItem, _: Actor) -> Cell:
    """What an item cost, for a table."""
    cents = each.item.purchase_price_cents
    return None if cents is None else Euros(cents)


PARK = View(
    path="/materiels",
    noun="matériel",
    nouns="matériels",
    columns=(
        ListColumn(name="numero", title="Numéro", sorts=Sorts.ALWAYS, cell=lambda each, _: each.item.inventory_number),
        ListColumn(
            name="designation",
            title="Désignation",
            width="m-what",
            sorts=Sorts.ALWAYS,
            cell=lambda each, _: " ".join((each.item.designation, each.item.brand, each.item.model)).strip(),
        ),
        ListColumn(name="etat", title="État", sorts=Sorts.ALWAYS, cell=lambda each, _: each.item.status),
        ListColumn(
            name="chez",
            title="Chez",
            sorts=Sorts.FEW,
            cell=lambda each, _: each.holder.pupil_name if each.holder else None,
        ),
        ListColumn(
            name="ou",
            title="Établissement",
            width="m-wide",
            sorts=Sorts.FEW,
            cell=lambda each, _: each.holder.school_name if each.holder else None,
        ),
        ListColumn(
            name="depuis",
            title="Depuis",
            width="m-n m-wide",
            sorts=Sorts.FEW,
            kind=date,
            cell=lambda each, _: each.holder.since if each.holder else None,
        ),
        ListColumn(
            name="acquis",
            title="Acquis",
            width="m-n m-xwide",
            sorts=Sorts.FEW,
            kind=date,
            last_first=True,
            cell=lambda each, _: each.item.acquired_on,
        ),
        ListColumn(
            name="prix",
            title="Prix",
            width="m-n",
            sorts=Sorts.ALWAYS,
            kind=int,
            last_first=True,
            euros=True,
            cell=price_of,
        ),
    ),
    order=BY_NUMBER,
    extra=((NEWEST, "Ajoutés récemment", UUID), (OLDEST, "Ajoutés il y a longtemps", UUID)),
    former={"recents": NEWEST, "anciens": OLDEST},
    read=wanted_of,
    page=page_of,
    total=total_items,
    place=lambda each: each.place,
    filters=filters,
    tabs=tabs,
    file="parc",
)

router = account_required("/materiels", [list_items, export, export_view, choose_status, set_all], Permission.READ)
