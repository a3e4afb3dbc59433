"""The passport of an item, on a page and as a PDF; from what on the service wants to replace."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.passport import MOST_BREAKDOWNS, MOST_PERCENT, MOST_YEARS
from materiel.domain.language.typography import bound
from materiel.use_cases.circuit.workshop.passport import (
    SetReplacement,
    draw_passport,
    read_passport,
    read_replacement,
    set_replacement,
)
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.circuit.workshop.repair_list import WARRANTY
from materiel.web.pages.shell.rendering import render, render_form

RULE = "circuit/workshop/replacement.html"
ASKED = {"years": MOST_YEARS, "cost_percent": MOST_PERCENT, "breakdowns": MOST_BREAKDOWNS}
"""The thresholds, with the most that each may be."""


@get("/{item_id:uuid}/passeport", name="item:passport")
async def show(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Its whole life on one page, and why it should be replaced."""
    passport = await read_passport(item_id, actor=actor, now=now)
    context = {
        "passport": passport,
        "reasons": [bound(each) for each in passport.reasons],
        "warranty": WARRANTY,
        "may_leave": passport.may_leave,
    }
    return render(request, "circuit/workshop/passport.html", context)


@get("/{item_id:uuid}/passeport.pdf", name="item:passport_pdf")
async def pdf(
    item_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The same, accessible, to keep or to hand on."""
    return pdf_answer(await draw_passport(item_id, actor=actor, now=now), "passeport")


@get("/remplacement", name="settings:replacement")
async def rule_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The thresholds of the service."""
    rule = await read_replacement(actor=actor)
    form = Form.filled(**{name: getattr(rule, name) for name in ASKED})
    return render(request, RULE, {"form": form})


@post("/remplacement", name="settings:set_replacement")
async def set_rule(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep other ones."""
    form = await read_form(request)
    typed = {
        name: form.whole(name, lowest=1, highest=most, required=f"Indiquez un nombre de 1 à {most}.")
        for name, most in ASKED.items()
    }
    asked = {name: value for name, value in typed.items() if value is not None}
    if form.faults or len(asked) < len(ASKED):
        return render_form(request, RULE, form, {})
    await set_replacement(SetReplacement(**asked), actor=actor, now=now)
    await session_of(request).flash("Les seuils de remplacement sont enregistrés.")
    return Redirect(request.app.route_reverse("settings:show"), status_code=303)


router = Router(
    "/",
    route_handlers=[
        account_required("/materiels", [show, pdf], Permission.READ),
        account_required("/reglages", [rule_page, set_rule], Permission.ADMINISTER),
    ],
)
