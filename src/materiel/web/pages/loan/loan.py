"""Pages of loans: the list, the sheet of one, its papers. Its steps are in `step` and `change`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.loan.ahead import days_ahead
from materiel.domain.loan.loan import SIGNED_PAPERS, Loan, LoanStatus
from materiel.domain.papers.document import RECEIPTS, Document, DocumentStatus, SignatureStatus, awaited, in_force
from materiel.domain.people.death import is_silenced
from materiel.domain.signing.in_person import may_sign_here, without_address
from materiel.domain.usage import Custody, Usage
from materiel.domain.work.outbox import REQUESTS
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.imports.exports import export_loans
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.handover_form import handover_form
from materiel.use_cases.loan.sheet import LoanSheet, print_documents, read_loan_sheet
from materiel.use_cases.loan.steps import drop_draft, issue_loan
from materiel.use_cases.loan.takeover import old_scans
from materiel.use_cases.mail.status import mail_about_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.folder import returned_papers
from materiel.use_cases.signing.reminder import reminders_ahead
from materiel.use_cases.signing.request import asks_somebody
from materiel.use_cases.work.pause import loan_pause
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import account_required
from materiel.web.http.forms import Form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import cautions_text, may_write, pdf_answer
from materiel.web.pages.loan.change import CHANGES
from materiel.web.pages.loan.lending_case import where_to_mend
from materiel.web.pages.loan.next_act import all_dues, shown_dues
from materiel.web.pages.loan.recall import RECALLS
from materiel.web.pages.loan.step import STEPS
from materiel.web.pages.shell.rendering import render

AFTER_DEATH = frozenset({"rappel-retire", "retour", "annulation", "cloture"})
"""What is still done for a pupil who has died: take back, let go, file away."""


@get("/export.csv", name="loan:export")
async def export_page(actor: NamedDependency[Actor]) -> Stream:
    """Every loan of the service, for a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="prets.csv"'}
    return Stream(export_loans(actor=actor), media_type="text/csv", headers=headers)


@get("/{loan_id:uuid}", name="loan:show")
async def show_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[str]:
    """The sheet: its state, what is missing, its documents, its items, its history, and what may be done now."""
    sheet = await read_loan_sheet(loan_id, actor=actor, now=now)
    mail = await mail_about_loan(loan_id, actor=actor)
    context = sheet_context(sheet, actor, today)
    papers = in_force(sheet.case.documents)
    asked = {each.message.about.document_id for each in mail if each.message.purpose in REQUESTS}
    context |= {
        "mail": mail,
        "pause": await loan_pause(loan_id, actor=actor, now=now),
        "returned": await returned_papers(actor=actor, loan_id=loan_id),
        "old_scans": await old_scans(sheet.case.loan, actor=actor),
        "dues": shown_dues(
            all_dues(sheet, mail, actor, today),
            sheet.case.loan,
            today=today,
            delays=actor.delays,
            possible=[each.slug for each in context["actions"]],
            askable=context["sendable"],
            asked={each for each in asked if each},
            to_issue=not sheet.obstacles,
        ),
        "ahead": days_ahead(
            sheet.case.loan,
            sheet.case.documents,
            today,
            pupil=sheet.case.pupil,
            items=sheet.case.items,
            reminders=await reminders_ahead(papers, actor=actor),
        ),
        "papers": grouped_papers(papers),
        "signs_here": context["writes"] and may_be_signed_here(sheet.case, today),
        "to_hand_out": without_address(papers, sheet.case.pupil) if sheet.case.pupil else [],
        "pending": [each for each in reversed(papers) if context["writes"] and is_pending(each)],
    }
    return render(request, "loan/show.html", context)


@get("/{loan_id:uuid}/documents", name="loan:issued")
async def issued_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[str]:
    """What was just issued: print it all at once, or send it for signature."""
    sheet = await read_loan_sheet(loan_id, actor=actor, now=now)
    return render(request, "loan/issued.html", sheet_context(sheet, actor, today))


@get("/{loan_id:uuid}/documents.pdf", name="loan:print")
async def print_page(loan_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """The documents in force, in one PDF."""
    return pdf_answer(await print_documents(loan_id, actor=actor), f"pret-{loan_id}")


@get("/{loan_id:uuid}/documents/bon-a-remplir.pdf", name="loan:handover_form")
async def handover_form_page(loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]) -> Response[bytes]:
    """The form of the hand-over, to print beforehand and sign on the spot."""
    return pdf_answer((await handover_form(loan_id, issuer=issuer)).pdf, f"bon-a-remplir-{loan_id}")


