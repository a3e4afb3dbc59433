"""Pages of schools: find, read, record a kind with its reason, keep who signs, see what is deposited there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.due import DueAct
from materiel.domain.language.identifiers import legal_commune
from materiel.domain.loan.reference_change import ReferenceChange
from materiel.domain.papers.document import newest_first
from materiel.domain.places.school import SchoolKind
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.loan.list import LoanFilter, list_loan_lines
from materiel.use_cases.loan.reference_change import changes_of_school
from materiel.use_cases.people.pupil import list_pupils
from materiel.use_cases.places.school import (
    DecideSchoolKind,
    UpdateSchoolContact,
    decide_school_kind,
    get_school,
    update_school_contact,
)
from materiel.web.audience import account_required, safe_next
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import Button, may_write, shown_in_order
from materiel.web.pages.links.mailbox import mailbox_of
from materiel.web.pages.loan.next_act import dues_of_loans
from materiel.web.pages.shell.rendering import render, render_form

MOST_LOANS = 100
MOST_PUPILS = 200
WRITES = {"permission": Permission.WRITE}
CONTACT = ("head_name", "head_title", "on_behalf_of", "board_act")
BACK_TO_COMPUTED = "calculee"
DECIDABLE = tuple(kind for kind in SchoolKind if kind is not SchoolKind.TO_CHECK)


@get("/{uai:str}", name="school:show")
async def show_page(
    request: Request[Any, Any, Any],
    uai: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """The sheet: what waits, what it holds, its pupils; beside, who signs, how to reach it and its papers."""
    school, today = await get_school(uai, actor=actor), actor.civil_date(now)
    wanted = LoanFilter(school=school.uai, under_way=True)
    lines = await list_loan_lines(wanted, actor=actor, now=now, limit=MOST_LOANS)
    found = _of_annuaire(await changes_of_school(school, actor=actor), actor)
    found += dues_of_loans(lines, today=today, whole=f"/prets?liste=tous&etablissement={school.uai}")
    lent_to = {line.loan.pupil_id for line in lines}
    attending = await list_pupils(actor=actor, school=school.uai, limit=MOST_PUPILS)
    context = {
        "school": school,
        "commune": legal_commune(school.municipality_insee),
        "loans": lines,
        "others": [each for each in attending if each.id not in lent_to],
        "papers": newest_first([paper for line in lines for paper in line.papers]),
        "dues": shown_in_order(found, today, actor=actor),
        "today": today,
        "writes": may_write(actor),
        "mailbox": None if school.section_of else await mailbox_of(InviteInstitution(uai=school.uai), actor),
    }
    return render(request, "places/school/show.html", context)


def _of_annuaire(found: Sequence[ReferenceChange], actor: Actor) -> list[tuple[DueAct, Button | None]]:
    """What the annuaire changed of the school under running loans, and that is still to settle."""
    settle = Button(text="Régler", to=f"/a-faire/{Concern.REFERENCE.value}")
    return [
        (
            DueAct(
                concerns=(Concern.REFERENCE,),
                detail=f"{each.kind.label}.",
                since=actor.civil_date(each.found_at),
                subjects=(each.id,),
            ),
            settle,
        )
        for each in found
    ]


@get("/{uai:str}/nature", name="school:decide", opt=WRITES)
async def decide_page(
    request: Request[Any, Any, Any], uai: FromPath[str], actor: NamedDependency[Actor]
) -> Response[str]:
    """The form of a decision on the kind of a school."""
    school = await get_school(uai, actor=actor)
    decided = school.kind if school.kind is not school.computed_kind else ""
    form = Form.filled(
        version=school.version,
        kind=decided,
        reason=school.kind_reason,
        suite=request.query_params.get("suite", ""),
    )
    return render(request, "places/school/decide.html", {"form": form, "school": school, "kinds": DECIDABLE})


@post("/{uai:str}/nature", name="school:record_kind", opt=WRITES)
async def record_kind_page(
    request: Request[Any, Any, Any],
    uai: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Record the kind with its reason, and lead back to where it was needed."""
    form = await read_form(request)
    school = await get_school(uai, actor=actor)
    computed = form.text("kind") == BACK_TO_COMPUTED
    kind = None if computed else form.choice("kind", SchoolKind, required="Choisissez ce qu'est cet établissement.")
    version = form.version(school.version)
    if not form.faults:
        command = DecideSchoolKind(uai=school.uai, kind=kind, reason=form.text("reason"), version=version)
        try:
            await decide_school_kind(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults:
        return render_form(request, "places/school/decide.html", form, {"school": school, "kinds": DECIDABLE})
    await session_of(request).flash("Le statut de l'établissement est enregistré ; il survit aux prochains imports.")
    wanted = form.text("suite")
    return Redirect(safe_next(wanted) if wanted else f"/etablissements/{school.uai}", status_code=303)


@get("/{uai:str}/contact", name="school:contact", opt=WRITES)
async def contact_page(
    request: Request[Any, Any, Any], uai: FromPath[str], actor: NamedDependency[Actor]
) -> Response[str]:
    """The form of who signs for a school."""
    school = await get_school(uai, actor=actor)
    form = Form.filled(version=school.version, email=school.email, **{name: getattr(school, name) for name in CONTACT})
    return render(request, "places/school/contact.html", {"form": form, "school": school})


@post("/{uai:str}/contact", name="school:update_contact", opt=WRITES)
async def update_contact_page(
    request: Request[Any, Any, Any],
    uai: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Redirect | Response[str]:
    """Keep who signs, and the mailbox; a changed one awaits its code."""
    form = await read_form(request)
    school = await get_school(uai, actor=actor)
    typed = {name: form.text(name) for name in (*CONTACT, "email")}
    version = form.version(school.version)
    command = UpdateSchoolContact(uai=school.uai, version=version, **typed)
    try:
        await update_school_contact(command, actor=actor, now=now, base_url=settings.base_url)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "places/school/contact.html", form, {"school": school})
    await session_of(request).flash("Signataire enregistré. Les documents déjà émis ne changent pas.")
    return Redirect(f"/etablissements/{school.uai}", status_code=303)


router = account_required(
    "/etablissements",
    [show_page, decide_page, record_kind_page, contact_page, update_contact_page],
    Permission.READ,
)
