"""A loan: what was asked, where the item stays, its terms and its states.

Law: circulaire n° 2001-221; Code civil, art. 1875-1891 (loan for use) and 1915-1954 (deposit).
Deciding is in `decision`, its steps in `steps`, its changes in `changes`, its term in `term`.
Signatures and hand-over are independent (E32): « remis sans convention » is a fact to show, never a hidden
state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.language import states
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Basis, Custody, Usage


class LoanStatus(StateEnum):
    """Main state of a loan; see `is_handed_over_unsigned` for what it does not say."""

    DRAFT = "draft", states.DRAFT
    ISSUED = "issued", states.ISSUED
    PARTIALLY_SIGNED = "partially_signed", states.PARTIALLY_SIGNED
    SIGNED = "signed", states.SIGNED
    HANDED_OVER = "handed_over", states.HANDED_OVER
    RETURNED = "returned", states.RETURNED
    CANCELLED = "cancelled", states.CANCELLED
    CLOSED = "closed", states.CLOSED


OPEN_STATUSES = frozenset(
    {
        LoanStatus.DRAFT,
        LoanStatus.ISSUED,
        LoanStatus.PARTIALLY_SIGNED,
        LoanStatus.SIGNED,
        LoanStatus.HANDED_OVER,
    }
)


class LoanOrigin(LabelledEnum):
    """Where a loan comes from: prepared with this product, or running already when it was entered."""

    PREPARED = "prepared", "Prêt préparé ici"
    TAKEN_OVER = "taken_over", "Prêt repris"


class RemovalReason(LabelledEnum):
    """Why an item leaves a loan that goes on."""

    RETURNED = "returned", states.GIVEN_BACK.label
    BROKEN = "broken", "En panne ou cassé"
    LOST = "lost", states.LOST.label
    STOLEN = "stolen", states.STOLEN.label
    MOVED = "moved", "Passé à une autre garde"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanItem:
    """One line of a loan. Open while `removed_on` is None: the database forbids a second open line of an item.

    `accessories` are those really handed over, None when nobody noted them. `removal` is why the line ended without a
    return. `agreed_by` is the amendment that brought the item in, None for the agreement itself.
    `withdrawn_on`: an amendment took the item out of the agreement, and it has still to come back.
    """

    item_id: UUID
    added_on: date
    handed_over_on: date | None = None
    condition_out: Condition | None = None
    returned_on: date | None = None
    condition_in: Condition | None = None
    missing_accessories: tuple[str, ...] = ()
    removed_on: date | None = None
    accessories: tuple[str, ...] | None = None
    withdrawn_on: date | None = None
    removal: RemovalReason | None = None
    agreed_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A loan or a deposit and its lines. `ends_on` is the last day agreed upon, included; `override_reason` set by a
    manager. `renewal` is the amendment that gives it another last day, `renewal_ends_on`, once signed by all.
    `split_from` is the loan that held its items before they changed custody without the others, `covered_by` the signed
    agreement of that loan, which covers what is out until its own is signed.
    `renewed_by` is the renewal in effect and `renewed_from` the last day that it moved. A returned loan keeps the
    renewal that was to be signed, in case its return was a mistake; it awaits nobody.
    `origin` tells a loan taken over, of which `paper` is what is known of the old agreement: it has no document of ours
    until its first change.
    `recalled_on` is the day when the service asked for the items back; `recall_ground` why, for an individual loan, and
    `recall_reason` what a manager explained, for the service alone.
    """

    id: UUID
    service_id: UUID
    usage: Usage
    custody: Custody
    school_uai: str
    pupil_id: UUID | None
    status: LoanStatus
    starts_on: date
    ends_on: date | None
    purpose: str
    basis: Basis | None = None
    override_reason: str = ""
    items: tuple[LoanItem, ...]
    created_at: datetime
    issued_on: date | None = None
    handed_over_on: date | None = None
    recalled_on: date | None = None
    recall_reason: str = ""
    recall_ground: RecallGround | None = None
    closed_on: date | None = None
    version: int = 1
    renewal: UUID | None = None
    renewal_ends_on: date | None = None
    split_from: UUID | None = None
    covered_by: UUID | None = None
    renewed_by: UUID | None = None
    renewed_from: date | None = None
    origin: LoanOrigin = LoanOrigin.PREPARED
    paper: OldPaper | None = None

    @property
    def is_draft(self) -> bool:
        """Prepared and nothing issued: what a loan taken over never is."""
        return self.issued_on is None and self.origin is LoanOrigin.PREPARED

    @property
    def lacks_agreement(self) -> bool:
        """Taken over, and its real agreement not issued yet: its first change issues it."""
        return self.issued_on is None and self.origin is LoanOrigin.TAKEN_OVER

    @property
    def is_covered_by_old_paper(self) -> bool:
        """The old paper was signed, and covers what it listed as long as no agreement of ours is signed by all."""
        return self.paper is not None and self.paper.covers

    @property
    def open_items(self) -> tuple[LoanItem, ...]:
        """Lines still held or reserved, in the order they were added."""
        return tuple(line for line in self.items if line.removed_on is None)

    @property
    def lent_items(self) -> tuple[LoanItem, ...]:
        """Open lines that the agreement covers: what an amendment withdrew is only awaited back."""
        return tuple(line for line in self.open_items if line.withdrawn_on is None)

    @property
    def lines_to_hand_over(self) -> tuple[LoanItem, ...]:
        """Open lines whose item is still with the service."""
        return tuple(line for line in self.open_items if line.handed_over_on is None)

    @property
    def lines_out(self) -> tuple[LoanItem, ...]:
        """Open lines whose item is with the borrower or the depositary."""
        return tuple(line for line in self.open_items if line.handed_over_on is not None)

    @property
    def is_open(self) -> bool:
        """Neither returned, cancelled nor closed."""
        return self.status in OPEN_STATUSES