@post("/{loan_id:uuid}/emission", name="loan:issue", opt={"permission": Permission.WRITE})
async def issue_page(
    request: Request[Any, Any, Any], loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Redirect:
    """Issue the documents of a draft; a refusal is told on the sheet, where it can be mended."""
    try:
        applied = await issue_loan(loan_id, issuer=issuer)
    except NotFound:
        raise
    except MaterielError as refusal:
        await session_of(request).flash(f"Les documents n'ont pas été émis : {refusal.message}", "error")
        return Redirect(f"/prets/{loan_id}", status_code=303)
    return await lead_to_issued(request, applied)


@post("/{loan_id:uuid}/abandon", name="loan:drop_draft", opt={"permission": Permission.WRITE})
async def drop_draft_page(
    request: Request[Any, Any, Any], loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Redirect:
    """Give up a draft: its items are free again. An issued loan is cancelled on its own page, with a reason."""
    await drop_draft(loan_id, issuer=issuer)
    await session_of(request).flash("Brouillon abandonné : le matériel est de nouveau disponible.")
    return Redirect("/", status_code=303)


async def lead_to_issued(request: Request[Any, Any, Any], applied: Applied, created: str = "") -> Redirect:
    """Lead to the documents just issued; `created` is what the same request already did, to be said too."""
    cautions = cautions_text(applied.cautions)
    number = len(applied.made)
    said = "1 document est émis." if number == 1 else f"{number} documents sont émis."
    await session_of(request).flash(f"{said} {created}".strip(), left=cautions)
    return Redirect(f"/prets/{applied.case.loan.id}/documents", status_code=303)


def sheet_context(sheet: LoanSheet, actor: Actor, today: date) -> dict[str, Any]:
    """What the templates of a loan's sheet and of its documents need."""
    case = sheet.case
    writes, died = may_write(actor), is_silenced(case.pupil)
    return {
        "sheet": sheet,
        "case": case,
        "loan": case.loan,
        "situation": state_in_words(case.loan),
        "current": [each for each in case.documents if each.status is DocumentStatus.IN_FORCE],
        "past": [each for each in case.documents if each.status is not DocumentStatus.IN_FORCE],
        "awaited": awaited(case.documents),
        "actions": [
            each
            for each in (*STEPS, *RECALLS, *CHANGES)
            if writes and each.is_possible(case.loan) and (not died or each.slug in AFTER_DEATH)
        ],
        "writes": writes,
        "today": today,
        "form": Form.filled(signed_on=today),
        "sendable": sendable(case, today, writes=writes),
        "mended_at": {each.code: where_to_mend(each, case.loan.pupil_id) for each in sheet.obstacles},
        "died": died,
    }


def may_be_signed_here(case: Case, today: date) -> bool:
    """Whether somebody of the family may sign a paper of the loan on an agent's device."""
    pupil = case.pupil
    if pupil is None or is_silenced(pupil):
        return False
    return any(may_sign_here(paper, box, pupil, today) for paper in case.documents for box in paper.signatures)


def is_pending(paper: Document) -> bool:
    """Whether a paper may still be signed, or sent to somebody."""
    open_boxes = any(box.status is not SignatureStatus.SIGNED for box in paper.signatures)
    return open_boxes or any(each.sent_at is None for each in paper.recipients)


def grouped_papers(papers: Sequence[Document]) -> list[tuple[str, list[Document]]]:
    """The papers in force as a sheet shows them: what was agreed, what changed hands, who is told; newest first."""
    groups: dict[str, list[Document]] = {"Conventions et avenants": [], "Remises et retours": [], "Notifications": []}
    for paper in reversed(papers):
        group = "Conventions et avenants" if paper.kind in SIGNED_PAPERS else "Notifications"
        groups["Remises et retours" if paper.kind in RECEIPTS else group].append(paper)
    return [(title, found) for title, found in groups.items() if found]


def sendable(case: Case, today: date, *, writes: bool) -> set[UUID]:
    """The documents that may be sent for signature now."""
    return {each.id for each in in_force(case.documents) if writes and asks_somebody(each, case.pupil, today)}


def state_in_words(loan: Loan) -> str:
    """The state of a loan as a sentence."""
    thing = "prêt" if loan.usage is Usage.INDIVIDUAL else "dépôt"
    where = "à la famille" if loan.usage is Usage.INDIVIDUAL and loan.custody is Custody.HOME else "à l'établissement"
    match loan.status:
        case LoanStatus.DRAFT:
            return f"Ce {thing} est préparé : le matériel est réservé, aucun document n'est encore émis."
        case LoanStatus.ISSUED:
            return "Les documents sont émis, aucune signature n'est encore enregistrée."
        case LoanStatus.PARTIALLY_SIGNED:
            return "Les documents sont émis et une partie des signatures est enregistrée."
        case LoanStatus.SIGNED:
            return f"Tout est signé : le matériel peut être remis {where}."
        case LoanStatus.HANDED_OVER if loan.lines_to_hand_over:
            return f"Une partie du matériel est remise {where}."
        case LoanStatus.HANDED_OVER:
            return f"Le matériel est remis {where}."
        case LoanStatus.RETURNED:
            return f"Tout le matériel est revenu : le {thing} est terminé et peut être clos."
        case LoanStatus.CANCELLED:
            return f"Ce {thing} est annulé : le matériel n'y est plus réservé."
        case _:
            return f"Ce {thing} est clos."


router = Router(
    "/",
    route_handlers=[
        account_required(
            "/prets",
            [
                export_page,
                show_page,
                issued_page,
                print_page,
                handover_form_page,
                issue_page,
                drop_draft_page,
            ],
            Permission.READ,
        )
    ],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
