"""Taking back a hand-over or a return recorded by mistake: its receipt is void, and stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.history.correction import CorrectionKind, CorrectionSubject, checked_reason
from materiel.domain.language.bounds import filled
from materiel.domain.loan.plan import Plan
from materiel.domain.loan.receipt_correction import (
    RecordedStep,
    check_receipt,
    plan_undo_hand_over,
    plan_undo_return,
)
from materiel.domain.papers.document import Document, DocumentKind
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.history.journal import Entry
from materiel.store.papers import document as documents
from materiel.use_cases.history.correcting import keep_correction
from materiel.use_cases.incident.event import answer_undone_return
from materiel.use_cases.loan.applying import Applied, apply_plan
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.papers.issuer import Issuer

RETURNED = "loan.returned"
"""The step of a return that ended the loan."""
STEPS = {
    DocumentKind.HANDOVER_RECEIPT: frozenset({"loan.handed_over"}),
    DocumentKind.RETURN_RECEIPT: frozenset({RETURNED, "loan.partly_returned"}),
}
KINDS = {
    DocumentKind.HANDOVER_RECEIPT: CorrectionKind.HAND_OVER,
    DocumentKind.RETURN_RECEIPT: CorrectionKind.RETURN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReceipt:
    """The receipt of a hand-over or of a return recorded by mistake, and why it is taken back."""

    document_id: UUID
    reason: Annotated[str, filled(500)]


@in_one_visit
async def undo_receipt(command: UndoReceipt, *, issuer: Issuer) -> Applied:
    """Void a receipt: its items are as before it, and the papers that a return ended are in force again.

    It may be done after a death too: nobody is written to.

    Raises:
        NotFound: `document.not_found`.
        RuleBroken: `correction.invalid`, no reason; `receipt.not_a_receipt`.
        Conflict: see `plan_undo_hand_over` and `plan_undo_return`; `loan.changed`.
    """
    issuer.actor.require(Permission.WRITE)
    reason = checked_reason(command.reason)
    async with write_transaction():
        receipt = await documents.get(command.document_id, issuer.actor.service_id)
        check_receipt(receipt)
        case = await load_case(receipt.loan_id, issuer.actor)
        entries = await journal.of_subject(case.service.id, case.loan.id)
        step = _step(receipt, entries)
        plan = _plan(case, receipt, step, entries, issuer.today)
        await keep_correction(
            KINDS[receipt.kind],
            CorrectionSubject.DOCUMENT,
            receipt.id,
            reason,
            actor=issuer.actor,
            now=issuer.now,
            details={"loan": str(case.loan.id), "number": receipt.number},
        )
        applied = await apply_plan(case, plan, issuer)
        if receipt.kind is DocumentKind.RETURN_RECEIPT and step is not None:
            await answer_undone_return(step.item_ids, case.loan.id, step.on, issuer=issuer)
    return applied


def _plan(case: Case, receipt: Document, step: RecordedStep | None, entries: list[Entry], today: date) -> Plan:
    if receipt.kind is DocumentKind.HANDOVER_RECEIPT:
        statuses = {item.id: item.status for item in case.items}
        return plan_undo_hand_over(case.loan, case.documents, receipt, step, statuses, today=today)
    last = next((each for each in reversed(entries) if each.action == RETURNED), None)
    ending = last.details.get("documents", []) if last is not None else []
    ended_by = next((each.id for each in case.documents if each.number in ending), None)
    items = {item.id: item for item in case.items}
    return plan_undo_return(case.loan, case.documents, receipt, step, items, ended_by=ended_by, today=today)


def _step(receipt: Document, entries: list[Entry]) -> RecordedStep | None:
    """The step that made a receipt, as the journal told it; None when another act did (an amendment, a move)."""
    for entry in entries:
        if entry.action in STEPS[receipt.kind] and receipt.number in entry.details.get("documents", ()):
            return RecordedStep(
                item_ids=tuple(UUID(item_id) for item_id in entry.details["items"]),
                on=date.fromisoformat(entry.details["effective_on"]),
            )
    return None
