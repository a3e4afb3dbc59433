"""« Incidents »: the list of what families, schools and the service have told, and writing one down for somebody."""

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
    IncidentFilter,
    IncidentKind,
    IncidentState,
)
from materiel.domain.incident.treatment import missing_papers
from materiel.domain.item.item import Item
from materiel.domain.language import states
from materiel.domain.loan.plan import DESCRIPTION_MAX
from materiel.errors import MaterielError
from materiel.use_cases.incident.incident import RecordIncident, list_incident_lines, record_incident, recordable_sides
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.http.session import session_of
from materiel.web.pages.acting import next_page
from materiel.web.pages.shell.rendering import render, render_form

PAGE = 30
WRITE = {"permission": Permission.WRITE}
STATES = (("open", states.TO_TREAT.label), ("closed", "Traités"), ("tous", "Tous"))
SIDES = (
    (DeclaredAs.FAMILY.value, "Une famille"),
    (DeclaredAs.INSTITUTION.value, "Un établissement ou une commune"),
    (DeclaredAs.ACCOUNT.value, "Le service"),
)
WHO = {
    DeclaredAs.ACCOUNT: ("Le service lui-même", "Personne d'autre ne lira la réponse."),
    DeclaredAs.FAMILY: ("La famille, ou l'élève majeur", "La réponse sera dans ses pages, derrière son lien."),
    DeclaredAs.INSTITUTION: ("L'établissement ou la commune", "La réponse sera dans ses pages, derrière son lien."),
}


@get("/", name="incident:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """What is to be treated, the oldest first; what is settled, the newest first."""
    form = read_query(request)
    wanted = wanted_of(form)
    after = read_cursor(form.text("avant") or None, UUID)
    newest_first = wanted.state is not IncidentState.OPEN
    found = await list_incident_lines(wanted, actor=actor, limit=PAGE + 1, after=after, newest_first=newest_first)
    lines, following = cut(found, PAGE, lambda line: line.incident.id)
    if not form.typed("etat"):
        form.set("etat", "open")
    context = {
        "form": form,
        "lines": lines,
        "missing": {line.incident.id: missing_papers(line.incident) for line in lines if line.incident.is_open},
        "is_filtered": wanted != IncidentFilter(state=IncidentState.OPEN),
        "states": STATES,
        "kinds": list(IncidentKind),
        "sides": SIDES,
        "next": next_page(request, following),
    }
    return render(request, "incident/list.html", context)


@get("/{item_id:uuid}/signaler", name="incident:new", opt=WRITE)
async def new(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Write down what somebody tells by telephone or at the counter."""
    item, sides = await recordable_sides(item_id, actor=actor)
    form = Form.filled(declared_as=sides[-1] if len(sides) == 1 else None)
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


def wanted_of(form: Form) -> IncidentFilter:
    """What a search asks; a value that is in no list asks nothing, and no state asks for what is to be treated."""
    state, kind, side = form.text("etat"), form.text("nature"), form.text("par")
    return IncidentFilter(
        q=form.text("q")[:200],
        state=None if state == "tous" else IncidentState.CLOSED if state == "closed" else IncidentState.OPEN,
        kind=IncidentKind(kind) if kind in set(IncidentKind) else None,
        declared_as=DeclaredAs(side) if side in set(DeclaredAs) else None,
    )


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
        account_required("/incidents", [list_page], Permission.READ),
        account_required("/materiels", [new, record], Permission.READ),
    ],
)
