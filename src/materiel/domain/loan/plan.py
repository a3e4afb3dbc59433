"""A plan: what one step of a loan makes, ends and changes, decided before anything is written.

A use case loads, plans and writes; it decides nothing. Issued documents are never rewritten: a plan makes
new ones and says which of the old ones end or are replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.language.bounds import Accessories, line
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.loan.decision import Caution, Decision
from materiel.domain.loan.loan import SIGNED_PAPERS, Loan, LoanItem, LoanStatus, RemovalReason, status_of
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, in_force
from materiel.domain.papers.required import RequiredDocument
from materiel.errors import Conflict, NotFound, RuleBroken

DESCRIPTION_MAX = 2000
"""Characters of what happened to an item, whether an amendment or an incident tells it."""


class Side(LabelledEnum):
    """Which school and custody a planned document speaks of."""

    BEFORE = "before", "Avant le changement"
    AFTER = "after", "Après le changement"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDocument:
    """A document to make now. `items` are those it lists, in the order of the loan; `replaces` the old
    document. `goes_on` tells a receipt that the items stay with the loan, in other hands. `renews` tells an agreement
    that it gives the loan its new term, as the amendment of a renewal does.
    """

    required: RequiredDocument
    items: tuple[UUID, ...]
    side: Side = Side.AFTER
    replaces: UUID | None = None
    goes_on: bool = False
    renews: bool = False

    @property
    def is_agreed_upon(self) -> bool:
        """Whether what the plan changes waits for this paper to be signed by all."""
        return self.required.kind is DocumentKind.AMENDMENT or self.renews


class Fault(LabelledEnum):
    """The manager's finding after a loss, a theft or a breakage (E25)."""

    UNDECIDED = "undecided", "À apprécier"
    NONE = "none", "Sans faute de l'utilisateur"
    USER = "user", "Faute de l'utilisateur"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One item that leaves the loan, and why.

    `came_back` tells that a broken item is at the service again, with the condition seen; without it, it is awaited.
    `description` is what happened, `happened_on` when: what its incident keeps.
    """

    item_id: UUID
    reason: RemovalReason = RemovalReason.RETURNED
    fault: Fault = Fault.UNDECIDED
    came_back: bool = False
    condition: Condition | None = None
    missing_accessories: Accessories = ()
    description: Annotated[str, line(DESCRIPTION_MAX)] = ""
    happened_on: date | None = None

    def is_back(self, line: LoanItem) -> bool:
        """Whether the item, once out, is at the service again."""
        back = self.reason is RemovalReason.RETURNED or (self.reason is RemovalReason.BROKEN and self.came_back)
        return back and line.handed_over_on is not None

    def is_awaited(self, line: LoanItem) -> bool:
        """Whether the item, broken, is still with whoever borrowed it: its line stays open until it comes back."""
        return self.reason is RemovalReason.BROKEN and line.handed_over_on is not None and not self.came_back

    def status_after(self, line: LoanItem) -> ItemStatus:
        """What the item becomes."""
        if self.is_back(line):
            return ItemStatus.TO_PREPARE
        if self.is_awaited(line):
            return ItemStatus.DUE_BACK
        return {
            RemovalReason.RETURNED: ItemStatus.IN_STOCK,
            RemovalReason.BROKEN: ItemStatus.IN_REPAIR,
            RemovalReason.LOST: ItemStatus.LOST,
            RemovalReason.STOLEN: ItemStatus.STOLEN,
            RemovalReason.MOVED: ItemStatus.RESERVED,
        }[self.reason]

    def applied_to(self, line: LoanItem, on: date) -> LoanItem:
        """The line once the item has left the agreement."""
        day = max(each for each in (on, line.added_on, line.handed_over_on) if each is not None)
        if self.is_awaited(line):
            return replace(line, withdrawn_on=day, removal=self.reason)
        ended = replace(line, removed_on=day, removal=self.reason)
        if not self.is_back(line):
            return ended
        return replace(
            ended, returned_on=day, condition_in=self.condition, missing_accessories=self.missing_accessories
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything one step does.

    `loan` is the loan as it becomes (version unchanged: the store raises it), its status already computed.
    `make` are documents to make now, in order; `end` and `replace` the ids of documents whose status changes.
    `item_statuses` are the items whose status changes, `lacking` the accessories that did not come back.
    Ways back: `void` are receipts of what did not happen, `restore` papers in force again, `there_again` accessories
    that a return taken back had noted as missing.
    `moved` tells that the school or the custody changed, so that the history of the loan gets a line from
    `effective_on`. `added`, `removed`, `old_ends_on` say what an amendment prints, `provisional` that the new
    term runs on a decision that is over, `conditions` those seen when items changed hands during the loan. `action`
    names the entry of the journal. `rule` is the decision that allowed a move, `other` the loan that items went to or
    came from.
    """

    action: str
    loan: Loan
    effective_on: date
    make: tuple[PlannedDocument, ...] = ()
    end: tuple[UUID, ...] = ()
    replace: tuple[UUID, ...] = ()
    item_statuses: tuple[tuple[UUID, ItemStatus], ...] = ()
    lacking: tuple[tuple[UUID, tuple[str, ...]], ...] = ()
    void: tuple[UUID, ...] = ()
    restore: tuple[UUID, ...] = ()
    there_again: tuple[tuple[UUID, tuple[str, ...]], ...] = ()
    cautions: tuple[Caution, ...] = ()
    moved: bool = False
    added: tuple[UUID, ...] = ()
    removed: tuple[Removal, ...] = ()
    old_ends_on: date | None = None
    new_ends_on: date | None = None
    provisional: bool = False
    conditions: Mapping[UUID, Condition] = field(default_factory=dict)
    rule: Decision | None = None
    other: UUID | None = None


