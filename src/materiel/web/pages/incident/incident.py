"""« Incidents »: writing one down for somebody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.incident.incident import (
    DeclaredAs,
    IncidentKind,
)
from materiel.domain.item.item import Item
from materiel.domain.loan.plan import DESCRIPTION_MAX
from materiel.errors import MaterielError
from materiel.use_cases.incident.incident import RecordIncident, record_incident, recordable_sides
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

WRITE = {"permission": Permission.WRITE}
WHO = {
    DeclaredAs.ACCOUNT: ("Le service lui-même", "Personne d'autre ne lira la réponse."),
    DeclaredAs.FAMILY: ("La famille, ou l'élève majeur", "La réponse sera dans ses pages, derrière son lien."),
    DeclaredAs.INSTITUTION: ("L'établissement ou la commune", "La réponse sera dans ses pages, derrière son lien."),
}


@get("/{item_id:uuid}/signaler", name="incident:new", opt=WRITE)
async def new(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Write down what somebody tells by telephone or at the counter."""
    item, sides = await recordable_sides(item_id, actor=actor)
    # A comparison of two states says what differs: it is proposed, to be written again.
    said = read_query(request).typed("description")[:DESCRIPTION_MAX]
    form = Form.filled(declared_as=sides[-1] if len(sides) == 1 else None, description=said)
    return render(request, "incident/new.html", {"form": form, **_about(item, sides, actor.civil_date(now))})


@post("/{item_id:uuid}/signaler", name="incident:record", opt=WRITE)
async def record(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep it and lead to its sheet; the same page with every message when something lacks."""
    item, sides = await recordable_sides(item_id, actor=actor)
    form = await read_form(request)
    kind = form.choice("kind", IncidentKind, required="Choisissez ce qui se passe.")
    side = form.choice("declared_as", DeclaredAs, required="Dites qui vous a prévenu.")
    day = form.day("happened_on")
    if kind is not None and side is not None and not form.faults:
        command = RecordIncident(
            item_id=item_id,
            kind=kind,
            description=form.typed("description"),
            happened_on=day,
            declared_as=side,
        )
        try:
            incident = await record_incident(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            await session_of(request).flash("L'incident est enregistré.")
            return Redirect(request.app.route_reverse("incident:show", incident_id=incident.id), status_code=303)
    return render_form(request, "incident/new.html", form, _about(item, sides, actor.civil_date(now)))


def _about(item: Item, sides: tuple[DeclaredAs, ...], today: date) -> dict[str, object]:
    return {
        "item": item,
        "kinds": list(IncidentKind),
        "sides": [(side.value, *WHO[side]) for side in sides],
        "today": today,
        "longest": DESCRIPTION_MAX,
    }


router = Router(
    "/",
    route_handlers=[
        account_required("/materiels", [new, record], Permission.READ),
    ],
)
