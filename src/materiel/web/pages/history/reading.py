"""« Lectures »: who read which pupil's data, when and how; for the administrators of the service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.history.filter import Target, TargetKind
from materiel.domain.work.housekeeping import KEPT, Remnant
from materiel.use_cases.history.reading import list_readings, readers
from materiel.use_cases.history.target import find_targets, name_of
from materiel.web.audience import account_required
from materiel.web.http.forms import read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.pages.acting import uuid_of
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render

PAGE = 50


@get("/", name="reading:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """Readings, the last first, by account and by pupil; those of the last seconds are not written yet."""
    form = read_query(request)
    pupils = [each for each in await find_targets(form.text("q"), actor=actor) if each.target.about is TargetKind.PUPIL]
    if len(pupils) == 1:
        form.set("eleve", pupils[0].target.key)
        pupils = []
    pupil_id, who, cursor = uuid_of(form.text("eleve")), form.text("compte"), form.text("avant") or None
    before = read_cursor(cursor, UUID)
    found = await list_readings(actor=actor, who=who, pupil_id=pupil_id, before=before, limit=PAGE + 1)
    lines, following = cut(found, PAGE, lambda line: line.reading.id)
    search = {"compte": who, "eleve": pupil_id or ""}
    context = {
        "form": form,
        "lines": lines,
        "readers": await readers(actor=actor),
        "pupil": await name_of(Target(TargetKind.PUPIL, str(pupil_id)), actor=actor) if pupil_id else "",
        "candidates": [(each, query(**{**search, "eleve": each.target.key})) for each in pupils],
        "not_found": bool(form.text("q")) and not pupils and not pupil_id,
        "search": search,
        "without_pupil": query(**{**search, "eleve": ""}),
        "days": KEPT[Remnant.READING].days,
        "next": query(**search, avant=following) if following else "",
        "first": query(**search) if cursor else "",
    }
    return render(request, "accounts/setting/readings.html", context)


router = account_required("/reglages/lectures", [list_page], Permission.ADMINISTER)
