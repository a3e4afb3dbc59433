"""Drafts whose documents are issued together: confirmed on a page that counts them, then followed as a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.lot import LotAct
from materiel.domain.work.lot import MOST_LINES
from materiel.errors import MaterielError
from materiel.use_cases.desk.dashboard import concerned_ids
from materiel.use_cases.desk.lots.lot import StartLot
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import chosen_of, lead_to_lot
from materiel.web.pages.shell.rendering import render


@post(
    "/emissions",
    name="loan:issue_many",
    status_code=200,
    opt={"permission": Permission.WRITE},
    dependencies={"issuer": Provide(provide_issuer)},
)
async def issue_many(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    issuer: NamedDependency[Issuer],
) -> Response[Any]:
    """Ask first: what is issued is numbered and never changes. Confirmed, lead to the job that issues each draft."""
    form = await read_form(request)
    chosen = chosen_of(form, "loan") or await concerned_ids(Concern.DRAFT, actor=actor, now=now, limit=MOST_LINES)
    if chosen and not form.ticked("confirmed"):
        return render(request, "loan/issue_many.html", {"chosen": chosen})
    try:
        return await lead_to_lot(request, StartLot(act=LotAct.ISSUE, references=tuple(chosen)), issuer)
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return Redirect(request.app.route_reverse("dashboard:list", concern=Concern.DRAFT.value), status_code=303)


router = account_required("/prets", [issue_many], Permission.READ)
