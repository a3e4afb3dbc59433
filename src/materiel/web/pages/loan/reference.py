"""Settle a change of the annuaire, from the list « À faire »."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.loan.reference_change import Settlement
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.loan.reference_change import settle_change
from materiel.web.audience import account_required
from materiel.web.http.forms import read_form
from materiel.web.http.session import session_of

LIST = "/a-faire/changements-de-l-annuaire"


@post("/a-faire/changements/{change_id:uuid}", name="reference:settle", opt={"permission": Permission.WRITE})
async def settle_page(
    request: Request[Any, Any, Any],
    change_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Record the decision with its reason, and come back to the list."""
    form = await read_form(request)
    session = session_of(request)
    decision = Settlement.KEEP if form.typed("decision") == Settlement.KEEP else Settlement.ACCEPT
    try:
        await settle_change(change_id, decision, form.text("reason"), actor=actor, now=now)
    except NotFound:
        raise
    except MaterielError as refusal:
        await session.flash(refusal.message, "error")
    else:
        await session.flash("Changement réglé : votre motif est gardé au journal.")
    return Redirect(LIST, status_code=303)


router = account_required("/", [settle_page], Permission.READ)
