"""HTTP for loans: parse, call one use case, answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from materiel.domain.accounts.roles import Actor
from materiel.domain.loan.loan import LoanStatus, is_handed_over_unsigned
from materiel.use_cases.loan import changes, moves, steps
from materiel.use_cases.loan import loan as loans
from materiel.use_cases.loan import recall as recalls
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.case import Case
from materiel.use_cases.loan.handover_form import handover_form
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.loan.loan import (
    AmendBody,
    CancelBody,
    ChangeCustodyBody,
    ChangeSchoolBody,
    HandoverBody,
    LoanBody,
    LoanOut,
    LoanPage,
    LoanSummary,
    OverrideBody,
    RecallBody,
    RenewBody,
    ReturnBody,
)
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

Handler = Callable[..., Awaitable[LoanOut]]
ISSUED = {"status": "issued", "issued_on": "2026-11-21", "version": 2}
EXAMPLES = {
    404: ("loan.not_found", "Aucun prêt de votre service n'a cet identifiant."),
    409: ("item.already_lent", "Ce matériel est déjà dans un prêt en cours."),
    422: ("loan.refused", "La circulaire exclut du prêt les élèves d'un établissement médico-éducatif."),
}
FORM_EXAMPLES = {409: ("loan.already_handed_over", "Tout le matériel de ce prêt est déjà remis : imprimez ses bons.")}
RESPONSES = problems(*WRITE, examples=EXAMPLES)


def _reason(override: OverrideBody | None) -> str:
    return override.reason if override else ""


async def _shown(case: Case, today: date) -> LoanOut:
    return LoanOut.with_documents(
        case.loan,
        case.documents,
        unsigned=is_handed_over_unsigned(case.loan, case.documents, case.former),
        decision=await loans.decision_of(case.loan.id),
        today=today,
    )


async def _stepped(applied: Applied) -> LoanOut:
    case = applied.case
    told = LoanOut.with_documents(
        case.loan,
        applied.made,
        unsigned=is_handed_over_unsigned(case.loan, case.documents, case.former),
        decision=await loans.decision_of(case.loan.id),
        cautions=applied.cautions,
        today=applied.on,
    )
    told.written_to, told.to_print = list(applied.letters.written_to), list(applied.letters.to_print)
    told.others = [await _stepped(other) for other in applied.others]
    return told


@post(
    "/",
    operation_id="CreateLoan",
    summary="Préparer un prêt ou un dépôt",
    tags=["Prêts"],
    opt={"example": {"documents": []}},
    responses=RESPONSES,
)
async def create_loan(
    data: JSONBody[LoanBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> LoanOut:
    """Un brouillon réserve ses matériels. Un refus cite sa source et donne son code dans `refusal`.

    Avec `elsewhere`, un élève a deux prêts, un par lieu de garde : tous deux sont préparés, ou aucun.
    """
    created = await loans.create_loans(
        data.command(override_reason=_reason(data.override)), data.elsewhere, actor=actor, now=now
    )
    told, *others = [
        LoanOut.with_documents(
            each.case.loan,
            (),
            unsigned=False,
            decision=each.decision,
            today=actor.civil_date(now),
            cautions=each.cautions,
        )
        for each in created
    ]
    told.others = others
    return told


@get(
    "/",
    operation_id="ListLoans",
    summary="Lister les prêts",
    tags=["Prêts"],
    responses=problems(*LIST),
)
async def list_loans(
    actor: NamedDependency[Actor],
    status: FromQuery[LoanStatus | None] = None,
    school: Annotated[str | None, QueryParameter(max_length=8, description="Code UAI.")] = None,
    pupil: FromQuery[UUID | None] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> LoanPage:
    """Le plus ancien d'abord."""
    after = read_cursor(cursor, UUID)
    found = await loans.list_loans(
        actor=actor, status=status, school=(school or "").upper(), pupil=pupil, limit=limit + 1, after=after
    )
    shown, following = cut(found, limit, lambda loan: loan.id)
    return LoanPage(items=[LoanSummary.of(loan) for loan in shown], next_cursor=following)


