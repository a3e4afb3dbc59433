"""« Prêter »: one page that grows as it is filled in. What is chosen stays in its address; one form writes, at the end.

Each answer is a GET, so that the page works without JavaScript, may be left and taken up again, and writes nothing.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.kit import Kit
from materiel.domain.item.item import Item
from materiel.domain.loan.alternative import OTHER_SCHOOL, STATUS_TO_RECORD
from materiel.domain.loan.decision import SCHOOL_OUTSIDE_TERRITORY, Decision, Outcome, Schooling
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.usage import BasisKind, Custody, Usage
from materiel.errors import MaterielError
from materiel.use_cases.loan.lending import create_and_issue, find_to_lend
from materiel.use_cases.loan.loan import CreateLoan, create_loans
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form, read_query
from materiel.web.pages.acting import say_applied
from materiel.web.pages.loan.lending_case import (
    LendingCase,
    asked_need,
    fill_terms,
    knowing_kits,
    read_case,
    read_terms,
    where_to_mend,
)
from materiel.web.pages.loan.loan import lead_to_issued
from materiel.web.pages.shell.rendering import render, render_form

NO = frozenset({Outcome.REFUSED, Outcome.BLOCKED})
TEMPLATE = "loan/lending/show.html"
TO_CONFIRM = {
    "CLASSE_A_CONFIRMER": "La classe de l'élève est bien sous contrat",
    "POST_BAC_A_CONFIRMER": "L'élève n'est pas un étudiant de STS ou de CPGE",
    "ETABLISSEMENT_FERME": "L'établissement accueille bien l'élève, malgré l'annuaire",
    "ETABLISSEMENT_ABSENT": "L'établissement existe bien, malgré l'annuaire",
    "ETABLISSEMENT_DIFFERENT": "C'est bien l'établissement que l'élève fréquente",
}
"""The cautions that a person must confirm before anything is written, and what ticking the box says."""


@get("/", name="loan:new")
async def lending_page(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """What is known of the case so far, what is still to choose, and what the table answers to it."""
    form = read_query(request)
    typed = form.text("q")
    need = await asked_need(form, actor)
    await fill_terms(form, need, actor=actor, today=today)
    case = await read_case(form, need, actor=actor, now=now, today=today)
    found = await find_to_lend(typed, actor=actor) if typed else None
    if found is not None and found.items:
        case = await knowing_kits(case, found.items, actor=actor)
    if found is not None and found.only is not None and not _lends_nothing(found.only, today):
        # One thing found leaves nothing to choose: it is taken, and the address says so.
        return Redirect(taken(case, found.only).address, status_code=303)
    return render(request, TEMPLATE, {"form": form, "found": found, **_context(case)})


def _lends_nothing(found: Pupil | Item | Kit | School, today: date) -> bool:
    """Whether it is a kit all of which is lent, lost or away: the page says so, and takes nothing."""
    return isinstance(found, Kit) and not found.available(today)


def taken(case: LendingCase, chosen: Pupil | Item | Kit | School) -> LendingCase:
    """The case with what was found."""
    if isinstance(chosen, Pupil):
        return case.with_pupil(chosen)
    if isinstance(chosen, Kit):
        return case.with_kit(chosen)
    return case.with_item(chosen) if isinstance(chosen, Item) else case.with_school(chosen)


@post("/", name="loan:create")
async def lend_page(
    request: Request[Any, Any, Any],
    issuer: NamedDependency[Issuer],
    today: NamedDependency[date],
) -> Redirect | Response[str]:
    """Create the loan and, unless only a draft is asked, issue its documents: together, or nothing is written."""
    form = await read_form(request)
    case = await read_case(form, await asked_need(form, issuer.actor), actor=issuer.actor, now=issuer.now, today=today)
    if form.typed("action") == "verifier":
        return render(request, TEMPLATE, {"form": form, "found": None, **_context(case)})
    elsewhere = [item.id for item in case.items if str(item.id) in form.many("elsewhere")]
    try:
        command = _command(form, case)
        if command is not None and form.typed("action") == "brouillon":
            draft, *second = await create_loans(command, elsewhere, actor=issuer.actor, now=issuer.now)
            return Redirect(_list_of(case) if second else f"/prets/{draft.case.loan.id}", status_code=303)
        if command is not None:
            created, applied = await create_and_issue(command, elsewhere=elsewhere, issuer=issuer)
            shortened = " ".join(each.detail for each in created.cautions if each.code == "TERME_RAMENE")
            if applied.others:
                await say_applied(request, f"Les documents sont émis. {shortened}".strip(), applied)
                return Redirect(_list_of(case), status_code=303)
            return await lead_to_issued(request, applied, shortened)
    except MaterielError as refusal:
        # A fault of an item has no field here: it is told of the whole form. Nothing was written.
        if all(refusal.code != each.code for each in case.obstacles):
            form.fault("", refusal.message)
    if case.obstacles and not form.faults:
        form.fault("", "Rien n'est enregistré : corrigez d'abord ce qui empêche d'émettre, dit plus bas.")
    return render_form(request, TEMPLATE, form, {"found": None, **_context(case)})


def _list_of(case: LendingCase) -> str:
    """The loans of the pupil, when one request made two."""
    return f"/prets?eleve={case.pupil.id}" if case.pupil else "/prets"


def _command(form: Form, case: LendingCase) -> CreateLoan | None:
    terms = read_terms(form)
    if not case.items:
        form.fault("q", "Ajoutez au moins un matériel : scannez son étiquette, ou cherchez-le.")
    elif case.is_incomplete:
        form.fault("", "Il manque encore des réponses : complétez-les dans l'ordre de la page.")
    if case.examined is not None:
        for caution in case.examined.decision.warnings:
            if caution.code in TO_CONFIRM and not form.ticked(f"confirm/{caution.code}"):
                form.fault(f"confirm/{caution.code}", f"À confirmer : {caution.detail}")
        if _needs_reason(case.examined.decision) and not terms.override_reason:
            form.fault("override_reason", "Écrivez le motif de votre décision : il est gardé avec le prêt.")
    if form.faults or case.school is None or case.custody is None or terms.starts_on is None:
        return None
    return CreateLoan(
        usage=case.usage,
        custody=case.custody,
        school=case.school.uai,
        pupil=case.pupil.id if case.pupil else None,
        items=tuple(item.id for item in case.items),
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        purpose=terms.purpose,
        basis=terms.basis,
        schooling=terms.schooling,
        override_reason=terms.override_reason,
        need=case.need.id if case.need else None,
        for_examination=case.for_examination,
    )


def _needs_reason(decision: Decision) -> bool:
    """Whether a manager must write why: the texts leave the choice, or another service usually lends there."""
    outside = any(each.code == SCHOOL_OUTSIDE_TERRITORY for each in decision.warnings)
    return outside or decision.outcome is Outcome.MANUAL


def _context(case: LendingCase) -> dict[str, Any]:
    decision = case.examined.decision if case.examined else None
    return {
        "case": case,
        "decision": decision,
        "usages": list(Usage),
        "custodies": list(Custody),
        "bases": {each.value: each.label for each in BasisKind},
        "schoolings": list(Schooling),
        "record_status": decision is not None and decision.code in STATUS_TO_RECORD and decision.outcome in NO,
        "other_school": decision is not None and decision.code in OTHER_SCHOOL and decision.outcome in NO,
        "to_confirm": _to_confirm(decision),
        "notes": [each for each in decision.warnings if each.code not in TO_CONFIRM] if decision else [],
        "mended_at": {each.code: where_to_mend(each, case.pupil.id if case.pupil else None) for each in case.obstacles},
        "needs_reason": decision is not None and _needs_reason(decision),
        "permitted": decision is not None and decision.outcome in {Outcome.ALLOWED, Outcome.MANUAL},
    }


def _to_confirm(decision: Decision | None) -> list[tuple[str, str, str]]:
    """Code, sentence and what to tick, of each caution to confirm."""
    if decision is None:
        return []
    return [(each.code, each.detail, TO_CONFIRM[each.code]) for each in decision.warnings if each.code in TO_CONFIRM]


router = Router(
    "/",
    route_handlers=[account_required("/preter", [lending_page, lend_page], Permission.WRITE)],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
