"""One licence: bought, corrected, its key read, installed on an item or lent with a loan, its uninstalls attested."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.licence import (
    KEY_MAX,
    MOST_SEATS,
    NOTE_MAX,
    SOFTWARE_MAX,
    LicenceFilter,
    LicenceStage,
    SeatEnd,
    SeatStage,
    UninstallWitness,
)
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.circuit.workshop.licence import (
    AddLicence,
    CorrectLicence,
    LicenceSheet,
    add_licence,
    correct_licence,
    list_licences,
    read_key,
    read_licence,
)
from materiel.use_cases.circuit.workshop.seat import EndSeat, TakeSeat, end_seat, keep_seat, take_seat
from materiel.use_cases.item.code import find_meant_item
from materiel.use_cases.item.item import get_item
from materiel.use_cases.loan.loan import get_loan
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuid_of
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
NEW, SHEET, INSTALL = (f"circuit/workshop/{name}.html" for name in ("add_licence", "licence", "install_licence"))
MOST_OFFERED = 200


@get("/nouvelle", name="licence:new", opt=WRITE)
async def new(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """What was bought, and how many seats."""
    today = actor.civil_date(now)
    form = Form.filled(seats=1, bought_on=today, is_transferable="oui")
    return render(request, NEW, {"form": form, **_asking(today)})


@post("/nouvelle", name="licence:add", opt=WRITE)
async def add(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Keep it and lead to its sheet; the same page with every message when something lacks."""
    form = await read_form(request)
    asked = _read(form)
    if asked is not None:
        try:
            licence = await add_licence(AddLicence(**asked), secret_key=settings.secret_key, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("La licence est enregistrée.")
            return _to(request, licence.id)
    return render_form(request, NEW, form, _asking(actor.civil_date(now)))


@get("/installer", name="licence:choose", opt=WRITE)
async def choose(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Which licence to install on the item of `?materiel=`, or to lend with the loan of `?pret=`."""
    query = read_query(request)
    holder = await _holder(query, actor)
    if holder is None:
        return Redirect(request.app.route_reverse("licence:list"), status_code=303)
    form = Form.filled(taken_on=actor.civil_date(now))
    return render(request, INSTALL, {"form": form, **holder, **await _offered(actor, now)})


@post("/installer", name="licence:install", opt=WRITE)
async def install(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Take a seat for it, and lead back to it."""
    form = await read_form(request)
    holder = await _holder(form, actor)
    if holder is None:
        return Redirect(request.app.route_reverse("licence:list"), status_code=303)
    licence_id = uuid_of(form.text("licence", required="Choisissez la licence."))
    on = form.day("taken_on", required="Indiquez le jour de l'installation.")
    if licence_id is not None and on is not None and not form.faults:
        command = TakeSeat(
            licence_id=licence_id, taken_on=on, item_id=uuid_of(holder["item_id"]), loan_id=uuid_of(holder["loan_id"])
        )
        try:
            await take_seat(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("La place est prise : l'installation est notée.")
            return Redirect(holder["back"], status_code=303)
    return render_form(request, INSTALL, form, {**holder, **await _offered(actor, now)})


@get("/{licence_id:uuid}", name="licence:show")
async def show(
    request: Request[Any, Any, Any],
    licence_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What is left of it, what holds its seats, and what may be noted."""
    sheet = await read_licence(licence_id, actor=actor)
    today = actor.civil_date(now)
    return render(request, SHEET, {"form": _filled(sheet, today), **_sheet(sheet, today)})


@post("/{licence_id:uuid}/corriger", name="licence:correct", opt=WRITE)
async def correct(
    request: Request[Any, Any, Any],
    licence_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Write again what was noted; a key left empty stays as it is."""
    sheet = await read_licence(licence_id, actor=actor)
    form = await read_form(request)
    asked = _read(form)
    if asked is not None:
        version = form.version(sheet.line.licence.version)
        command = CorrectLicence(licence_id=licence_id, version=version, **asked)
        try:
            await correct_licence(command, secret_key=settings.secret_key, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("La licence est corrigée.")
            return _to(request, licence_id)
    return render_form(request, SHEET, form, _sheet(sheet, actor.civil_date(now)))


@post("/{licence_id:uuid}/cle", name="licence:key", opt=WRITE)
async def key(
    request: Request[Any, Any, Any],
    licence_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The whole key, on this page alone: the journal keeps that it was read."""
    sheet = await read_licence(licence_id, actor=actor)
    today = actor.civil_date(now)
    try:
        read = await read_key(licence_id, secret_key=settings.secret_key, actor=actor, now=now)
    except MaterielError as refusal:
        form = _filled(sheet, today)
        form.refuse(refusal)
        return render_form(request, SHEET, form, _sheet(sheet, today))
    return render(request, SHEET, {"form": _filled(sheet, today), **_sheet(sheet, today), "key": read})


@post("/{licence_id:uuid}/places", name="licence:take", opt=WRITE)
async def take(
    request: Request[Any, Any, Any],
    licence_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Install it on the item whose number is typed or scanned."""
    sheet = await read_licence(licence_id, actor=actor)
    form = await read_form(request)
    number = form.text("item", required="Indiquez le numéro d'inventaire du matériel.")
    on = form.day("taken_on", required="Indiquez le jour de l'installation.")
    if on is not None and not form.faults:
        try:
            item = await find_meant_item(number, actor=actor)
            await take_seat(TakeSeat(licence_id=licence_id, taken_on=on, item_id=item.id), actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash(f"L'installation sur {item.inventory_number} est notée.")
            return _to(request, licence_id)
    return render_form(request, SHEET, form, _sheet(sheet, actor.civil_date(now)))


@post("/{licence_id:uuid}/fin", name="licence:end", opt=WRITE)
async def end(
    request: Request[Any, Any, Any],
    licence_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Note how the software left what is chosen, and who attests it; or that it stays there."""
    sheet = await read_licence(licence_id, actor=actor)
    form = await read_form(request)
    seat_id = uuid_of(form.text("seat", required="Choisissez l'installation."))
    kept = form.typed("end") == KEEP
    how = None if kept else form.choice("end", SeatEnd, required="Dites ce qu'il en est.")
    witness = form.choice("witness", UninstallWitness) if form.typed("witness") else None
    on = actor.civil_date(now) if kept else form.day("on", required="Indiquez le jour.")
    if seat_id is not None and on is not None and not form.faults:
        try:
            if how is None:
                await keep_seat(licence_id, seat_id, actor=actor, now=now)
            else:
                command = EndSeat(licence_id=licence_id, seat_id=seat_id, end=how, on=on, witness=witness or SERVICE)
                await end_seat(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("C'est noté.")
            return _to(request, licence_id)
    return render_form(request, SHEET, form, _sheet(sheet, actor.civil_date(now)))


SERVICE = UninstallWitness.SERVICE
KEEP = "keep"
"""What is chosen among the ends when there is none."""


def _read(form: Form) -> dict[str, Any] | None:
    """The fields of a licence as typed; None after a fault."""
    seats = form.whole("seats", lowest=1, highest=MOST_SEATS, required="Indiquez le nombre de places.")
    bought_on = form.day("bought_on", required="Indiquez le jour de l'achat.")
    ends_on = form.day("ends_on")
    if form.faults or seats is None or bought_on is None:
        return None
    return {
        **{name: form.text(name) for name in ("software", "publisher", "key", "note")},
        "seats": seats,
        "bought_on": bought_on,
        "ends_on": ends_on,
        "is_transferable": form.ticked("is_transferable"),
    }


def _filled(sheet: LicenceSheet, today: date) -> Form:
    licence = sheet.line.licence
    return Form.filled(
        software=licence.software,
        publisher=licence.publisher,
        seats=licence.seats,
        bought_on=licence.bought_on,
        ends_on=licence.ends_on or "",
        is_transferable="oui" if licence.is_transferable else "",
        note=licence.note,
        taken_on=today,
        on=today,
    )


async def _holder(form: Form, actor: Actor) -> dict[str, Any] | None:
    """The item or the loan that an address or a form names, and where it is shown; None without either."""
    item_id, loan_id = uuid_of(form.text("materiel")), uuid_of(form.text("pret"))
    if item_id is not None:
        item = await get_item(item_id, actor=actor)
        called = f"{item.inventory_number}, {item.designation}"
        return {"item_id": str(item_id), "loan_id": "", "called": called, "back": f"/materiels/{item_id}"}
    if loan_id is not None:
        await get_loan(loan_id, actor=actor)
        return {"item_id": "", "loan_id": str(loan_id), "called": "Ce prêt", "back": f"/prets/{loan_id}"}
    return None


async def _offered(actor: Actor, now: datetime) -> dict[str, Any]:
    """The licences of which a seat may be taken, each with how many are left."""
    today = actor.civil_date(now)
    found = await list_licences(LicenceFilter(today=today), actor=actor, limit=MOST_OFFERED)
    usable = [each for each in found if each.stage(today) is not LicenceStage.ENDED]
    free = [each for each in usable if each.left]
    return {
        "today": today,
        "licences": [
            (each.licence.id, f"{each.licence.software} ({each.left} sur {each.licence.seats})") for each in free
        ],
        "full": [each for each in usable if not each.left],
    }


def _asking(today: date) -> dict[str, Any]:
    return {"today": today, "longest": {"software": SOFTWARE_MAX, "key": KEY_MAX, "note": NOTE_MAX}, "most": MOST_SEATS}


def _sheet(sheet: LicenceSheet, today: date) -> dict[str, Any]:
    held = [each for each in sheet.cases if each.seat.ended_as is None]
    order = [SeatStage.TO_UNINSTALL, SeatStage.INSTALLED]
    return {
        "line": sheet.line,
        "licence": sheet.line.licence,
        "stage": sheet.line.stage(today),
        "held": sorted(held, key=lambda each: order.index(each.stage)),
        "ended": [each for each in sheet.cases if each.seat.ended_as is not None],
        "seats": [(each.seat.id, f"{each.holder} ({each.stage.label.lower()})") for each in held],
        "ends": [
            *((each.value, each.label) for each in SeatEnd),
            (KEEP, "Reste installé, le matériel étant en réserve"),
        ],
        "witnesses": list(UninstallWitness),
        "key": "",
        **_asking(today),
    }


def _to(request: Request[Any, Any, Any], licence_id: UUID) -> Redirect:
    return Redirect(request.app.route_reverse("licence:show", licence_id=licence_id), status_code=303)


router = Router(
    "/",
    route_handlers=[
        account_required("/licences", [new, add, choose, install, show, correct, key, take, end], Permission.READ)
    ],
)
