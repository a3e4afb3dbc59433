"""HTTP for what was recorded about a document by mistake."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from materiel.domain.accounts.roles import Actor
from materiel.use_cases.loan import receipt_correction as receipts
from materiel.use_cases.loan.receipt_correction import UndoReceipt
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing import correction as corrections
from materiel.use_cases.signing.correction import WithdrawSignature
from materiel.web.acting import provide_issuer
from materiel.web.api.body import CommandBody
from materiel.web.api.papers.document import EXAMPLES, DocumentOut
from materiel.web.api.problems import WRITE, problems


class WithdrawBody(CommandBody[WithdrawSignature], given=("document_id",)):
    """Une signature enregistrée par erreur : `signatory` est l'identifiant donné par le document."""


@post(
    "/{document_id:uuid}/signature-undo",
    status_code=200,
    operation_id="WithdrawSignature",
    summary="Retirer une signature enregistrée par erreur",
    tags=["Documents"],
    responses=problems(
        *WRITE,
        examples=EXAMPLES | {409: ("signature.has_evidence", "Cette signature a été donnée en ligne, avec sa preuve.")},
    ),
)
async def withdraw_signature(
    document_id: FromPath[UUID],
    data: JSONBody[WithdrawBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> DocumentOut:
    """Elle est de nouveau attendue et le prêt redevient ce qu'il était sans elle ; le motif reste au service."""
    command = data.command(document_id=document_id)
    document = await corrections.withdraw_signature(command, actor=actor, now=now)
    return DocumentOut.on(document, actor.civil_date(now))


class ReceiptBody(CommandBody[UndoReceipt], given=("document_id",)):
    """Pourquoi la remise ou le retour que ce reçu constate est repris."""


@post(
    "/{document_id:uuid}/receipt-undo",
    status_code=200,
    operation_id="UndoReceipt",
    summary="Annuler une remise ou un retour enregistré par erreur",
    tags=["Documents"],
    opt={"example": {"kind": "handover_receipt", "status": "void", "state": "void"}},
    responses=problems(
        *WRITE,
        examples=EXAMPLES
        | {409: ("receipt.item_elsewhere", "Ce matériel a changé d'état depuis : ce retour ne s'annule plus.")},
    ),
)
async def undo_receipt(
    document_id: FromPath[UUID], data: JSONBody[ReceiptBody], issuer: NamedDependency[Issuer]
) -> DocumentOut:
    """Le reçu reste, `void`. Le matériel, le prêt et les documents terminés par ce retour redeviennent comme avant."""
    applied = await receipts.undo_receipt(data.command(document_id=document_id), issuer=issuer)
    return DocumentOut.on(next(each for each in applied.case.documents if each.id == document_id), applied.on)


router = Router(
    "/documents",
    route_handlers=[withdraw_signature, undo_receipt],
    dependencies={"issuer": Provide(provide_issuer)},
)
