"""Hold a loan back from any elimination, and lift that: a dispute, a theft under inquiry."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.retention.retention import hold_loan, lift_hold, read_loan_retention
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "loan/hold.html"


@get("/{loan_id:uuid}/conservation", name="loan:hold")
async def hold_form_page(
    request: Request[Any, Any, Any], loan_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """How long the loan is kept, and what holds it back."""
    retention = await read_loan_retention(loan_id, actor=actor)
    form = Form.filled(reason=retention.hold.reason if retention.hold else "")
    return render(request, TEMPLATE, {"form": form, "retention": retention})


@post("/{loan_id:uuid}/conservation", name="loan:put_hold")
async def hold_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Hold the loan back, for a reason."""
    form = await read_form(request)
    try:
        await hold_loan(loan_id, form.text("reason"), actor=actor, now=now)
    except NotFound:
        raise
    except MaterielError as refusal:
        form.refuse(refusal)
        retention = await read_loan_retention(loan_id, actor=actor)
        return render_form(request, TEMPLATE, form, {"retention": retention})
    await session_of(request).flash("Ce prêt est retenu : aucune élimination ne le prendra.")
    return Redirect(f"/prets/{loan_id}", status_code=303)


@post("/{loan_id:uuid}/conservation/levee", name="loan:lift_hold")
async def lift_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Let the loan go its way again."""
    await lift_hold(loan_id, actor=actor, now=now)
    await session_of(request).flash("Ce prêt n'est plus retenu.")
    return Redirect(f"/prets/{loan_id}", status_code=303)


router = account_required("/prets", [hold_form_page, hold_page, lift_page], Permission.WRITE)
