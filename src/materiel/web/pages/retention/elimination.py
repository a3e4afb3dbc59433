"""One elimination list (« bordereau »): what it holds, its CSV for the archives, their visa, and its end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.retention.retention import megabytes
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.retention.elimination import (
    GiveVisa,
    abandon_elimination,
    elimination_list,
    elimination_paper,
    give_visa,
    list_listed,
    read_elimination,
    resume_elimination,
)
from materiel.web.acting import provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.paging import cut, read_cursor
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.query import query
from materiel.web.pages.shell.rendering import render, render_form

PAGE = 30
SHOW = "retention/elimination.html"


@get("/{elimination_id:uuid}", name="elimination:show")
async def show_page(
    request: Request[Any, Any, Any],
    elimination_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """The list, and what may be done of it now."""
    cursor = read_query(request).text("apres") or None
    form = Form.filled(visa_on=today)
    return render(request, SHOW, await _context(form, elimination_id, actor, cursor))


@get("/{elimination_id:uuid}/bordereau.csv", name="elimination:list")
async def list_page(elimination_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """The list as the archives expect it, without a name."""
    data = await elimination_list(elimination_id, actor=actor)
    headers = {"Content-Disposition": 'attachment; filename="bordereau-elimination.csv"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


@get("/{elimination_id:uuid}/bordereau.pdf", name="elimination:paper")
async def paper_page(
    elimination_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The list to sign and send to the archives."""
    return pdf_answer(await elimination_paper(elimination_id, actor=actor, now=now), "bordereau-elimination")


@post("/{elimination_id:uuid}/visa", name="elimination:visa")
async def visa_page(
    request: Request[Any, Any, Any],
    elimination_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Take the visa, and lead to the work that it launched."""
    form = await read_form(request)
    visa_on = form.day("visa_on")
    if not form.ticked("confirm"):
        form.fault("confirm", "Cochez cette case : une élimination ne se rattrape pas.")
    if not form.faults:
        command = GiveVisa(elimination_id=elimination_id, on=visa_on, reference=form.text("visa_reference"))
        try:
            job = await give_visa(command, actor=actor, now=now)
            return Redirect(f"/taches/{job.id}", status_code=303)
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal)
    return render_form(request, SHOW, form, await _context(form, elimination_id, actor))


@post("/{elimination_id:uuid}/reprise", name="elimination:resume")
async def resume_page(
    elimination_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Redirect:
    """Launch again a work that failed."""
    job = await resume_elimination(elimination_id, actor=actor, now=now)
    return Redirect(f"/taches/{job.id}", status_code=303)


@post("/{elimination_id:uuid}/abandon", name="elimination:abandon")
async def abandon_page(
    request: Request[Any, Any, Any],
    elimination_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Give up a list that has no visa."""
    await abandon_elimination(elimination_id, actor=actor, now=now)
    await session_of(request).flash("Bordereau abandonné : rien n'a été éliminé.")
    return Redirect("/reglages/conservation", status_code=303)


async def _context(form: Form, elimination_id: UUID, actor: Actor, cursor: str | None = None) -> dict[str, Any]:
    after = read_cursor(cursor, UUID)
    sheet = await read_elimination(elimination_id, actor=actor)
    found = await list_listed(elimination_id, actor=actor, limit=PAGE + 1, after=after)
    lines, following = cut(found, PAGE, lambda line: line.id)
    return {
        "form": form,
        "sheet": sheet,
        "elimination": sheet.elimination,
        "lines": lines,
        "sizes": [megabytes(line.size) for line in sheet.elimination.inventory],
        "next": query(apres=following) if following else "",
        "first": "?" if cursor else "",
    }


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/reglages/conservation",
            [show_page, list_page, paper_page, visa_page, resume_page, abandon_page],
            Permission.ADMINISTER,
        )
    ],
    dependencies={"today": Provide(provide_today)},
)
