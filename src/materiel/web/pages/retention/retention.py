"""« Conservation »: how long the service keeps, what is over on a day, and the list prepared for the archives.

The list itself, its visa and its end are in `elimination`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import LEAST_YEARS, MOST_LOAN_YEARS, MOST_PUPIL_YEARS
from materiel.errors import MaterielError
from materiel.use_cases.accounts.service import UpdateService, read_service, update_service
from materiel.use_cases.retention.elimination import prepare_elimination
from materiel.use_cases.retention.retention import list_over, read_overview
from materiel.web.acting import provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.http.session import session_of
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, render_form

PAGE = 30
SHOW = "retention/show.html"
YEARS = {"loan_years": MOST_LOAN_YEARS, "pupil_years": MOST_PUPIL_YEARS}
HELD, FREE = "retenus", "a-eliminer"


@get("/", name="retention:show")
async def show_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], today: NamedDependency[date]
) -> Response[str]:
    """The durations, what is over on a day, held or not, and the eliminations of before."""
    form = read_query(request)
    day = form.day("jour") or today
    context = await _context(form, day, actor)
    return render(request, SHOW, context, status=form.status if form.faults else 200)


@post("/durees", name="retention:set_years")
async def set_years_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """Keep the durations; a list already prepared keeps those of its day."""
    form = await read_form(request)
    loan_years, pupil_years = (
        form.whole(name, lowest=LEAST_YEARS, highest=most, required="Indiquez un nombre d'années.")
        for name, most in YEARS.items()
    )
    service = await read_service(actor=actor)
    if not form.faults:
        command = UpdateService(
            version=form.version(service.version),
            loan_years=loan_years,
            pupil_years=pupil_years,
            retention_reference=form.text("retention_reference"),
        )
        try:
            await update_service(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults:
        return render_form(request, SHOW, form, await _context(form, today, actor, typed=True))
    await session_of(request).flash("Durées de conservation enregistrées.")
    return Redirect("/reglages/conservation", status_code=303)


@post("/bordereau", name="retention:prepare")
async def prepare_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """Put what is over on a list, and lead to it; nothing else changes."""
    form = await read_form(request)
    day = form.day("jour", required="Indiquez le jour auquel la liste est arrêtée.")
    if day is not None:
        try:
            prepared = await prepare_elimination(day, actor=actor, now=now)
            await session_of(request).flash("Bordereau préparé : envoyez-le aux archives, puis notez leur visa ici.")
            return Redirect(f"/reglages/conservation/{prepared.id}", status_code=303)
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, SHOW, form, await _context(form, day or today, actor))


async def _context(form: Form, day: date, actor: Actor, *, typed: bool = False) -> dict[str, Any]:
    """What the page shows; `typed` when the form of the durations is shown again as it was sent."""
    overview = await read_overview(day, actor=actor)
    which = form.text("voir")
    cursor = form.text("apres") or None
    found = await list_over(
        day,
        actor=actor,
        held={HELD: True, FREE: False}.get(which),
        limit=PAGE + 1,
        after=read_cursor(cursor, UUID),
    )
    lines, following = cut(found, PAGE, lambda line: line.id)
    search = {"jour": day.isoformat(), "voir": which if which in (HELD, FREE) else ""}
    service = overview.service
    if not typed:
        for name in (*YEARS, "retention_reference", "version"):
            form.set(name, getattr(service, name))
    form.set("jour", day)
    return {
        "form": form,
        "overview": overview,
        "lines": lines,
        "choices": [(HELD, "Retenus seulement"), (FREE, "À éliminer seulement")],
        "next": query(**search, apres=following) if following else "",
        "first": query(**search) if cursor else "",
        "bounds": {"least": LEAST_YEARS, **YEARS},
    }


router = Router(
    "/",
    route_handlers=[
        account_required("/reglages/conservation", [show_page, set_years_page, prepare_page], Permission.ADMINISTER)
    ],
    dependencies={"today": Provide(provide_today)},
)