STATED = frozenset({LoanStatus.CANCELLED, LoanStatus.CLOSED})
"""Statuses that a person states, which no other fact changes."""

SIGNED_PAPERS = AGREEMENTS | {DocumentKind.AMENDMENT}


def status_of(loan: Loan, documents: Sequence[Document] = ()) -> LoanStatus:
    """Compute the status from the facts: lines, dates and the signatures of the papers in force.

    Cancelled and closed are stated, not computed. The hand-over comes before signatures (E32): a loan handed
    over unsigned is `handed_over`, and `is_handed_over_unsigned` tells the rest.
    """
    if loan.status in STATED:
        return loan.status
    if loan.items and not loan.open_items and loan.handed_over_on is not None:
        return LoanStatus.RETURNED
    if loan.handed_over_on is not None:
        return LoanStatus.HANDED_OVER
    if loan.issued_on is None:
        return LoanStatus.DRAFT
    papers = in_force(documents, *SIGNED_PAPERS)
    if papers and all(paper.is_fully_signed for paper in papers):
        return LoanStatus.SIGNED
    if any(paper.is_fully_signed or paper.is_partially_signed for paper in papers):
        return LoanStatus.PARTIALLY_SIGNED
    return LoanStatus.ISSUED


def unsigned_since(loan: Loan, documents: Sequence[Document], former: Document | None = None) -> date | None:
    """Since which day an item is out that no paper in force, fully signed, covers (E32); None when none is.

    The former agreement covers until the one that replaces it is signed; an item that an amendment brought in waits
    for that amendment. `former` is the agreement that `covered_by` names. The old paper of a loan taken over, signed,
    covers what it listed in the same way; what the real agreement brought in waits for that one.
    """
    papers = (*documents, former) if former is not None and former.id == loan.covered_by else documents
    covered = any(agreement.is_fully_signed for agreement in in_force(papers, *AGREEMENTS))
    unsigned = {each.id for each in in_force(documents, *SIGNED_PAPERS) if not each.is_fully_signed}
    out = (
        line
        for line in loan.lines_out
        if line.agreed_by in unsigned or not (covered or (loan.is_covered_by_old_paper and line.agreed_by is None))
    )
    return min((line.handed_over_on for line in out if line.handed_over_on is not None), default=None)


def is_handed_over_unsigned(loan: Loan, documents: Sequence[Document], former: Document | None = None) -> bool:
    """« Remis sans convention »: see `unsigned_since`."""
    return unsigned_since(loan, documents, former) is not None


def agreed(loan: Loan, signed: Document, documents: Sequence[Document]) -> tuple[Loan, tuple[Document, ...]]:
    """What becomes of a loan when one of its papers has just been signed, and the papers that it then replaces.

    Signed by all, a renewal gives its last day to the loan; an agreement takes the place of the one that it replaces,
    and of the amendments of that one; the first one of a loan taken over, that of the amendment by which it came.
    """
    replaced: tuple[Document, ...] = ()
    if signed.is_fully_signed and signed.kind in AGREEMENTS and loan.origin is LoanOrigin.TAKEN_OVER:
        numbers = tuple(each.number for each in documents if each.kind in AGREEMENTS)
        amendments = in_force(documents, DocumentKind.AMENDMENT)
        replaced = tuple(each for each in amendments if not each.number.startswith(numbers))
    if signed.is_fully_signed and signed.kind in AGREEMENTS and signed.replaces is not None:
        former = next((each for each in in_force(documents, *AGREEMENTS) if each.id == signed.replaces), None)
        if former is not None:
            amendments = in_force(documents, DocumentKind.AMENDMENT)
            below = (each for each in amendments if each.number.startswith(former.number))
            replaced = (*replaced, former, *below)
    if signed.is_fully_signed and loan.renewal == signed.id:
        loan = replace(
            loan,
            ends_on=loan.renewal_ends_on,
            renewal=None,
            renewal_ends_on=None,
            renewed_by=signed.id,
            renewed_from=loan.ends_on,
        )
    gone = {each.id for each in replaced}
    remaining = [each for each in documents if each.id not in gone]
    return replace(loan, status=status_of(loan, remaining)), replaced


def name_without_agreement(loan: Loan) -> str:
    """By what people name a loan that has no agreement of ours: what its old paper bore, else that it was taken over;
    empty for a draft.
    """
    if loan.paper is None:
        return ""
    return loan.paper.reference or loan.origin.label


def with_first_agreement(loan: Loan, today: date) -> Loan:
    """The loan once its papers are issued: one taken over has its real agreement from that day on."""
    return replace(loan, issued_on=today) if loan.lacks_agreement else loan


def held_status(custody: Custody) -> ItemStatus:
    """What an item becomes when handed over: lent at home, deposited at school."""
    return ItemStatus.ON_LOAN if custody is Custody.HOME else ItemStatus.DEPOSITED
