"""Pauses: the holidays of the service, for its administrators, and a disagreement about one loan."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.work.pause import NAME_MAX, PauseReason, pause_on
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.work.pause import (
    AddPause,
    PauseLoan,
    add_pause,
    lift_loan_pause,
    list_pauses,
    loan_pause,
    pause_loan,
    remove_pause,
)
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

ADDRESS = "/reglages/pauses"


@get("/", name="pause:list")
async def list_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[str]:
    """The pauses of the service, and the form that adds one."""
    return render(request, "work/pauses.html", {"form": Form(), **await _listed(actor, now)})


@post("/", name="pause:add")
async def add_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect | Response[str]:
    """Keep a pause, or show the form again with every message."""
    form = await read_form(request)
    starts_on = form.day("starts_on", required="Indiquez le premier jour.")
    ends_on = form.day("ends_on", required="Indiquez le dernier jour.")
    if starts_on is not None and ends_on is not None and not form.faults:
        command = AddPause(name=form.text("name"), starts_on=starts_on, ends_on=ends_on, yearly=form.ticked("yearly"))
        try:
            await add_pause(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("Pause notée : rien ne partira de soi-même ces jours-là.")
            return Redirect(ADDRESS, status_code=303)
    return render_form(request, "work/pauses.html", form, await _listed(actor, now))


@post("/{pause_id:uuid}/retirer", name="pause:remove")
async def remove_page(
    request: Request[Any, Any, Any],
    pause_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Remove a pause; what it kept back leaves."""
    await remove_pause(pause_id, actor=actor, now=now)
    await session_of(request).flash("Pause retirée : ce qui attendait part.")
    return Redirect(ADDRESS, status_code=303)


@get("/{loan_id:uuid}/messages", name="loan:pause")
async def loan_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Whether messages about a loan are stopped, and the form that stops them."""
    pause = await loan_pause(loan_id, actor=actor, now=now)
    form = Form.filled(reason=pause.reason, ends_on=pause.ends_on or "") if pause else Form()
    return render(request, "work/loan_pause.html", {"form": form, **_of_loan(loan_id, pause)})


@post("/{loan_id:uuid}/messages", name="loan:put_pause")
async def pause_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Stop them, for a reason of the list."""
    form = await read_form(request)
    reason = form.choice("reason", PauseReason, required="Choisissez un motif.")
    ends_on = form.day("ends_on")
    if reason is not None and not form.faults:
        try:
            await pause_loan(PauseLoan(loan_id=loan_id, reason=reason, ends_on=ends_on), actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("Les messages automatiques de ce prêt sont arrêtés.")
            return Redirect(f"/prets/{loan_id}", status_code=303)
    pause = await loan_pause(loan_id, actor=actor, now=now)
    return render_form(request, "work/loan_pause.html", form, _of_loan(loan_id, pause))


@post("/{loan_id:uuid}/messages/reprise", name="loan:lift_pause")
async def lift_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Let them leave again."""
    await lift_loan_pause(loan_id, actor=actor, now=now)
    await session_of(request).flash("Les messages de ce prêt repartent.")
    return Redirect(f"/prets/{loan_id}", status_code=303)


async def _listed(actor: Actor, now: datetime) -> dict[str, Any]:
    pauses = await list_pauses(actor=actor)
    return {"pauses": pauses, "current": pause_on(pauses, actor.civil_date(now)), "longest": NAME_MAX}


def _of_loan(loan_id: UUID, pause: object) -> dict[str, Any]:
    return {"loan_id": loan_id, "pause": pause, "reasons": list(PauseReason)}


router = Router(
    "/",
    route_handlers=[
        account_required(ADDRESS, [list_page, add_page, remove_page], Permission.ADMINISTER),
        account_required("/prets", [loan_page, pause_page, lift_page], Permission.WRITE),
    ],
)
