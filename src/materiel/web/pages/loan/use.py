"""« Usage »: whether what is lent serves, noted by a manager; a référent notes the same behind a link."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.use import UseLevel
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.circuit.use import NoteUses, note_uses, settle_unused, uses_of_loan, withdraw_uses
from materiel.use_cases.loan.case import Case, load_case
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

PAGE = "loan/use.html"


@get("/{loan_id:uuid}/usage", name="loan:use")
async def show(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What was said at each meeting, and what is to be noted of the last one."""
    case = await load_case(loan_id, actor)
    form = Form.filled(said_on=actor.civil_date(now))
    return render(request, PAGE, {"form": form, **await _context(case, actor, now)})


@post("/{loan_id:uuid}/usage", name="loan:note_use")
async def note(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep it and come back to the loan; the same page with what is at fault."""
    case = await load_case(loan_id, actor)
    form = await read_form(request)
    said_on = form.day("said_on", required="Indiquez la date de la réunion.")
    levels = read_levels(form, (line.item_id for line in case.loan.lines_out))
    if said_on is not None and not form.faults:
        try:
            command = NoteUses(loan_id=loan_id, said_on=said_on, levels=levels)
            await note_uses(command, actor=actor, now=now)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("L'usage est noté.")
            return Redirect(f"/prets/{loan_id}", status_code=303)
    return render_form(request, PAGE, form, await _context(case, actor, now))


@post("/{loan_id:uuid}/usage/suite", name="loan:settle_use")
async def settle(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Say that what was noted without use is dealt with: a meeting that says it again tells it again."""
    await settle_unused(loan_id, actor=actor, now=now)
    await session_of(request).flash("C'est noté : ce prêt continue, et rien n'attend plus.")
    return Redirect(f"/prets/{loan_id}", status_code=303)


@post("/{loan_id:uuid}/usage/retrait", name="loan:withdraw_use")
async def withdraw(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Take back what was noted of a day by mistake."""
    await load_case(loan_id, actor)
    said_on = (await read_form(request)).day("said_on")
    if said_on is not None:
        await withdraw_uses(loan_id, said_on, actor=actor, now=now)
        await session_of(request).flash("Ce qui était noté de ce jour est retiré.")
    return Redirect(request.app.route_reverse("loan:use", loan_id=loan_id), status_code=303)


def read_levels(form: Form, item_ids: Iterable[UUID]) -> dict[UUID, UseLevel]:
    """What was chosen for each item; those without an answer are left out."""
    said = {item_id: form.typed(f"use/{item_id}") for item_id in item_ids}
    return {item_id: UseLevel(typed) for item_id, typed in said.items() if typed in set(UseLevel)}


async def _context(case: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    asked = (
        [
            (line.item_id, f"{case.item(line.item_id).designation}, n° {case.item(line.item_id).inventory_number}")
            for line in case.loan.lines_out
        ]
        if case.loan.pupil_id is not None
        else []
    )
    return {
        "case": case,
        "loan": case.loan,
        "asked": asked,
        "levels": list(UseLevel),
        "notes": await uses_of_loan(case.loan.id, actor=actor),
        "today": actor.civil_date(now),
    }


router = account_required("/prets", [show, note, settle, withdraw], Permission.WRITE)