@get(
    "/{loan_id:uuid}",
    operation_id="ReadLoan",
    summary="Lire un prêt et tous ses documents",
    tags=["Prêts"],
    opt={"example": ISSUED},
    responses=problems(*READ, examples=EXAMPLES),
)
async def show_loan(loan_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> LoanOut:
    """Un prêt du service."""
    return await _shown(await loans.get_loan(loan_id, actor=actor), actor.civil_date(now))


def _step_route(path: str, operation: str, summary: str) -> Callable[[Handler], HTTPRouteHandler]:
    """The decorator of a step: they differ by their name only."""
    return post(
        f"/{{loan_id:uuid}}/{path}",
        status_code=200,
        operation_id=operation,
        summary=summary,
        tags=["Prêts"],
        opt={"example": ISSUED},
        responses=RESPONSES,
    )


@_step_route("issue", "IssueLoan", "Émettre les documents")
async def issue(loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Les documents que le cas demande, numérotés et figés."""
    return await _stepped(await steps.issue_loan(loan_id, issuer=issuer))


@_step_route("handover", "HandOverLoan", "Enregistrer une remise")
async def hand_over(loan_id: FromPath[UUID], data: JSONBody[HandoverBody], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Fait le bon de remise. Une remise sans convention signée est permise et visible."""
    return await _stepped(await steps.hand_over(data.command(loan_id=loan_id), issuer=issuer))


@_step_route("return", "TakeBackLoan", "Enregistrer un retour")
async def take_back(loan_id: FromPath[UUID], data: JSONBody[ReturnBody], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Fait le récépissé de restitution des matériels rendus."""
    return await _stepped(await steps.take_back(data.command(loan_id=loan_id), issuer=issuer))


@_step_route("change-school", "ChangeLoanSchool", "Suivre l'élève dans un autre établissement")
async def change_school(
    loan_id: FromPath[UUID], data: JSONBody[ChangeSchoolBody], issuer: NamedDependency[Issuer]
) -> LoanOut:
    """Nouvelle notification, ou nouvelle convention tripartite et récépissé de l'ancien lieu.

    Tous les prêts en cours de l'élève le suivent, ou aucun : `others` dit ce que sont devenus les autres.
    """
    command = data.command(loan_id=loan_id, override_reason=_reason(data.override))
    return await _stepped(await moves.change_school(command, issuer=issuer))


@_step_route("change-custody", "ChangeLoanCustody", "Changer le lieu de garde")
async def change_custody(
    loan_id: FromPath[UUID], data: JSONBody[ChangeCustodyBody], issuer: NamedDependency[Issuer]
) -> LoanOut:
    """De l'école au domicile, ou du domicile à l'école.

    Avec `only`, ces matériels seuls changent de garde : un avenant les sort du prêt, et `others` est le prêt établi
    pour eux, avec sa convention.
    """
    command = data.command(loan_id=loan_id, override_reason=_reason(data.override))
    return await _stepped(await moves.change_custody(command, issuer=issuer))


@_step_route("renew", "RenewLoan", "Renouveler")
async def renew(loan_id: FromPath[UUID], data: JSONBody[RenewBody], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Un avenant porte le nouveau terme."""
    command = data.command(loan_id=loan_id, override_reason=_reason(data.override))
    return await _stepped(await changes.renew_loan(command, issuer=issuer))


@_step_route("amend", "AmendLoan", "Ajouter, retirer ou échanger des matériels")
async def amend(loan_id: FromPath[UUID], data: JSONBody[AmendBody], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Un avenant nomme les matériels qui entrent et ceux qui sortent."""
    return await _stepped(await changes.amend_loan(data.command(loan_id=loan_id), issuer=issuer))


@_step_route("cancel", "CancelLoan", "Annuler un prêt non remis")
async def cancel(loan_id: FromPath[UUID], data: JSONBody[CancelBody], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Les matériels retournent en réserve."""
    return await _stepped(await steps.cancel_loan(loan_id, reason=data.reason, issuer=issuer))


@_step_route("recall", "RecallLoan", "Demander le retour")
async def recall(loan_id: FromPath[UUID], data: JSONBody[RecallBody], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Un dépôt à tout moment (Code civil, art. 1944), un prêt individuel pour un motif prévu ; écrit aux parties."""
    return await _stepped(await recalls.recall_loan(loan_id, reason=data.reason, ground=data.ground, issuer=issuer))


@_step_route("recall-undo", "UndoLoanRecall", "Revenir sur une demande de retour")
async def undo_recall(loan_id: FromPath[UUID], data: JSONBody[CancelBody], issuer: NamedDependency[Issuer]) -> LoanOut:
    """Le prêt continue ; les lettres en attente ne partent pas, ceux qui l'ont lue sont prévenus."""
    return await _stepped(await recalls.undo_recall(loan_id, reason=data.reason, issuer=issuer))


@_step_route("close", "CloseLoan", "Clore un prêt rendu")
async def close(
    loan_id: FromPath[UUID], issuer: NamedDependency[Issuer], despite_unsigned: FromQuery[bool] = False
) -> LoanOut:
    """Classe le dossier. Refusé tant que des reçus ne sont pas signés, sauf si `despite_unsigned` le confirme."""
    return await _stepped(await steps.close_loan(loan_id, issuer=issuer, despite_unsigned=despite_unsigned))


@get(
    "/{loan_id:uuid}/handover-form",
    operation_id="PrintHandoverForm",
    summary="Imprimer le bon de remise à remplir",
    tags=["Prêts"],
    media_type="application/pdf",
    responses=problems(*READ, 409, 422, examples=EXAMPLES | FORM_EXAMPLES),
)
async def print_handover_form(loan_id: FromPath[UUID], issuer: NamedDependency[Issuer]) -> Response[bytes]:
    """Un formulaire, à remplir et à signer le jour de la remise : rien n'est émis ni numéroté."""
    form = await handover_form(loan_id, issuer=issuer)
    return Response(form.pdf, media_type="application/pdf")


router = Router(
    "/loans",
    route_handlers=[
        create_loan,
        list_loans,
        show_loan,
        issue,
        hand_over,
        take_back,
        change_school,
        change_custody,
        renew,
        amend,
        cancel,
        recall,
        undo_recall,
        close,
        print_handover_form,
    ],
    dependencies={"issuer": provide_issuer},
)
