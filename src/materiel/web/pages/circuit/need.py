"""One need: writing it down for a pupil, what would do, and what is done until it is met."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.fitting import sought_by
from materiel.domain.circuit.need import REASON_MAX, WORDING_MAX, NeedKind, NeedLine
from materiel.domain.item.family import ItemFamily
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import Basis, BasisKind
from materiel.errors import MaterielError
from materiel.use_cases.circuit.asking import who_asked
from materiel.use_cases.circuit.matching import elsewhere_for, matches_of
from materiel.use_cases.circuit.need import (
    CloseNeed,
    CorrectNeed,
    OrderNeed,
    ReceiveNeed,
    RecordNeed,
    TakeBackStep,
    close_need,
    confirm_need,
    correct_need,
    order_need,
    read_need,
    receive_need,
    record_need,
    take_back_step,
)
from materiel.use_cases.people.pupil import get_pupil, list_pupils
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuid_of
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
FOUND_MAX = 20
BASES = [(each.value, each.label) for each in BasisKind if each is not BasisKind.PAP]
KINDS = [
    (NeedKind.NEED.value, NeedKind.NEED.label, "Ce qui est notifié, jusqu'à la remise du matériel."),
    (
        NeedKind.TRIAL.value,
        NeedKind.TRIAL.label,
        "Demandé pour quelques semaines ; il finit par un prêt ou par un retour.",
    ),
]
Act = Callable[[Form, NeedLine, Actor, datetime], Awaitable[str]]


@get("/nouveau", name="need:new", opt=WRITE)
async def new(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """For whom first, then what was decided."""
    form = read_query(request)
    pupil_id = uuid_of(form.text("eleve"))
    if pupil_id is None:
        q = form.text("q")
        found = await list_pupils(actor=actor, q=q, limit=FOUND_MAX) if q else []
        living = [each for each in found if each.died_on is None]
        return render(request, "circuit/choose.html", {"form": form, "q": q, "found": living})
    pupil = await get_pupil(pupil_id, actor=actor)
    form = Form.filled(kind=NeedKind.NEED)
    return render(request, "circuit/edit.html", {"form": form, **_asking(pupil)})


@post("/nouveau", name="need:record", opt=WRITE)
async def record(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep it and lead to its sheet; the same page with every message when something lacks."""
    form = await read_form(request)
    pupil_id = uuid_of(form.text("eleve"))
    if pupil_id is None:
        return Redirect(request.app.route_reverse("need:new"), status_code=303)
    pupil = await get_pupil(pupil_id, actor=actor)
    asked = _read(form)
    if asked is not None:
        try:
            need = await record_need(RecordNeed(pupil_id=pupil_id, **asked), actor=actor, now=now)
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash("Le besoin est inscrit.")
            return Redirect(request.app.route_reverse("need:show", need_id=need.id), status_code=303)
    return render_form(request, "circuit/edit.html", form, _asking(pupil))


