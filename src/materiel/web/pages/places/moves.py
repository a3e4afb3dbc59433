"""Pupils of a school who go to another one together: chosen or pasted, their moves shown, then all done or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.folding import name_words
from materiel.domain.loan.moves import usual_day_of_moves
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.errors import MaterielError
from materiel.use_cases.desk.pupil_moves import (
    MOST_TOGETHER,
    MoveTogether,
    OfferedMoves,
    look_together,
    move_together,
)
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.people.pupil import list_pupils
from materiel.use_cases.places.school import get_school
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import uuids_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "places/school/moves.html"
MOST_PUPILS = 200
FIELD = "eleves"
DONE = "changer"


@get("/{uai:str}/changements", name="school:moves")
async def moves_page(
    request: Request[Any, Any, Any], uai: FromPath[str], actor: NamedDependency[Actor], issuer: NamedDependency[Issuer]
) -> Response[str]:
    """Who attends the school, to tick or to paste, and where they go."""
    school = await get_school(uai, actor=actor)
    form = Form.filled(on=usual_day_of_moves(issuer.today))
    return render(request, TEMPLATE, {"form": form, **await _context(school, actor, issuer.today)})


@post("/{uai:str}/changements", name="school:move")
async def move_page(
    request: Request[Any, Any, Any], uai: FromPath[str], actor: NamedDependency[Actor], issuer: NamedDependency[Issuer]
) -> Response[Any]:
    """Show what each move would do; or do them, all or none."""
    form = await read_form(request)
    school = await get_school(uai, actor=actor)
    attending = await list_pupils(actor=actor, school=school.uai, limit=MOST_PUPILS)
    on = form.day("on", required="Indiquez le jour du changement.")
    code = form.text("school", required="Indiquez le nouvel établissement par son code UAI.")
    chosen = _chosen(form, attending)
    look: OfferedMoves | None = None
    if on is not None and not form.faults:
        command = MoveTogether(former=school.uai, school=code, effective_on=on, pupils=chosen)
        try:
            if form.typed("action") == DONE:
                moved = await move_together(command, issuer=issuer)
                said = plural(len(moved), "élève a changé d'établissement", "élèves ont changé d'établissement")
                papers = sum(len(each.made) for one in moved for each in one.applied)
                await session_of(request).flash(f"{said}. {plural(papers, 'document établi', 'documents établis')}.")
                return Redirect(f"/etablissements/{moved[0].look.asked.school}", status_code=303)
            look = await look_together(command, actor=actor, today=issuer.today)
        except MaterielError as refusal:
            form.refuse(refusal)
    form.set(FIELD, [str(each) for each in chosen])
    context = await _context(school, actor, issuer.today, look)
    if form.faults:
        return render_form(request, TEMPLATE, form, context)
    return render(request, TEMPLATE, {"form": form, **context})


def _chosen(form: Form, attending: Sequence[Pupil]) -> tuple[UUID, ...]:
    """Those who are ticked, and those of the pasted names; a name that tells nobody, or two pupils, is a fault."""
    chosen = uuids_of(form.many(FIELD))
    by_name: dict[frozenset[str], list[Pupil]] = {}
    for each in attending:
        by_name.setdefault(frozenset(name_words(f"{each.last_name} {each.first_name}")), []).append(each)
    vague = []
    for line in filter(None, map(str.strip, form.lines("names").splitlines())):
        found = by_name.get(frozenset(name_words(line)), [])
        if len(found) == 1:
            chosen.append(found[0].id)
        else:
            vague.append(line)
    if vague:
        told = ", ".join(vague[:5])
        form.fault("names", f"Aucun élève de cet établissement, ou plusieurs, sous ce nom : {told}. Cochez-les.")
    return tuple(dict.fromkeys(chosen))


async def _context(school: School, actor: Actor, today: date, look: OfferedMoves | None = None) -> dict[str, Any]:
    attending = await list_pupils(actor=actor, school=school.uai, limit=MOST_PUPILS)
    return {
        "school": school,
        # A child who died goes to no other school: whoever ticks everybody is not told of it here.
        "attending": [each for each in attending if each.died_on is None],
        "look": look,
        "today": today,
        "most": MOST_TOGETHER,
    }


router = Router(
    "/",
    route_handlers=[account_required("/etablissements", [moves_page, move_page], Permission.WRITE)],
    dependencies={"issuer": Provide(provide_issuer)},
)
