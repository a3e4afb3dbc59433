"""The steps of a loan, from its draft to its end: issue, hand over, take back, cancel, close.

Law: Code civil, art. 1919 (hand-over), 1932-1937 (return). The request is checked in `request`, changes are in
`changes`, claiming back is in `recall`. Signing is in `papers.document`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from materiel.domain.item.checklist import CheckLines
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.language.bounds import Accessories
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.loan.decision import Caution, basis_has_expired
from materiel.domain.loan.loan import Loan, LoanOrigin, LoanStatus, held_status
from materiel.domain.loan.plan import (
    Plan,
    PlannedDocument,
    check_issued,
    check_not_in_future,
    check_open,
    check_still_runs,
    end_waiting_renewal,
    find_lines,
    item_ids,
    papers_to_end,
    settle,
    with_lines,
)
from materiel.domain.papers.document import (
    AGREEMENTS,
    RECEIPTS,
    Document,
    DocumentKind,
    DocumentStatus,
    SignatureStatus,
    in_force,
)
from materiel.domain.papers.required import Moment, handover_receipt, required_documents, return_receipt
from materiel.domain.places.school import SchoolKind
from materiel.errors import Conflict, RuleBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedItem:
    """One item handed over, the condition both sides saw, and the accessories really given (None: nobody said)."""

    item_id: UUID
    condition: Condition = Condition.GOOD
    accessories: Accessories | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedItem:
    """One item that came back, its condition and the accessories that did not.

    `ticked`: the lines of the service's own list that were ticked, None when nobody was asked.
    """

    item_id: UUID
    condition: Condition
    missing_accessories: Accessories = ()
    ticked: CheckLines | None = None


def plan_issue(loan: Loan, kind: SchoolKind, *, today: date) -> Plan:
    """Make the agreement, and the notice if it goes home; receipts wait for the hand-over.

    A loan taken over has its real agreement so, when nothing else changes.

    Raises:
        Conflict: `loan.not_draft`, `loan.closed`.
        RuleBroken: `loan.term_over`.
    """
    check_open(loan)
    if loan.issued_on is not None:
        raise Conflict(
            "loan.not_draft", "Les documents de ce prêt sont déjà émis : faites un avenant pour les changer."
        )
    check_still_runs(loan, today)
    required = required_documents(loan.usage, loan.custody, kind)
    items = item_ids(loan.open_items)
    plan = Plan(
        action="loan.issued",
        loan=replace(loan, issued_on=today),
        effective_on=today,
        make=tuple(PlannedDocument(required=each, items=items) for each in required if each.made_at is Moment.ISSUE),
    )
    return settle(plan, ())


def plan_hand_over(
    loan: Loan,
    documents: Sequence[Document],
    kind: SchoolKind,
    items: Sequence[HandedItem],
    *,
    handed_over_on: date,
    today: date,
) -> Plan:
    """Hand over all or some of the items; unsigned papers do not prevent it, they show (E32).

    Raises:
        Conflict: `loan.not_issued`, `loan.closed`, `loan.already_handed_over`.
        RuleBroken: `loan.date_in_future`, `loan.handover_before_start`, `loan.nothing_to_hand_over`,
        `loan.item_twice`. NotFound: `loan.unknown_item`.
    """
    check_issued(loan)
    check_not_in_future(handed_over_on, today)
    if handed_over_on < loan.starts_on:
        raise RuleBroken(
            "loan.handover_before_start",
            f"Le prêt commence le {long_date(loan.starts_on)} : le matériel ne peut pas être remis avant.",
        )
    if not items:
        raise RuleBroken("loan.nothing_to_hand_over", "Indiquez au moins un matériel remis et son état.")
    lines = find_lines(loan, [each.item_id for each in items])
    if any(line.handed_over_on is not None for line in lines):
        raise Conflict("loan.already_handed_over", "L'un de ces matériels est déjà remis : retirez-le de la liste.")
    changed = {
        line.item_id: replace(
            line, handed_over_on=handed_over_on, condition_out=handed.condition, accessories=handed.accessories
        )
        for line, handed in zip(lines, items, strict=True)
    }
    plan = Plan(
        action="loan.handed_over",
        loan=replace(with_lines(loan, changed), handed_over_on=loan.handed_over_on or handed_over_on),
        effective_on=handed_over_on,
        make=(PlannedDocument(required=handover_receipt(loan.usage, loan.custody, kind), items=item_ids(lines)),),
        item_statuses=tuple((line.item_id, held_status(loan.custody)) for line in lines),
        cautions=_handover_cautions(loan, documents, handed_over_on),
    )
    return settle(plan, documents)


def _handover_cautions(loan: Loan, documents: Sequence[Document], on: date) -> tuple[Caution, ...]:
    cautions: list[Caution] = []
    if not all(each.is_fully_signed for each in in_force(documents, *AGREEMENTS)):
        cautions.append(
            Caution(
                code="REMIS_SANS_CONVENTION",
                detail="La convention n'est pas encore signée : recueillez la signature au moment de la remise.",
            )
        )
    if basis_has_expired(loan.basis, on):
        cautions.append(Caution(code="FONDEMENT_ECHU", detail="La notification est échue au jour de la remise."))
    return tuple(cautions)


def plan_return(
    loan: Loan,
    documents: Sequence[Document],
    kind: SchoolKind,
    items: Sequence[ReturnedItem],
    *,
    returned_on: date,
    today: date,
    software: frozenset[UUID] = frozenset(),
) -> Plan:
    """Take back all or some of the items; the last one ends the loan and its papers. Each is then to be prepared.

    `software` names the items that are licences: what comes back is the proof that they were uninstalled (E36).

    Raises:
        Conflict: `loan.not_issued`, `loan.closed`, `loan.not_handed_over`.
        RuleBroken: `loan.date_in_future`, `loan.return_before_handover`, `loan.nothing_to_return`,
        `loan.item_twice`. NotFound: `loan.unknown_item`.

    Source: Code civil, art. 1884, 1932, 1933, 1937.
    """
    check_issued(loan)
    check_not_in_future(returned_on, today)
    if not items:
        raise RuleBroken("loan.nothing_to_return", "Indiquez au moins un matériel rendu et son état.")
    lines = find_lines(loan, [each.item_id for each in items])
    for line in lines:
        if line.handed_over_on is None:
            raise Conflict(
                "loan.not_handed_over",
                "L'un de ces matériels n'a pas été remis : annulez le prêt, ou retirez ce matériel par un avenant.",
            )
        if returned_on < line.handed_over_on:
            raise RuleBroken(
                "loan.return_before_handover",
                f"Le matériel a été remis le {long_date(line.handed_over_on)} : il n'a pas pu revenir avant.",
            )
    changed = {
        line.item_id: replace(
            line,
            returned_on=returned_on,
            removed_on=returned_on,
            condition_in=back.condition,
            missing_accessories=back.missing_accessories,
        )
        for line, back in zip(lines, items, strict=True)
    }
    after = with_lines(loan, changed)
    cautions = tuple(
        Caution(
            code="DESINSTALLATION_A_ATTESTER",
            detail="Ce logiciel ne se rend pas : faites attester sa désinstallation sur le récépissé.",
        )
        for line in lines
        if line.item_id in software
    )
    plan = Plan(
        action="loan.returned" if not after.open_items else "loan.partly_returned",
        loan=after,
        effective_on=returned_on,
        make=(PlannedDocument(required=return_receipt(loan.usage, loan.custody, kind), items=item_ids(lines)),),
        end=() if after.open_items else papers_to_end(documents),
        item_statuses=tuple((back.item_id, ItemStatus.TO_PREPARE) for back in items),
        lacking=tuple((back.item_id, back.missing_accessories) for back in items if back.missing_accessories),
        cautions=cautions[:1],
    )
    if after.open_items:
        plan = end_waiting_renewal(plan, loan, documents)
    return settle(plan, documents)


def plan_cancel(loan: Loan, documents: Sequence[Document], *, reason: str, today: date) -> Plan:
    """Cancel a draft or an issued loan whose items never left, or have all come back to the service.

    Raises:
        Conflict: `loan.closed`, `loan.handed_over`.
        RuleBroken: `loan.reason_required`.
    """
    check_open(loan)
    if loan.lines_out or loan.handed_over_on is not None:
        raise Conflict(
            "loan.handed_over",
            "Du matériel est déjà remis : ce prêt ne s'annule plus, enregistrez son retour.",
        )
    if not reason.strip():
        raise RuleBroken("loan.reason_required", "Indiquez le motif de l'annulation : il est gardé au journal.")
    lines = loan.open_items
    changed = {line.item_id: replace(line, removed_on=today) for line in lines}
    # After a move, an item that waits to be handed over again may have come back from somebody.
    went_out = loan.split_from is not None or loan.origin is LoanOrigin.TAKEN_OVER
    went_out = went_out or any(
        each.kind is DocumentKind.HANDOVER_RECEIPT and each.status is not DocumentStatus.VOID for each in documents
    )
    becomes = ItemStatus.TO_PREPARE if went_out else ItemStatus.IN_STOCK
    return Plan(
        action="loan.cancelled",
        loan=replace(with_lines(loan, changed), status=LoanStatus.CANCELLED, closed_on=today),
        effective_on=today,
        end=papers_to_end(documents),
        item_statuses=tuple((line.item_id, becomes) for line in lines),
    )


def unsigned_receipts(documents: Sequence[Document]) -> str:
    """How many receipts are not signed and by whom, as a sentence; empty when all are."""
    awaited = {
        paper.number: [box.name for box in paper.signatures if box.status is SignatureStatus.PENDING]
        for paper in in_force(documents, *RECEIPTS)
        if not paper.is_fully_signed
    }
    if not awaited:
        return ""
    number = len(awaited)
    what = "1 reçu n'est pas signé" if number == 1 else f"{number} reçus ne sont pas signés"
    return f"{what}\u00a0: {enumeration([f'{paper} ({enumeration(names)})' for paper, names in awaited.items()])}."


def plan_close(loan: Loan, documents: Sequence[Document], *, today: date, despite_unsigned: bool = False) -> Plan:
    """File a returned loan away; receipts still to be signed are said first.

    Raises:
        Conflict: `loan.not_returned` while anything is out; `loan.receipts_unsigned`, unless `despite_unsigned`.
    """
    if loan.status is not LoanStatus.RETURNED:
        raise Conflict(
            "loan.not_returned",
            "Seul un prêt dont tout le matériel est revenu peut être clos : enregistrez son retour.",
        )
    if not despite_unsigned and (unsigned := unsigned_receipts(documents)):
        raise Conflict(
            "loan.receipts_unsigned", f"{unsigned} Faites-les signer, ou confirmez que ce prêt se clôt sans cela."
        )
    return Plan(
        action="loan.closed",
        loan=replace(loan, status=LoanStatus.CLOSED, closed_on=today),
        effective_on=today,
    )
