"""Taking back what was recorded by mistake about a document: what it does is read first, the reason is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.papers.document import RECEIPTS, DocumentKind, DocumentStatus, SignatureStatus
from materiel.errors import MaterielError
from materiel.use_cases.loan.receipt_correction import UndoReceipt, undo_receipt
from materiel.use_cases.papers.document import get_document
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.correction import WithdrawSignature, withdraw_signature
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form


@get("/{document_id:uuid}/signatures/{signatory_id:uuid}/retirer", name="document:withdraw_signature")
async def withdraw_page(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    signatory_id: FromPath[UUID],
    actor: NamedDependency[Actor],
) -> Response[str]:
    """What taking a signature back does, before it is done."""
    context = await _signature(document_id, signatory_id, actor)
    return render(request, "papers/withdraw_signature.html", {"form": Form(), **context})


@post("/{document_id:uuid}/signatures/{signatory_id:uuid}/retirer", name="document:signature_withdrawn")
async def withdrawn_page(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    signatory_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect | Response[str]:
    """Take it back, or say why not."""
    form = await read_form(request)
    command = WithdrawSignature(document_id=document_id, signatory_id=signatory_id, reason=form.text("reason"))
    try:
        await withdraw_signature(command, actor=actor, now=now)
    except MaterielError as refusal:
        form.refuse(refusal)
        context = await _signature(document_id, signatory_id, actor)
        return render_form(request, "papers/withdraw_signature.html", form, context)
    await session_of(request).flash("La signature est retirée : elle est de nouveau attendue. L'historique le dit.")
    return Redirect(f"/documents/{document_id}", status_code=303)


@get("/{document_id:uuid}/annuler", name="document:void")
async def void_page(
    request: Request[Any, Any, Any], document_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[str]:
    """What voiding a receipt does, before it is done."""
    context = await _receipt(document_id, actor)
    return render(request, "papers/void.html", {"form": Form(), **context})


@post("/{document_id:uuid}/annuler", name="document:voided")
async def voided_page(
    request: Request[Any, Any, Any], document_id: FromPath[UUID], issuer: NamedDependency[Issuer]
) -> Redirect | Response[str]:
    """Void it, or say why not."""
    form = await read_form(request)
    try:
        applied = await undo_receipt(UndoReceipt(document_id=document_id, reason=form.text("reason")), issuer=issuer)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "papers/void.html", form, await _receipt(document_id, issuer.actor))
    await session_of(request).flash("Le reçu est annulé et le matériel est comme avant. L'historique le dit.")
    return Redirect(f"/prets/{applied.case.loan.id}", status_code=303)


async def _receipt(document_id: UUID, actor: Actor) -> dict[str, Any]:
    document = await get_document(document_id, actor=actor)
    return {
        "document": document,
        "hands_over": document.kind is DocumentKind.HANDOVER_RECEIPT,
        "possible": document.kind in RECEIPTS and document.status is DocumentStatus.IN_FORCE,
    }


async def _signature(document_id: UUID, signatory_id: UUID, actor: Actor) -> dict[str, Any]:
    document = await get_document(document_id, actor=actor)
    box = next((each for each in document.signatures if each.id == signatory_id), None)
    signed = box is not None and box.status is SignatureStatus.SIGNED
    return {"document": document, "box": box, "possible": signed}


router = Router(
    "/",
    route_handlers=[
        account_required("/documents", [withdraw_page, withdrawn_page, void_page, voided_page], Permission.WRITE)
    ],
    dependencies={"issuer": Provide(provide_issuer)},
)
