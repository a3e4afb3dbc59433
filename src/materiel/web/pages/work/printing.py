"""« Imprimer »: which of some documents, in which piles, in how many copies; then the file, or the job of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.cover_letter import USUAL_DAYS
from materiel.domain.papers.printing import PrintedPaper, PrintOrder
from materiel.domain.work.job import Job
from materiel.errors import MaterielError
from materiel.use_cases.desk.print_together import print_documents_together
from materiel.use_cases.papers.printing import PrintDocuments, papers_of_school, papers_to_print
from materiel.use_cases.places.school import get_school
from materiel.web.audience import account_required, safe_next
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import may_write, pdf_answer, uuids_of
from materiel.web.pages.shell.rendering import render, render_form

ALL, AWAITED = "tous", "attendus"
NO_DAY = "Indiquez le jour avant lequel les lettres demandent une réponse."
ANNOUNCED, ONE = "annonces", "un"
COPIES = (
    (ANNOUNCED, "Autant que de signataires", "Ce que chaque document annonce ; un seul pour une lettre."),
    (ONE, "Un seul"),
)


async def ask_how(
    request: Request[Any, Any, Any], document_ids: Sequence[UUID], *, actor: Actor, today: date, back: tuple[str, str]
) -> Response[str]:
    """The form that prints these documents; `back` is where one comes from, address and title.

    Raises:
        NotFound: `document.not_found`.
        BadInput: `pile.empty`, `print.too_many`.
    """
    papers = await papers_to_print(document_ids, actor=actor)
    awaited = [paper for paper in papers if paper.is_awaited]
    schools = {paper.school_uai for paper in papers}
    form = Form.filled(
        documents=" ".join(str(paper.id) for paper in papers),
        back=back[0],
        back_text=back[1],
        what=AWAITED if awaited else ALL,
        by=PrintOrder.SCHOOL.value if len(schools) > 1 else PrintOrder.NAME.value,
        copies=ANNOUNCED,
        separators=len(schools) > 1,
        letters_by=today + timedelta(days=USUAL_DAYS),
    )
    return render(request, "papers/print.html", _context(form, papers, actor))


@get("/", name="print:school")
async def ask_for_school(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    uai: Annotated[str, QueryParameter(name="etablissement")] = "",
) -> Response[Any]:
    """How to print the documents in force of the loans under way at a school."""
    school = await get_school(uai, actor=actor)
    where = request.app.route_reverse("school:show", uai=school.uai)
    try:
        papers = await papers_of_school(school.uai, actor=actor)
        return await ask_how(request, papers, actor=actor, today=actor.civil_date(now), back=(where, school.name))
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
        return Redirect(where, status_code=303)


@post("/", name="print:make", opt={"permission": Permission.READ})
async def make(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """The file at once, or the page of the job that makes it."""
    form = await read_form(request)
    chosen = uuids_of(form.typed("documents").split())
    papers = await papers_to_print(chosen, actor=actor)
    if form.typed("what") == AWAITED:
        chosen = [paper.id for paper in papers if paper.is_awaited]
    order = next((each for each in PrintOrder if each.value == form.typed("by")), PrintOrder.SCHOOL)
    letters_by = form.day("letters_by", required=NO_DAY) if form.ticked("letters") else None
    if form.faults:
        return render_form(request, "papers/print.html", form, _context(form, papers, actor))
    command = PrintDocuments(
        document_ids=tuple(chosen),
        announced=form.typed("copies") != ONE,
        order=order,
        separators=form.ticked("separators"),
        letters_by=letters_by,
    )
    try:
        made = await print_documents_together(command, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "papers/print.html", form, _context(form, papers, actor))
    if isinstance(made, Job):
        return Redirect(request.app.route_reverse("job:show", job_id=made.id), status_code=303)
    return pdf_answer(made, "documents")


def _context(form: Form, papers: Sequence[PrintedPaper], actor: Actor) -> dict[str, Any]:
    awaited = sum(1 for paper in papers if paper.is_awaited)
    return {
        "form": form,
        "back": safe_next(form.typed("back")),
        "count": len(papers),
        "which": [
            (AWAITED, f"Ceux qui attendent une signature ({awaited})"),
            (ALL, f"Tous, signés compris ({len(papers)})"),
        ]
        if 0 < awaited < len(papers)
        else [],
        "orders": PrintOrder,
        "copies": COPIES,
        "writes": may_write(actor),
    }


router = account_required("/documents/impression", [ask_for_school, make], Permission.READ)
