"""« Fiche matériel »: one item, where it is and what may be done now; registering and correcting one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.need import NeedLine
from materiel.domain.circuit.workshop.licence import CAME_BACK
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.due import DueAct, due_on_loan
from materiel.domain.item.examination import may_be_prepared
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import FIELDS, TERMINAL, WRITTEN, Item, ItemStatus, Ownership
from materiel.domain.loan.alerts import since_when
from materiel.domain.usage import Custody
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.circuit.matching import oldest_need_for
from materiel.use_cases.circuit.use import uses_of_item
from materiel.use_cases.circuit.workshop.kit import kits_of_items
from materiel.use_cases.circuit.workshop.repair import repairs_of_item
from materiel.use_cases.circuit.workshop.safety import recalls_of_item
from materiel.use_cases.circuit.workshop.seat import seats_of_item
from materiel.use_cases.item.checklist import check_sheets
from materiel.use_cases.item.examination import examination_sheets
from materiel.use_cases.item.item import SetItemStatus, get_item, register_item, set_item_status, update_item
from materiel.use_cases.item.list import item_categories
from materiel.use_cases.item.preparation import status_before_of
from materiel.use_cases.item.sheet import CurrentLoan, ItemSheet, item_sheet
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import Button, ShownDue, shown_in_order
from materiel.web.pages.item import form as item_form
from materiel.web.pages.item.preparation import UNTIL_CHANGED
from materiel.web.pages.shell.filters import day
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
ELSEWHERE = (
    *("inventory_number", "designation", "purchase_price_cents", "status"),
    *("accessories", "missing_accessories"),
)
PURCHASE = ("ownership", "lessor", "lease_ends_on", "acquired_on", "warranty_ends_on", "funding_service")
LABELS = {"acquired_on": "Acquis le"}


@get("/{item_id:uuid}", name="item:show")
async def show(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The sheet of one item; an address may ask for a new state, which the form then proposes."""
    sheet = await item_sheet(item_id, actor=actor, now=now, base_url=settings.printed_url)
    return render(request, "item/show.html", await _context(sheet, read_query(request), actor, now))


