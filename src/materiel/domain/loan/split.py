"""Custody of each item: some items of a loan change custody, the others do not, and a second loan holds them.

Law: circulaire n° 2001-221 (one agreement for what goes home, another for what stays at school; table, row 17); Code
civil, art. 1937. Changing the custody of a whole loan is in `moves`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.changes import amendment
from materiel.domain.loan.decision import Caution, Decision
from materiel.domain.loan.loan import Loan, LoanItem, LoanOrigin, LoanStatus, RemovalReason, with_first_agreement
from materiel.domain.loan.moves import SIGN_BEFORE_DEPOSIT, decide_custody, new_papers
from materiel.domain.loan.plan import (
    Plan,
    PlannedDocument,
    Removal,
    check_still_runs,
    end_waiting_renewal,
    find_lines,
    item_ids,
    settle,
    with_lines,
)
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.papers.required import passing_receipt, return_receipt
from materiel.domain.places.school import School
from materiel.domain.usage import Custody
from materiel.errors import RuleBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A loan that becomes two: `rest` is what it keeps, `apart` the new loan, allowed by `decision`."""

    rest: Plan
    apart: Plan
    decision: Decision


def takes_part(loan: Loan, only: Sequence[UUID]) -> bool:
    """Whether the items named are some of those lent and not all: none named, or all, is the whole loan.

    Raises:
        NotFound: `loan.unknown_item`.
        RuleBroken: `loan.item_twice`; `loan.item_awaited`, an item that an amendment took out and that must come back.
    """
    lines = find_lines(loan, only)
    if any(line.withdrawn_on is not None for line in lines):
        raise RuleBroken(
            "loan.item_awaited",
            "L'un de ces matériels est sorti du prêt et doit revenir au service : il ne change pas de garde.",
        )
    return 0 < len(lines) < len(loan.lent_items)


def plan_split(
    loan: Loan,
    documents: Sequence[Document],
    *,
    only: Sequence[UUID],
    apart_id: UUID,
    school: School,
    custody: Custody,
    effective_on: date,
    today: date,
    now: datetime,
    override_reason: str = "",
    conditions: Mapping[UUID, Condition] | None = None,
) -> Split:
    """Take some items home that stayed at school, or leave at school some that went home; the others stay as they are.

    The loan goes on by an amendment without them. A second loan holds them, with an agreement of its own. To the
    school, what is out passes at once, by a receipt of whoever gives and whoever receives, and the signed agreement of
    the first loan covers it until the new one is signed. From the school, its return receipt ends its custody, and the
    items wait for their hand-over to the family. A draft becomes two drafts, without paper. A loan taken over goes on
    by its real agreement; its old paper, signed, covers what passes to the school until the new one is signed.

    Raises:
        Conflict: `loan.closed`.
        NotFound: `loan.unknown_item`.
        RuleBroken: what `takes_part` and `decide_custody` raise; `loan.term_over`.

    Source: circulaire n° 2001-221; Code civil, art. 1937; domain § 6.1, row 17.
    """
    decision, reason = decide_custody(
        loan, school, custody, effective_on=effective_on, today=today, override_reason=override_reason
    )
    lines = find_lines(loan, only)
    seen = conditions or {}
    is_issued = not loan.is_draft
    if is_issued:
        check_still_runs(loan, today)
    passing = custody is Custody.SCHOOL
    keeps_paper = passing and _old_paper_covers(loan, lines, documents)
    apart = replace(
        loan,
        origin=LoanOrigin.TAKEN_OVER if keeps_paper else LoanOrigin.PREPARED,
        paper=loan.paper if keeps_paper else None,
        id=apart_id,
        custody=custody,
        status=LoanStatus.DRAFT,
        starts_on=effective_on if is_issued else loan.starts_on,
        override_reason=reason,
        items=tuple(_entering(line, effective_on, seen, passing=passing) for line in lines),
        created_at=now,
        issued_on=today if is_issued else None,
        handed_over_on=effective_on if passing and _out(lines) else None,
        version=1,
        renewal=None,
        renewal_ends_on=None,
        split_from=loan.id if is_issued else None,
        covered_by=_covering(lines, documents) if passing else None,
    )
    return Split(
        rest=_rest(loan, documents, lines, school, apart, effective_on=effective_on, today=today, seen=seen),
        apart=_apart(apart, loan, lines, school, decision, effective_on),
        decision=decision,
    )


