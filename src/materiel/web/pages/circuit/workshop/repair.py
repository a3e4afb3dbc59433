"""One repair: sending an item to a provider, correcting what was announced, noting that it is back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.repair import (
    FAULT_MAX,
    NOTE_MAX,
    PROVIDER_MAX,
    REASON_MAX,
    RepairLine,
    RepairOutcome,
    RepairStage,
    warranty_holds,
)
from materiel.domain.item.item import Item
from materiel.domain.language.typography import bound
from materiel.errors import MaterielError
from materiel.use_cases.circuit.workshop.repair import (
    CorrectRepair,
    EndRepair,
    SendToRepair,
    correct_repair,
    end_repair,
    read_repair,
    send_to_repair,
)
from materiel.use_cases.circuit.workshop.repair_undo import UndoRepair, UndoRepairEnd, undo_repair, undo_repair_end
from materiel.use_cases.item.item import get_item
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuid_of
from materiel.web.pages.circuit.workshop.repair_list import WARRANTY
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
SEND, SHEET = "circuit/workshop/send_to_repair.html", "circuit/workshop/repair.html"


@get("/nouvelle", name="repair:new", opt=WRITE)
async def new(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Where an item goes, and when it is to come back; `?materiel=` names it."""
    item_id = uuid_of(read_query(request).text("materiel"))
    if item_id is None:
        return Redirect(request.app.route_reverse("repair:list"), status_code=303)
    today = actor.civil_date(now)
    item = await get_item(item_id, actor=actor)
    return render(request, SEND, {"form": Form.filled(sent_on=today), **_asking(item, today)})


@post("/nouvelle", name="repair:send", opt=WRITE)
async def send(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep it and lead to its sheet; the same page with every message when something lacks."""
    form = await read_form(request)
    item_id = uuid_of(form.text("materiel"))
    if item_id is None:
        return Redirect(request.app.route_reverse("repair:list"), status_code=303)
    item = await get_item(item_id, actor=actor)
    asked = _read(form)
    if asked is not None:
        try:
            repair = await send_to_repair(SendToRepair(item_id=item_id, **asked), actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            said = f"Le matériel {item.inventory_number} est en réparation : {WARRANTY[repair.under_warranty]}."
            await session_of(request).flash(bound(said))
            return _to(request, repair.id)
    return render_form(request, SEND, form, _asking(item, actor.civil_date(now)))


@get("/{repair_id:uuid}", name="repair:show")
async def show(
    request: Request[Any, Any, Any],
    repair_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Where it stands, and what may be noted."""
    line = await read_repair(repair_id, actor=actor)
    repair = line.repair
    form = Form.filled(
        provider=repair.provider,
        fault=repair.fault,
        sent_on=repair.sent_on,
        expected_on=repair.expected_on or "",
        note=repair.note,
        returned_on=actor.civil_date(now),
    )
    return render(request, SHEET, {"form": form, **_sheet(line, actor.civil_date(now))})


@post("/{repair_id:uuid}/corriger", name="repair:correct", opt=WRITE)
async def correct(
    request: Request[Any, Any, Any],
    repair_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Write again what was announced."""
    line = await read_repair(repair_id, actor=actor)
    form = await read_form(request)
    asked = _read(form)
    if asked is not None:
        command = CorrectRepair(repair_id=repair_id, version=form.version(line.repair.version), **asked)
        try:
            await correct_repair(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("La réparation est corrigée.")
            return _to(request, repair_id)
    return render_form(request, SHEET, form, _sheet(line, actor.civil_date(now)))


@post("/{repair_id:uuid}/retour", name="repair:end", opt=WRITE)
async def end(
    request: Request[Any, Any, Any],
    repair_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Note that it is back: in the stock once mended."""
    line = await read_repair(repair_id, actor=actor)
    form = await read_form(request)
    outcome = form.choice("outcome", RepairOutcome, required="Dites s'il est réparé.")
    on = form.day("returned_on", required="Indiquez le jour de son retour.")
    cost = form.cents("cost", unread="Ce coût ne se lit pas. Écrivez-le ainsi : 84,00.")
    if outcome is not None and on is not None and not form.faults:
        command = EndRepair(
            repair_id=repair_id,
            version=form.version(line.repair.version),
            returned_on=on,
            outcome=outcome,
            cost_cents=cost,
            note=form.text("back_note"),
        )
        try:
            await end_repair(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            kept = "il est en réserve" if outcome is RepairOutcome.REPAIRED else "il reste en réparation : décidez"
            await session_of(request).flash(bound(f"Le retour est noté ; {kept}."))
            return Redirect(request.app.route_reverse("item:show", item_id=line.repair.item_id), status_code=303)
    return render_form(request, SHEET, form, _sheet(line, actor.civil_date(now)))


@post("/{repair_id:uuid}/defaire", name="repair:undo", opt=WRITE)
async def undo(
    request: Request[Any, Any, Any],
    repair_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Take back what was noted last by mistake: the return, else the repair itself."""
    line = await read_repair(repair_id, actor=actor)
    form = await read_form(request)
    reason = form.text("reason", required="Dites pourquoi : l'historique le garde.")
    asked: dict[str, Any] = {"repair_id": repair_id, "version": form.version(line.repair.version), "reason": reason}
    item_sheet = Redirect(request.app.route_reverse("item:show", item_id=line.repair.item_id), status_code=303)
    if reason:
        try:
            if line.repair.returned_on is not None:
                await undo_repair_end(UndoRepairEnd(**asked), actor=actor, now=now)
                await session_of(request).flash("Le retour est défait : le matériel est chez le réparateur.")
                return _to(request, repair_id)
            item = await undo_repair(UndoRepair(**asked), actor=actor, now=now)
            said = f"La réparation est défaite : le matériel est « {item.status.label} »."
            await session_of(request).flash(bound(said))
            return item_sheet
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, SHEET, form, _sheet(line, actor.civil_date(now)))


def _read(form: Form) -> dict[str, Any] | None:
    """The fields of what is sent as typed; None after a fault."""
    sent_on = form.day("sent_on", required="Indiquez le jour de l'envoi.")
    expected_on = form.day("expected_on")
    if form.faults or sent_on is None:
        return None
    return {
        "provider": form.text("provider"),
        "fault": form.text("fault"),
        "sent_on": sent_on,
        "expected_on": expected_on,
        "note": form.text("note"),
    }


def _to(request: Request[Any, Any, Any], repair_id: UUID) -> Redirect:
    return Redirect(request.app.route_reverse("repair:show", repair_id=repair_id), status_code=303)


def _asking(item: Item, today: date) -> dict[str, Any]:
    return {
        "item": item,
        "warranty": WARRANTY[warranty_holds(item, today)],
        "today": today,
        "longest": {"provider": PROVIDER_MAX, "fault": FAULT_MAX, "note": NOTE_MAX},
    }


def _sheet(line: RepairLine, today: date) -> dict[str, Any]:
    repair = line.repair
    return {
        "line": line,
        "repair": repair,
        "stage": repair.stage(today),
        "is_open": repair.stage(today) is not RepairStage.BACK,
        "warranty": WARRANTY[repair.under_warranty],
        "outcomes": [(each.value, each.label) for each in RepairOutcome],
        "today": today,
        "longest": {"provider": PROVIDER_MAX, "fault": FAULT_MAX, "note": NOTE_MAX, "reason": REASON_MAX},
    }


router = Router(
    "/", route_handlers=[account_required("/reparations", [new, send, show, correct, end, undo], Permission.READ)]
)
