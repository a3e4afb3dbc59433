"""« Reprendre un prêt en cours »: one loan, several of one school; and going back on one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.french import long_date
from materiel.domain.language.typography import count
from materiel.domain.loan.loan import is_handed_over_unsigned
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import BasisKind, Custody, Usage
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.item.item import get_item
from materiel.use_cases.loan.loan import Created, get_loan
from materiel.use_cases.loan.takeover import TakeOverLoan, take_over_loan, take_over_several, undo_take_over
from materiel.use_cases.people.pupil import get_pupil
from materiel.web.acting import provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.http.session import session_of
from materiel.web.pages.acting import cautions_text, uuid_of
from materiel.web.pages.loan.change import named_school
from materiel.web.pages.loan.takeover_form import (
    RunningTerms,
    SignedPaper,
    read_items,
    read_pupil,
    read_school,
    read_terms,
)
from materiel.web.pages.shell.rendering import render, render_form

ONE, SEVERAL, UNDO = "loan/takeover/one.html", "loan/takeover/several.html", "loan/takeover/undo.html"
ROWS, MORE_ROWS, MOST_ROWS = 8, 8, 100


def _context(today: date, candidates: Sequence[Pupil] = ()) -> dict[str, Any]:
    return {
        "usages": list(Usage),
        "custodies": list(Custody),
        "signatures": list(SignedPaper),
        "bases": list(BasisKind),
        "today": today,
        "candidates": [(each.id, each.full_name, f"{_born(each)}{each.school_uai}") for each in candidates],
    }


def _born(pupil: Pupil) -> str:
    return f"Naissance le {long_date(pupil.birth_date)}, " if pupil.birth_date else ""


@get("/reprise", name="takeover:new")
async def one_page(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], today: NamedDependency[date]
) -> Response[str]:
    """The form of one loan; a sheet that leads here names its pupil or its item."""
    asked = read_query(request)
    form = Form.filled(usage=Usage.INDIVIDUAL, custody=Custody.HOME)
    try:
        if pupil_id := uuid_of(asked.text("eleve")):
            form.set("pupil", (await get_pupil(pupil_id, actor=actor)).full_name)
            form.set("pupil-chosen", str(pupil_id))
        if item_id := uuid_of(asked.text("materiel")):
            form.set("items", (await get_item(item_id, actor=actor)).inventory_number)
    except NotFound:
        pass
    return render(request, ONE, {"form": form, **_context(today)})


@post("/reprise", name="takeover:create")
async def take_over_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """Take the loan over, or show again what was typed with what it lacks."""
    form = await read_form(request)
    candidates: Sequence[Pupil] = ()
    pupil: Pupil | None = None
    terms = read_terms(form)
    items = await read_items(form, "items", actor)
    if form.typed("usage") != Usage.SHARED.value:
        pupil, candidates = await read_pupil(form, "pupil", actor)
    school = await read_school(form, pupil, actor) if pupil is not None or form.text("school") else ""
    if terms is not None and terms.usage is Usage.SHARED and not school:
        form.fault("school", "Indiquez l'établissement par son UAI, ou par son nom et sa commune.")
    if terms is not None and not form.faults:
        command = terms.command(items, school=school, pupil=pupil.id if pupil else None)
        try:
            created = await take_over_loan(command, actor=actor, now=now)
        except MaterielError as refusal:
            _refuse(form, refusal)
        else:
            await session_of(request).flash(_done([created]), left=cautions_text(created.cautions))
            return Redirect(f"/prets/{created.case.loan.id}", status_code=303)
    return render_form(request, ONE, form, _context(today, candidates))


def _refuse(form: Form, refusal: MaterielError) -> None:
    """A refusal under the field that the page has for it: an item and a file have one field each."""
    fields = {each.pointer.lstrip("/") for each in refusal.errors}
    if fields and fields <= {"paper/signed_on"}:
        form.refuse(refusal)
    else:
        form.fault("items" if refusal.code.startswith("item.") else "", refusal.message)


def _done(created: Sequence[Created]) -> str:
    number = len(created)
    said = "Le prêt est repris" if number == 1 else f"{count(number)} prêts sont repris"
    loans = [each.case.loan for each in created]
    unsigned = sum(is_handed_over_unsigned(loan, ()) for loan in loans)
    if not unsigned:
        return f"{said} : rien n'est émis, la vraie convention le sera au premier changement."
    what = "Il est montré" if number == 1 else "Ils sont montrés"
    return f"{said}. {what} comme remis sans convention signée : faites établir la convention."


@get("/reprise/plusieurs", name="takeover:several")
async def several_page(request: Request[Any, Any, Any], today: NamedDependency[date]) -> Response[str]:
    """The form of several loans of one school, on the same terms."""
    asked = read_query(request)
    form = Form.filled(usage=Usage.INDIVIDUAL, custody=Custody.HOME, school=asked.text("etablissement"))
    return render(request, SEVERAL, {"form": form, "rows": ROWS, **_context(today)})


@post("/reprise/plusieurs", name="takeover:create_several")
async def take_several_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """Take them all over, or none: each line tells what it lacks."""
    form = await read_form(request)
    rows = _rows_of(form)
    if form.typed("action") == "lignes":
        more = min(rows + MORE_ROWS, MOST_ROWS)
        return render(request, SEVERAL, {"form": form, "rows": more, **_context(today)})
    school = await named_school(form, "school", actor)
    terms = read_terms(form)
    filled = [row for row in range(rows) if form.text(f"items-{row}") or form.text(f"pupil-{row}")]
    if not filled:
        form.fault("items-0", "Remplissez au moins une ligne.")
    commands = await _commands(form, filled, terms, school.uai if school else "", actor)
    if not form.faults:
        try:
            created = await take_over_several(commands, actor=actor, now=now)
        except MaterielError as refusal:
            for each in refusal.errors:
                form.fault(f"items-{filled[int(each.pointer.rpartition('/')[2])]}", each.detail)
            if not refusal.errors:
                form.fault("", refusal.message)
        else:
            await session_of(request).flash(_done(created))
            return Redirect(f"/prets?etablissement={created[0].case.loan.school_uai}", status_code=303)
    return render_form(request, SEVERAL, form, {"rows": rows, **_context(today)})


def _rows_of(form: Form) -> int:
    """How many lines the page has."""
    typed = form.typed("rows")
    return min(int(typed), MOST_ROWS) if typed.isascii() and typed.isdigit() and int(typed) else ROWS


async def _commands(
    form: Form, filled: Sequence[int], terms: RunningTerms | None, school: str, actor: Actor
) -> list[TakeOverLoan]:
    """The loan of each line that is whole; the others have their faults noted."""
    commands = []
    shared = form.typed("usage") == Usage.SHARED.value
    for row in filled:
        items = await read_items(form, f"items-{row}", actor)
        pupil = None
        if not shared:
            pupil, found = await read_pupil(form, f"pupil-{row}", actor)
            if found:
                names = " ; ".join(f"{each.full_name}, {each.birth_date.year}" for each in found[:5] if each.birth_date)
                form.fault(f"pupil-{row}", f"Précisez, ou reprenez ce prêt seul : {names}.")
        if terms is not None and items and (shared or pupil is not None):
            reference = form.text(f"reference-{row}")[:60]
            commands.append(terms.command(items, school=school, pupil=pupil.id if pupil else None, reference=reference))
    return commands


@get("/{loan_id:uuid}/reprise-annulee", name="takeover:undo")
async def undo_form_page(
    request: Request[Any, Any, Any], loan_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What going back on a taking over does."""
    return render(request, UNDO, {"form": Form(), "case": await get_loan(loan_id, actor=actor)})


@post("/{loan_id:uuid}/reprise-annulee", name="takeover:do_undo")
async def undo_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Take it back, or say why it no longer can be."""
    form = await read_form(request)
    try:
        await undo_take_over(loan_id, actor=actor, now=now)
    except NotFound:
        raise
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, UNDO, form, {"case": await get_loan(loan_id, actor=actor)})
    await session_of(request).flash("La reprise est retirée : le matériel est de nouveau en réserve.")
    return Redirect(f"/prets/{loan_id}", status_code=303)


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/prets",
            [one_page, take_over_page, several_page, take_several_page, undo_form_page, undo_page],
            Permission.WRITE,
        )
    ],
    dependencies={"today": Provide(provide_today)},
)
