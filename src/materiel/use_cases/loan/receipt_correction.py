"""Taking back a hand-over or a return recorded by mistake: its receipt is void, and stays.

Those of a pile are taken back together, each loan by the rules of one: what no longer can be stops no other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
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
from materiel.errors import MaterielError, Unavailable
from materiel.store.engine.database import in_one_visit, undone_alone, write_transaction
from materiel.store.history import journal
from materiel.store.history.journal import Entry
from materiel.store.papers import document as documents
from materiel.use_cases.history.correcting import keep_correction
from materiel.use_cases.incident.event import answer_undone_return
from materiel.use_cases.loan.applying import Applied, apply_plan
from materiel.use_cases.loan.case import Case, load_case, load_cases
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.receipts import check_height

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
LOANS_AT_ONCE = 10
"""Loans of one transaction, as when a pile is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReceipt:
    """The receipt of a hand-over or of a return recorded by mistake, and why it is taken back."""

    document_id: UUID
    reason: Annotated[str, filled(500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReceipts:
    """The receipts of a pile recorded by mistake, and why all of them are taken back."""

    document_ids: tuple[UUID, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class LookedReceipt:
    """A receipt, and the sentence that says why it is not, or was not, taken back; `refusal` empty if it is."""

    receipt: Document
    refusal: str = ""


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
        return await _undo(command.document_id, reason, issuer)


async def look_at_receipts(document_ids: Sequence[UUID], *, actor: Actor, today: date) -> list[LookedReceipt]:
    """What undoing these receipts would do today, one by one, in the order asked; nothing is written.

    As many statements for a whole pile as for one of them.

    Raises:
        BadInput: `pile.too_high`.
        NotFound: `document.not_found`, one of them at least.
    """
    actor.require(Permission.READ)
    receipts = await _receipts(document_ids, actor)
    loan_ids = list(dict.fromkeys(each.loan_id for each in receipts))
    cases = {case.loan.id: case for case in await load_cases(loan_ids, actor)}
    told = await journal.of_subjects(actor.service_id, loan_ids, sorted(frozenset.union(*STEPS.values())))
    looked = []
    for receipt in receipts:
        entries = [each for each in told if each.subject_id == str(receipt.loan_id)]
        try:
            check_receipt(receipt)
            _plan(cases[receipt.loan_id], receipt, _step(receipt, entries), entries, today)
        except MaterielError as refusal:
            looked.append(LookedReceipt(receipt, refusal.message))
        else:
            looked.append(LookedReceipt(receipt))
    return looked


async def undo_receipts(command: UndoReceipts, *, issuer: Issuer) -> list[LookedReceipt]:
    """Void the receipts of a pile, loan by loan: all that a loan has among them, or nothing of it.

    Raises:
        BadInput: `pile.too_high`.
        NotFound: `document.not_found`, one of them at least.
        RuleBroken: `correction.invalid`, no reason.
    """
    issuer.actor.require(Permission.WRITE)
    reason = checked_reason(command.reason)
    by_loan: dict[UUID, list[Document]] = defaultdict(list)
    for receipt in await _receipts(command.document_ids, issuer.actor):
        by_loan[receipt.loan_id].append(receipt)
    # What came last is taken back first.
    groups = [sorted(group, key=lambda each: each.id, reverse=True) for group in by_loan.values()]
    done: list[LookedReceipt] = []
    for start in range(0, len(groups), LOANS_AT_ONCE):
        done += await _undo_some(groups[start : start + LOANS_AT_ONCE], reason, issuer)
    return done


@in_one_visit
async def _undo_some(groups: Sequence[Sequence[Document]], reason: str, issuer: Issuer) -> list[LookedReceipt]:
    """Those of some loans in one transaction; when the database cannot answer, none is undone."""
    done: list[LookedReceipt] = []
    try:
        async with write_transaction():
            for group in groups:
                try:
                    async with undone_alone():
                        for each in group:
                            await _undo(each.id, reason, issuer)
                except Unavailable:
                    raise
                except MaterielError as refusal:
                    done += [LookedReceipt(each, refusal.message) for each in group]
                else:
                    done += [LookedReceipt(each) for each in group]
    except MaterielError as refusal:
        return [LookedReceipt(each, refusal.message) for group in groups for each in group]
    return done


async def _undo(document_id: UUID, reason: str, issuer: Issuer) -> Applied:
    """Void one receipt, in the transaction of its caller."""
    receipt = await documents.get(document_id, issuer.actor.service_id)
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


async def _receipts(document_ids: Sequence[UUID], actor: Actor) -> list[Document]:
    """The documents of these ids, each once, in the order asked."""
    check_height(document_ids)
    known = {each.id: each for each in await documents.get_many(document_ids, actor.service_id)}
    return [known.get(each) or await documents.get(each, actor.service_id) for each in dict.fromkeys(document_ids)]


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