@get("/{need_id:uuid}", name="need:show")
async def show(
    request: Request[Any, Any, Any],
    need_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What was decided, what of the stock would do, what sleeps elsewhere, what may be done now."""
    line = await read_need(need_id, actor=actor)
    need = line.need
    # An order or a reception is noted again to correct it.
    form = Form.filled(
        order_reference=need.order_reference, expected_on=need.expected_on, received_on=need.received_on or ""
    )
    return render(request, "circuit/need.html", {"form": form, **await _sheet(line, actor, now)})


@get("/{need_id:uuid}/modifier", name="need:edit", opt=WRITE)
async def edit(
    request: Request[Any, Any, Any], need_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What was written down, to correct it."""
    line = await read_need(need_id, actor=actor)
    need = line.need
    form = Form.filled(
        version=need.version,
        kind=need.kind,
        wording=need.wording,
        notified_on=need.notified_on,
        valid_until=need.valid_until,
        family=need.family or "",
        category=need.category,
        basis_kind=need.basis.kind,
        basis_reference=need.basis.reference,
    )
    return render(
        request, "circuit/edit.html", {"form": form, **_asking(await get_pupil(need.pupil_id, actor=actor), line)}
    )


@post("/{need_id:uuid}/modifier", name="need:correct", opt=WRITE)
async def correct(
    request: Request[Any, Any, Any],
    need_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Write it again; the same page with every message when something lacks."""
    line = await read_need(need_id, actor=actor)
    form = await read_form(request)
    asked = _read(form)
    if asked is not None:
        command = CorrectNeed(need_id=need_id, version=form.version(line.need.version), **asked)
        try:
            await correct_need(command, actor=actor, now=now)
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash("Le besoin est corrigé.")
            return Redirect(request.app.route_reverse("need:show", need_id=need_id), status_code=303)
    pupil = await get_pupil(line.need.pupil_id, actor=actor)
    return render_form(request, "circuit/edit.html", form, _asking(pupil, line))


async def _order(form: Form, line: NeedLine, actor: Actor, now: datetime) -> str:
    command = OrderNeed(
        need_id=line.need.id,
        version=form.version(line.need.version),
        reference=form.text("order_reference"),
        expected_on=form.day("expected_on"),
    )
    if not form.faults:
        await order_need(command, actor=actor, now=now)
    return "La commande est notée."


async def _receive(form: Form, line: NeedLine, actor: Actor, now: datetime) -> str:
    day = form.day("received_on", required="Indiquez le jour de la réception.")
    if day is not None:
        command = ReceiveNeed(need_id=line.need.id, version=form.version(line.need.version), received_on=day)
        await receive_need(command, actor=actor, now=now)
    return "La réception est notée."


async def _take_back(form: Form, line: NeedLine, actor: Actor, now: datetime) -> str:
    command = TakeBackStep(need_id=line.need.id, version=form.version(line.need.version))
    await take_back_step(command, actor=actor, now=now)
    said = "La réception" if line.need.received_on is not None else "La commande"
    return f"{said} n'est plus notée."


async def _close(form: Form, line: NeedLine, actor: Actor, now: datetime) -> str:
    await close_need(CloseNeed(need_id=line.need.id, reason=form.text("reason")), actor=actor, now=now)
    return "Le besoin est clos."


async def _confirm(_: Form, line: NeedLine, actor: Actor, now: datetime) -> str:
    await confirm_need(line.need.id, actor=actor, now=now)
    return "Le besoin est dans la file, à la date de sa notification."


ACTS: dict[str, Act] = {
    "confirmation": _confirm,
    "commande": _order,
    "reception": _receive,
    "erreur": _take_back,
    "cloture": _close,
}


def _act_page(slug: str, act: Act) -> Any:
    """The route of one act: do it and come back to the sheet, or show the sheet with what is at fault."""

    @post(f"/{{need_id:uuid}}/{slug}", name=f"need:{slug}", opt=WRITE)
    async def page(
        request: Request[Any, Any, Any],
        need_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        now: NamedDependency[datetime],
    ) -> Response[Any]:
        line = await read_need(need_id, actor=actor)
        form = await read_form(request)
        try:
            done = await act(form, line, actor, now)
        except MaterielError as refusal:
            form.refuse(refusal)
        if form.faults:
            return render_form(request, "circuit/need.html", form, await _sheet(line, actor, now))
        await session_of(request).flash(done)
        return Redirect(request.app.route_reverse("need:show", need_id=need_id), status_code=303)

    return page


def _read(form: Form) -> dict[str, Any] | None:
    """The fields of a need as typed; None after a fault."""
    kind = form.choice("kind", NeedKind, required="Dites s'il s'agit d'un besoin ou d'un essai.")
    form.text("wording", required="Indiquez les mots de la décision.")
    basis = form.choice("basis_kind", BasisKind, required="Dites sur quoi le besoin se fonde.")
    notified_on = form.day("notified_on", required="Indiquez le jour de la notification ou de la demande.")
    of_a_trial = "Un essai a une fin : indiquez le jour où il se termine." if kind is NeedKind.TRIAL else ""
    valid_until = form.day("valid_until", required=of_a_trial)
    family = form.text("family")
    if form.faults or notified_on is None or kind is None or basis is None:
        return None
    return {
        "wording": form.typed("wording"),
        "notified_on": notified_on,
        "valid_until": valid_until,
        "kind": kind,
        "family": ItemFamily(family) if family in set(ItemFamily) else None,
        "category": form.text("category"),
        "basis": Basis(kind=basis, reference=form.text("basis_reference"), decided_on=notified_on),
    }


def _refuse(form: Form, refusal: MaterielError) -> None:
    """What is refused; what is written down already leads to it."""
    if "need" in refusal.facts:
        form.fault("", refusal.message, (f"/besoins/{refusal.facts['need']}", "Ouvrir ce besoin"))
    else:
        form.refuse(refusal)


def _asking(pupil: Pupil, line: NeedLine | None = None) -> dict[str, Any]:
    return {
        "pupil": pupil,
        "line": line,
        "kinds": KINDS,
        "bases": BASES,
        "families": list(ItemFamily),
        "longest": WORDING_MAX,
    }


async def _sheet(line: NeedLine, actor: Actor, now: datetime) -> dict[str, Any]:
    need = line.need
    today = actor.civil_date(now)
    matches = await matches_of(need, actor=actor) if need.is_open and need.loan_id is None else []
    return {
        "line": line,
        "need": need,
        "asked_by": await who_asked(need, actor=actor),
        "waited": need.waiting_days(today),
        "matches": [(each, _lending(line, each.item.id)) for each in matches],
        "lending": _lending(line),
        "sought": sought_by(need),
        "elsewhere": await elsewhere_for(need, actor=actor, now=now) if need.is_open and need.loan_id is None else [],
        "today": today,
        "longest": REASON_MAX,
    }


def _lending(line: NeedLine, item_id: UUID | None = None) -> str:
    """The page that lends for this need, filled with what is known."""
    known = [("usage", "individual"), ("pupil", str(line.need.pupil_id)), ("besoin", str(line.need.id))]
    if item_id is not None:
        known.append(("item", str(item_id)))
    return f"/preter?{urlencode(known)}"


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/besoins",
            [new, record, show, edit, correct, *(_act_page(slug, act) for slug, act in ACTS.items())],
            Permission.READ,
        )
    ],
)
