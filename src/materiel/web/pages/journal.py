"""« Journal »: what was done, by whom, in sentences; and its verification by an administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.journal_sentence import Subject
from materiel.domain.roles import Actor, Permission
from materiel.use_cases.journal_check import ask_for_check
from materiel.use_cases.journal_list import Told, tell_journal
from materiel.web.audience import account_required
from materiel.web.forms import read_query
from materiel.web.pages.query import query
from materiel.web.pages.rendering import render, route_names
from materiel.web.paging import cut, read_cursor

PAGE = 50
SHEETS = {
    Subject.ITEM: ("item:show", "item_id"),
    Subject.LOAN: ("loan:show", "loan_id"),
    Subject.DOCUMENT: ("document:show", "document_id"),
    Subject.PUPIL: ("pupil:show", "pupil_id"),
    Subject.INCIDENT: ("incident:show", "incident_id"),
}
"""The route of the page of a thing, and the name of its parameter."""


@get("/", name="journal:list")
async def show(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Entries newest first, of one kind of thing, between two dates."""
    form = read_query(request)
    asked = form.text("objet")
    subject = Subject(asked) if asked in set(Subject) else None
    first, last = form.day("du"), form.day("au")
    if first and last and last < first:
        form.fault("au", "La fin précède le début : corrigez l'une des deux dates.")
    cursor = form.text("avant") or None
    lines: list[Told] = []
    following: str | None = None
    if not form.faults:
        before = read_cursor(cursor, int)
        found = await tell_journal(actor=actor, subject=subject, first=first, last=last, before=before, limit=PAGE + 1)
        lines, following = cut(found, PAGE, lambda line: line.sequence)
    search = {"objet": subject.value if subject else "", "du": form.typed("du"), "au": form.typed("au")}
    context = {
        "form": form,
        "lines": lines,
        "subjects": list(Subject),
        "sheets": {line.sequence: _sheet(request, line) for line in lines},
        "is_filtered": any(search.values()),
        "next": query(**search, avant=following) if following else "",
        "first": query(**search) if cursor else "",
    }
    return render(request, "journal/list.html", context, status=422 if form.faults else 200)


@post("/verification", name="journal:check", opt={"permission": Permission.ADMINISTER})
async def check(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Have the journal verified, and follow how far it is."""
    job = await ask_for_check(actor=actor, now=now)
    return Redirect(request.app.route_reverse("job:show", job_id=job.id), status_code=303)


def _sheet(request: Request[Any, Any, Any], line: Told) -> str:
    """The address of the page of what an entry is about; empty when it has none."""
    subjects = {subject.value: route for subject, route in SHEETS.items()}
    route, parameter = subjects.get(line.subject_kind, ("", ""))
    if route not in route_names(request.app):
        return ""
    return request.app.route_reverse(route, **{parameter: UUID(line.subject_id)})


router = account_required("/journal", [show, check], Permission.WRITE)
