"""A hand-over or a return recorded by mistake: its receipt stays, void, and the items are as they were before it.

Only what one step recorded is taken back, and only as long as nothing stands on it: what came after is taken back
first, or has its own opposite act. A receipt that another party has signed states a fact: it is no mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.loan.loan import STATED, Loan, LoanItem, LoanStatus, RemovalReason, held_status
from materiel.domain.loan.plan import Plan, settle, with_lines
from materiel.domain.papers.document import (
    RECEIPTS,
    Document,
    DocumentKind,
    DocumentStatus,
    Party,
    SignatureChannel,
    SignatureStatus,
    check_in_force,
    in_force,
)
from materiel.errors import Conflict, RuleBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """What a hand-over or a return recorded: its items, the civil day when they changed hands."""

    item_ids: tuple[UUID, ...]
    on: date


def check_receipt(receipt: Document) -> None:
    """Refuse to void what is no receipt, is not in force, or bears the signature of another party than the service.

    Raises:
        RuleBroken: `receipt.not_a_receipt`.
        Conflict: `document.not_in_force`, `receipt.signed`.

    Source: Code civil, art. 1366 and 1367, 1372 (what a party has signed holds against it).
    """
    if receipt.kind not in RECEIPTS:
        raise RuleBroken(
            "receipt.not_a_receipt",
            "Seul un bon de remise ou un récépissé de restitution s'annule : un autre document se remplace, ou prend "
            "fin avec le prêt.",
        )
    check_in_force(receipt)
    for box in receipt.signatures:
        if box.status is not SignatureStatus.SIGNED or box.party is Party.MANAGING_SERVICE:
            continue
        if box.channel is SignatureChannel.ELECTRONIC:
            what = "Signé en ligne, ce reçu constate ce qui a eu lieu : enregistrez plutôt l'acte inverse."
        else:
            what = "Si cette signature a été enregistrée par erreur, retirez-la d'abord."
        raise Conflict("receipt.signed", f"{box.name} a signé ce reçu. {what}")


def plan_undo_hand_over(
    loan: Loan,
    documents: Sequence[Document],
    receipt: Document,
    step: RecordedStep | None,
    statuses: Mapping[UUID, ItemStatus],
    *,
    today: date,
) -> Plan:
    """Take a hand-over back: its items are reserved for the loan again, as before it.

    Args:
        step: what the hand-over recorded; None for a receipt that no hand-over made.
        statuses: of the items of the loan.

    Raises:
        RuleBroken, Conflict: see `check_receipt`; `receipt.not_alone`, `receipt.stood_upon`, `loan.recalled`.
    """
    check_receipt(receipt)
    on, item_ids = _known(receipt, step)
    open_lines = {line.item_id: line for line in loan.open_items}
    lines = [open_lines[item_id] for item_id in item_ids if item_id in open_lines]
    if loan.recalled_on is not None:
        raise Conflict(
            "loan.recalled", "Le retour de ce matériel est demandé : revenez d'abord sur cette demande de retour."
        )
    as_handed = [line for line in lines if line.handed_over_on == on and line.withdrawn_on is None]
    held = held_status(loan.custody)
    if len(as_handed) < len(item_ids) or any(statuses.get(item_id) is not held for item_id in item_ids):
        raise Conflict(
            "receipt.stood_upon",
            "Depuis cette remise, un matériel de ce bon est revenu, a changé de garde, d'établissement ou d'état : "
            "revenez d'abord sur ce qui l'a suivie.",
        )
    _check_no_amendment_since(receipt, documents)
    changed = {
        line.item_id: replace(line, handed_over_on=None, condition_out=None, accessories=None) for line in as_handed
    }
    after = with_lines(loan, changed)
    days = [
        line.handed_over_on for line in after.items if line.handed_over_on and line.removal is not RemovalReason.MOVED
    ]
    plan = Plan(
        action="loan.hand_over_corrected",
        loan=replace(after, handed_over_on=min(days, default=None)),
        effective_on=today,
        void=(receipt.id,),
        item_statuses=tuple((item_id, ItemStatus.RESERVED) for item_id in item_ids),
    )
    return settle(plan, documents)


def plan_undo_return(
    loan: Loan,
    documents: Sequence[Document],
    receipt: Document,
    step: RecordedStep | None,
    items: Mapping[UUID, Item],
    *,
    ended_by: UUID | None,
    today: date,
) -> Plan:
    """Take a return back: its items are lent or deposited again, and the papers that it ended are in force again.

    Args:
        step: what the return recorded; None for a receipt that no return made.
        items: those of the loan.
        ended_by: the receipt of the return that ended the loan, which is open again; None while it runs.

    Raises:
        RuleBroken, Conflict: see `check_receipt`; `receipt.not_alone`, `receipt.stood_upon`, `receipt.item_elsewhere`,
            `loan.closed`.
    """
    check_receipt(receipt)
    _, item_ids = _known(receipt, step)
    if loan.status in STATED:
        raise Conflict(
            "loan.closed",
            f"Ce prêt est {loan.status.label.lower()} : ce retour ne s'annule plus. Si le matériel est toujours chez "
            "l'emprunteur, faites-en un nouveau prêt.",
        )
    for item_id in item_ids:
        _check_waits(items[item_id])
    _check_no_amendment_since(receipt, documents)
    back = {_last_line(loan, item_id): item_id for item_id in item_ids}
    after = replace(
        loan,
        items=tuple(
            replace(line, returned_on=None, removed_on=None, condition_in=None, missing_accessories=())
            if rank in back
            else line
            for rank, line in enumerate(loan.items)
        ),
    )
    ended = [each for each in documents if each.status is DocumentStatus.ENDED and each.ended_by == ended_by]
    restored = tuple(each.id for each in ended) if loan.status is LoanStatus.RETURNED and ended_by else ()
    if after.renewal is not None and after.renewal not in {*restored, *(each.id for each in in_force(documents))}:
        after = replace(after, renewal=None, renewal_ends_on=None)
    plan = Plan(
        action="loan.return_corrected",
        loan=after,
        effective_on=today,
        void=(receipt.id,),
        restore=restored,
        item_statuses=tuple((item_id, _held_again(after, after.items[rank])) for rank, item_id in back.items()),
        there_again=tuple(
            (item_id, loan.items[rank].missing_accessories)
            for rank, item_id in back.items()
            if loan.items[rank].missing_accessories
        ),
    )
    return settle(plan, documents)


def _known(receipt: Document, step: RecordedStep | None) -> tuple[date, tuple[UUID, ...]]:
    if step is None:
        raise Conflict(
            "receipt.not_alone",
            f"{receipt.kind.label} {receipt.number} accompagne un avenant ou un changement d'établissement ou de "
            "garde : il ne s'annule pas seul. Enregistrez le changement inverse.",
        )
    return step.on, step.item_ids


def _check_no_amendment_since(receipt: Document, documents: Sequence[Document]) -> None:
    rank = next(rank for rank, each in enumerate(documents) if each.id == receipt.id)
    since = in_force(documents[rank + 1 :], DocumentKind.AMENDMENT)
    if since:
        raise Conflict(
            "receipt.stood_upon",
            f"L'avenant {since[-1].number}, établi depuis, dit quel matériel est remis : ce reçu ne s'annule plus. "
            "Enregistrez plutôt l'acte inverse.",
        )


def _check_waits(item: Item) -> None:
    """Refuse once the item has been prepared, lent, repaired or retired since it came back."""
    if item.status is not ItemStatus.TO_PREPARE:
        raise Conflict(
            "receipt.item_elsewhere",
            f"Depuis ce retour, le matériel {item.inventory_number} a changé d'état ({item.status.label.lower()}) : ce "
            "retour ne s'annule plus. S'il est toujours chez l'emprunteur, faites-en un nouveau prêt.",
        )


def _last_line(loan: Loan, item_id: UUID) -> int:
    return max(rank for rank, line in enumerate(loan.items) if line.item_id == item_id)


def _held_again(loan: Loan, line: LoanItem) -> ItemStatus:
    """Awaited back when it was claimed, or when an amendment had taken it out; lent or deposited otherwise."""
    is_awaited = loan.recalled_on is not None or line.withdrawn_on is not None
    return ItemStatus.DUE_BACK if is_awaited else held_status(loan.custody)
