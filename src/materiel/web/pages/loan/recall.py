"""Claiming the items of a loan back, going back on it, and its letters to print for the post."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.loan.loan import Loan
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.usage import Usage
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.letter import recall_letters
from materiel.use_cases.loan.recall import recall_loan, undo_recall
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.pages.loan.step import Step, empty_form, step_handlers
from materiel.web.pages.shell.rendering import render


async def _recall(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    reason = form.text("reason", required="Dites pourquoi le matériel est redemandé : le service le garde.")
    ground = None
    if case.loan.usage is Usage.INDIVIDUAL:
        ground = form.choice("ground", RecallGround, required="Choisissez ce qui permet de reprendre avant le terme.")
    if form.faults:
        return None
    return await recall_loan(case.loan.id, reason=reason, ground=ground, issuer=issuer)


async def _undo(form: Form, case: Case, issuer: Issuer) -> Applied | None:
    reason = form.text("reason", required="Dites pourquoi le retour n'est plus demandé : l'historique le garde.")
    return None if form.faults else await undo_recall(case.loan.id, reason=reason, issuer=issuer)


def _is_recalled(loan: Loan) -> bool:
    return loan.is_open and bool(loan.lines_out) and loan.recalled_on is not None


RECALLS = (
    Step(
        slug="rappel",
        title="Demander le retour",
        button="Demander le retour",
        done="La demande de retour est enregistrée.",
        is_possible=lambda loan: loan.is_open and bool(loan.lines_out) and loan.recalled_on is None,
        act=_recall,
        prefill=empty_form,
        options={"grounds": list(RecallGround)},
        undo=lambda applied: (f"/prets/{applied.case.loan.id}/rappel-retire", "tant que tout n'est pas revenu"),
        settle=lambda applied: (f"/prets/{applied.case.loan.id}/rappel/lettres", "Imprimer les lettres"),
    ),
    Step(
        slug="rappel-retire",
        title="Revenir sur la demande de retour",
        button="Ne plus demander le retour",
        done="Le retour n'est plus demandé : le prêt continue.",
        is_possible=_is_recalled,
        act=_undo,
        prefill=empty_form,
        options={},
    ),
)


@get("/{loan_id:uuid}/rappel/lettres", name="loan:recall_letters", opt={"permission": Permission.WRITE})
async def letters_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """The letters of a claim, one a page, for those who have no address."""
    printed = await recall_letters(loan_id, actor=actor, today=today)
    shown = {"printed": printed, "case": printed.case, "loan": printed.case.loan, "today": today}
    return render(request, "loan/recall_letters.html", shown)


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/prets", [letters_page, *(each for step in RECALLS for each in step_handlers(step))], Permission.READ
        )
    ],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