def settle(plan: Plan, documents: Sequence[Document]) -> Plan:
    """The same plan, its loan's status computed from the documents that remain and from those it makes."""
    gone = {*plan.end, *plan.replace, *plan.void}
    remaining = [each for each in documents if each.id not in gone]
    status = status_of(plan.loan, remaining)
    made = any(each.required.kind in SIGNED_PAPERS for each in plan.make)
    if status is LoanStatus.SIGNED and made:
        status = LoanStatus.PARTIALLY_SIGNED
    return replace(plan, loan=replace(plan.loan, status=status))


RENEWAL_TO_OFFER_AGAIN = Caution(
    code="RENOUVELLEMENT_A_PROPOSER_DE_NOUVEAU",
    detail="Un renouvellement attendait ses signatures avec l'ancienne liste de matériels : il est terminé. "
    "Proposez-le de nouveau.",
)


def waiting_renewal(loan: Loan, documents: Sequence[Document]) -> tuple[UUID, ...]:
    """The amendment of a renewal that not all have signed; none most of the time."""
    return tuple(each.id for each in in_force(documents, DocumentKind.AMENDMENT) if each.id == loan.renewal)


def end_waiting_renewal(plan: Plan, loan: Loan, documents: Sequence[Document]) -> Plan:
    """The same plan, which changes the items of a loan that goes on: a renewal with the former list is over."""
    waiting = waiting_renewal(loan, documents)
    if not waiting:
        return plan
    return replace(plan, end=(*plan.end, *waiting), cautions=(*plan.cautions, RENEWAL_TO_OFFER_AGAIN))


def papers_to_end(documents: Sequence[Document]) -> tuple[UUID, ...]:
    """Agreements, amendments and notices in force; receipts state a past fact and stay."""
    kinds = (*AGREEMENTS, DocumentKind.AMENDMENT, DocumentKind.NOTICE)
    return tuple(each.id for each in in_force(documents, *kinds))