@post("/{item_id:uuid}/etat", name="item:set_status", opt=WRITE)
async def set_status(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Give the item another state, with its reason."""
    form = await read_form(request)
    status = form.choice("status", ItemStatus, required="Choisissez le nouvel état.")
    reason = form.text("reason", required="Indiquez le motif : il reste dans l'historique.")
    version = form.whole("version", lowest=1, highest=10**9, required="Rechargez la page, puis recommencez.")
    if status is not None and version is not None and not form.faults:
        try:
            command = SetItemStatus(item_id=item_id, status=status, reason=reason, version=version)
            saved = await set_item_status(command, actor=actor, now=now)
        except MaterielError as error:
            await get_item(item_id, actor=actor)
            form.refuse(error)
        else:
            back = await status_before_of(saved.id, actor=actor)
            undo = (f"/materiels/{saved.id}/annuler-etat", UNTIL_CHANGED)
            said = f"Nouvel état : {saved.status.label.lower()}."
            await session_of(request).flash(said, undo=undo if back is not None else ("", ""))
            return _to_sheet(request, saved.id)
    sheet = await item_sheet(item_id, actor=actor, now=now, base_url=settings.printed_url)
    return render_form(request, "item/show.html", form, await _context(sheet, form, actor, now))


@get("/nouveau", name="item:new", opt=WRITE)
async def new(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The form of a new item."""
    return render(request, "item/edit.html", await _form_context(item_form.blank_form(), None, actor))


@post("/nouveau", name="item:create", opt=WRITE)
async def create(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Register it and show its sheet, or show the form again with every fault."""
    form = await read_form(request)
    command = item_form.to_register(form)
    if not form.faults:
        try:
            item = await register_item(command, actor=actor, now=now)
        except MaterielError as error:
            item_form.refuse(form, error)
        else:
            guessed = "" if command.family else f" Famille devinée d'après ses mots : « {item.family.word} »."
            await session_of(request).flash(f"Matériel {item.inventory_number} enregistré.{guessed}")
            return _to_sheet(request, item.id)
    return render_form(request, "item/edit.html", form, await _form_context(form, None, actor))


@get("/{item_id:uuid}/corriger", name="item:edit", opt=WRITE)
async def edit(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """The form of an item as it is; its number never changes."""
    item = await get_item(item_id, actor=actor)
    return render(request, "item/edit.html", await _form_context(item_form.form_of(item), item, actor))


@post("/{item_id:uuid}/corriger", name="item:update", opt=WRITE)
async def update(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Correct it and show its sheet, or show the form again with every fault."""
    form = await read_form(request)
    item = await get_item(item_id, actor=actor)
    command = item_form.to_update(form, item)
    if not form.faults:
        try:
            saved = await update_item(command, actor=actor, now=now)
        except MaterielError as error:
            item_form.refuse(form, error)
        else:
            await session_of(request).flash("Fiche corrigée.")
            return _to_sheet(request, saved.id)
    return render_form(request, "item/edit.html", form, await _form_context(form, item, actor))


def _to_sheet(request: Request[Any, Any, Any], item_id: UUID) -> Redirect:
    return Redirect(request.app.route_reverse("item:show", item_id=item_id), status_code=303)


async def _form_context(form: Form, item: Item | None, actor: Actor) -> dict[str, object]:
    categories = await item_categories(actor=actor)
    return {
        "form": form,
        "item": item,
        "categories": categories,
        "families": list(ItemFamily),
        "ownerships": list(Ownership),
        "fields": [each for each in FIELDS if each.name in WRITTEN],
    }


async def _context(sheet: ItemSheet, form: Form, actor: Actor, now: datetime) -> dict[str, object]:
    item, today = sheet.item, actor.civil_date(now)
    facts = _facts(item)
    return {
        "sheet": sheet,
        "item": item,
        "identity": [(label, value) for name, label, value in facts if name not in PURCHASE],
        "purchase": [(label, value) for name, label, value in facts if name in PURCHASE],
        "where": _where(item, sheet.current),
        "dues": _dues(sheet, actor, today),
        "uses": await uses_of_item(item.id, actor=actor),
        "exam_sheets": await examination_sheets(item.id, actor=actor),
        "exam_ready": may_be_prepared(item),
        "waiting_need": await _waiting_need(item, actor),
        "recalls": await recalls_of_item(item.id, actor=actor),
        "repairs": await repairs_of_item(item.id, actor=actor),
        "software": [each for each in await seats_of_item(item.id, actor=actor) if each.seat.ended_as is None],
        "check_sheets": await check_sheets(item.id, actor=actor),
        "may_install": item.status not in CAME_BACK,
        "kits": await kits_of_items([item.id], actor=actor),
        "today": today,
        "form": form,
    }


async def _waiting_need(item: Item, actor: Actor) -> NeedLine | None:
    """Who has waited longest for what lies at the service, or is about to."""
    if item.status not in (ItemStatus.IN_STOCK, ItemStatus.TO_PREPARE):
        return None
    found = await oldest_need_for([item], actor=actor)
    return found[1] if found is not None else None


def _dues(sheet: ItemSheet, actor: Actor, today: date) -> list[ShownDue]:
    """What waits about an item: its checks, its open incidents, then what the loan that holds it awaits."""
    item, current = sheet.item, sheet.current
    found: list[tuple[DueAct, Button | None]] = []
    if item.status is ItemStatus.TO_PREPARE:
        since = sheet.life.since
        told = f"Revenu {since_when(since, today)}." if since is not None else "Il est revenu."
        due = DueAct(concerns=(Concern.TO_PREPARE,), detail=told, since=since)
        found.append((due, Button(text="Préparer", to=f"/materiels/{item.id}/preparer")))
    for incident in sheet.incidents:
        if incident.is_open:
            on = actor.civil_date(incident.declared_at)
            told = f"{incident.kind.label}, {since_when(on, today)}."
            due = DueAct(concerns=(Concern.INCIDENT,), detail=told, since=on, subjects=(incident.id,))
            found.append((due, Button(text="Décider", to=f"/incidents/{incident.id}")))
    if current is not None:
        asked = due_on_loan(current.loan, current.documents, current.alerts, pupil=current.pupil, today=today)
        found += [(due, Button(text="Ouvrir le prêt", to=f"/prets/{current.loan.id}")) for due in asked]
    return shown_in_order(found, today, actor=actor)


def _facts(item: Item) -> list[tuple[str, str, str]]:
    """What the sheet says of an item, by field: its name, its label and its value; the price stays in the form."""
    said = {
        "family": item.family.label,
        "ownership": item.ownership.label,
        "lease_ends_on": day(item.lease_ends_on),
        "acquired_on": day(item.acquired_on),
        "warranty_ends_on": day(item.warranty_ends_on),
    }
    shown = [each for each in FIELDS if each.name not in ELSEWHERE]
    return [
        (each.name, LABELS.get(each.name, each.label), said.get(each.name) or getattr(item, each.name) or "")
        for each in shown
    ]


def _where(item: Item, current: CurrentLoan | None) -> str:
    """Where the item is, in words, beside its state; the pupil's name is for the pages of the service."""
    if current is None:
        return {
            ItemStatus.IN_STOCK: "Au service gestionnaire.",
            ItemStatus.TO_PREPARE: "Au service gestionnaire, à préparer avant d'être prêté de nouveau.",
            **dict.fromkeys(TERMINAL, "Sorti du parc."),
            ItemStatus.TRANSFERRED: "Chez un autre service gestionnaire.",
        }.get(item.status, "")
    school = f"{current.school.name} ({current.school.municipality_name})"
    if not current.is_out:
        return f"Au service gestionnaire, réservé pour un prêt : {school}."
    since = f"depuis le {day(current.out_since)}"
    if current.pupil is not None and current.loan.custody is Custody.HOME:
        return f"Au domicile de {current.pupil.first_name} {current.pupil.last_name}, {since}. Scolarité : {school}."
    return f"Sur place, {school}, {since}."


router = account_required("/materiels", [show, set_status, new, create, edit, update], Permission.READ)