def _rest(
    loan: Loan,
    documents: Sequence[Document],
    lines: Sequence[LoanItem],
    school: School,
    apart: Loan,
    *,
    effective_on: date,
    today: date,
    seen: Mapping[UUID, Condition],
) -> Plan:
    """The loan without the items that leave it, its amendment, and the receipt of a school that gives them back."""
    removed = tuple(Removal(item_id=line.item_id, reason=RemovalReason.MOVED) for line in lines)
    given_back = _out(lines) if loan.custody is Custody.SCHOOL else ()
    changed = {line.item_id: each.applied_to(line, effective_on) for line, each in zip(lines, removed, strict=True)}
    for line in given_back:
        changed[line.item_id] = replace(changed[line.item_id], condition_in=seen.get(line.item_id))
    after = with_lines(with_first_agreement(loan, today), changed)
    staying = [line for line in after.items if line.removal is not RemovalReason.MOVED]
    if all(line.handed_over_on is None for line in staying):
        # What was handed over has all gone to the other loan: this one may still be cancelled.
        after = replace(after, handed_over_on=None)
    plan = Plan(
        action="loan.split",
        loan=after,
        effective_on=effective_on,
        removed=removed,
        other=apart.id,
        conditions={item_id: seen[item_id] for item_id in item_ids(given_back) if item_id in seen},
    )
    if loan.is_draft:
        return plan
    papers = [PlannedDocument(required=amendment(loan, school.kind), items=item_ids(after.lent_items))]
    if loan.lacks_agreement:
        papers = list(new_papers(after, school.kind, ()))
    if given_back:
        receipt = return_receipt(loan.usage, loan.custody, school.kind)
        papers.append(PlannedDocument(required=receipt, items=item_ids(given_back), goes_on=True))
    return settle(end_waiting_renewal(replace(plan, make=tuple(papers)), loan, documents), documents)


def _apart(
    apart: Loan, loan: Loan, lines: Sequence[LoanItem], school: School, decision: Decision, effective_on: date
) -> Plan:
    """The new loan: its agreement, its notice if it goes home, and the receipt of what passes to the school."""
    plan = Plan(
        action="loan.made_by_split",
        loan=apart,
        effective_on=effective_on,
        cautions=decision.warnings,
        other=loan.id,
        conditions={
            line.item_id: line.condition_out
            for line in apart.items
            if line.handed_over_on is not None and line.condition_out is not None
        },
    )
    if apart.issued_on is None:
        return plan
    out = _out(lines)
    passes = bool(out) and apart.custody is Custody.SCHOOL
    receipts: tuple[PlannedDocument, ...] = ()
    cautions: tuple[Caution, ...] = plan.cautions
    if passes:
        receipts = (PlannedDocument(required=passing_receipt(school.kind), items=item_ids(out), goes_on=True),)
        cautions = (*cautions, SIGN_BEFORE_DEPOSIT)
    becomes = ItemStatus.DEPOSITED if passes else ItemStatus.RESERVED
    return settle(
        replace(
            plan,
            make=(*new_papers(apart, school.kind, ()), *receipts),
            item_statuses=tuple((line.item_id, becomes) for line in out),
            cautions=cautions,
        ),
        (),
    )


def _entering(line: LoanItem, on: date, seen: Mapping[UUID, Condition], *, passing: bool) -> LoanItem:
    """The line of an item in the new loan; what passes to the school is out at once, with what was given of it."""
    if line.handed_over_on is None or not passing:
        return LoanItem(item_id=line.item_id, added_on=on)
    return LoanItem(
        item_id=line.item_id,
        added_on=on,
        handed_over_on=on,
        condition_out=seen.get(line.item_id),
        accessories=line.accessories,
    )


def _out(lines: Sequence[LoanItem]) -> tuple[LoanItem, ...]:
    return tuple(line for line in lines if line.handed_over_on is not None)


def _old_paper_covers(loan: Loan, lines: Sequence[LoanItem], documents: Sequence[Document]) -> bool:
    """Whether the old paper of a loan taken over still stands alone for everything out."""
    signed = any(each.is_fully_signed for each in in_force(documents, *AGREEMENTS))
    out = _out(lines)
    return loan.is_covered_by_old_paper and not signed and bool(out) and all(line.agreed_by is None for line in out)


def _covering(lines: Sequence[LoanItem], documents: Sequence[Document]) -> UUID | None:
    """The agreement signed by all that covers everything out, which an amendment still to be signed does not."""
    unsigned = {each.id for each in in_force(documents, DocumentKind.AMENDMENT) if not each.is_fully_signed}
    signed = [each for each in in_force(documents, *AGREEMENTS) if each.is_fully_signed]
    if not signed or any(line.agreed_by in unsigned for line in _out(lines)):
        return None
    return signed[-1].id