def item_ids(lines: Iterable[LoanItem]) -> tuple[UUID, ...]:
    """The items of some lines, in order."""
    return tuple(line.item_id for line in lines)


def with_lines(loan: Loan, changed: dict[UUID, LoanItem], added: Sequence[LoanItem] = ()) -> Loan:
    """The loan with its open lines replaced by item, and new lines at the end."""
    lines = tuple(changed.get(line.item_id, line) if line.removed_on is None else line for line in loan.items)
    return replace(loan, items=(*lines, *added))


def find_lines(loan: Loan, wanted: Sequence[UUID]) -> tuple[LoanItem, ...]:
    """The open lines of these items, in the order asked.

    Raises:
        NotFound: `loan.unknown_item` for an item that is not, or no longer, in this loan.
        RuleBroken: `loan.item_twice`.
    """
    check_no_duplicate(wanted)
    lines = {line.item_id: line for line in loan.open_items}
    for item_id in wanted:
        if item_id not in lines:
            raise NotFound(
                "loan.unknown_item",
                "L'un des matériels ne fait pas partie de ce prêt, ou n'en fait plus partie : relisez la liste.",
            )
    return tuple(lines[item_id] for item_id in wanted)


def check_no_duplicate(wanted: Sequence[UUID]) -> None:
    """Refuse a list that names an item twice (`loan.item_twice`)."""
    if len(set(wanted)) != len(wanted):
        raise RuleBroken("loan.item_twice", "Le même matériel est indiqué deux fois : gardez-le une seule fois.")


def check_open(loan: Loan) -> None:
    """Refuse a step on a loan that is over (`loan.closed`)."""
    if not loan.is_open:
        raise Conflict(
            "loan.closed",
            f"Ce prêt est terminé ({loan.status.label.lower()}) : créez un nouveau prêt.",
        )


def check_issued(loan: Loan) -> None:
    """Refuse a step on a draft (`loan.not_issued`) or on a loan that is over (`loan.closed`)."""
    check_open(loan)
    if loan.is_draft:
        raise Conflict(
            "loan.not_issued",
            "Ce prêt est encore un brouillon : émettez d'abord ses documents.",
        )


def check_not_in_future(day: date, today: date) -> None:
    """Refuse a fact dated after today (`loan.date_in_future`)."""
    if day > today:
        raise RuleBroken(
            "loan.date_in_future",
            f"Le {long_date(day)} n'est pas encore passé : indiquez la date réelle.",
        )


def check_change_day(loan: Loan, day: date, today: date) -> None:
    """Refuse a change dated before the loan (`loan.before_start`) or still to come (`loan.change_in_future`).

    What a change does, it does at once: items change hands and papers end. Before its first day nothing is out yet,
    and a loan may be changed from that day on.
    """
    check_within_loan(loan, day)
    if day > max(today, loan.starts_on):
        raise RuleBroken(
            "loan.change_in_future",
            f"Le {long_date(day)} n'est pas encore venu, et ce changement agit dès qu'il est enregistré : le matériel "
            f"et les documents suivent. Enregistrez-le ce jour-là, ou indiquez une date passée s'il a déjà eu lieu.",
        )


def check_still_runs(loan: Loan, day: date) -> None:
    """Refuse to make an agreement whose last day has passed (`loan.term_over`)."""
    if loan.ends_on is not None and loan.ends_on < day:
        raise RuleBroken(
            "loan.term_over",
            f"Le terme de ce prêt, le {long_date(loan.ends_on)}, est passé : une convention établie aujourd'hui serait "
            "finie avant de commencer. Renouvelez d'abord le prêt, ou enregistrez le retour du matériel.",
        )


def check_within_loan(loan: Loan, day: date) -> None:
    """Refuse a change dated before the loan (`loan.before_start`)."""
    if day < loan.starts_on:
        raise RuleBroken(
            "loan.before_start",
            f"Le prêt commence le {long_date(loan.starts_on)} : la date indiquée lui est antérieure.",
        )
