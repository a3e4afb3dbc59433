"""What a document is composed from: domain values, gathered and frozen by the use case that issues it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from materiel.domain.accounts.service import ManagingService
from materiel.domain.item.item import Condition, Item
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.annex import Annex
from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.signatories import Addressee, Custodian, Signatory
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School


@dataclass(frozen=True, slots=True, kw_only=True)
class KitFacts:
    """The kit of an item, as it is the day the paper is made.

    `without`: its parts that the paper is not about because they are not lent; `left`: those of the loan that a receipt
    is not about. `is_told_whole`: whether a kit that lacks nothing is said to be complete.
    """

    number: str
    designation: str
    without: tuple[Item, ...] = ()
    left: tuple[Item, ...] = ()
    is_told_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """One line of the table of items; condition and missing accessories on receipts only.

    `handed_over` is False for an item that the agreement covers and that its borrower has not received yet. `kit`: the
    one of which it is a part.
    """

    item: Item
    condition: Condition | None = None
    missing_accessories: tuple[str, ...] = ()
    handed_over: bool = True
    kit: KitFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an amendment or a new agreement changes, dated by `effective_on`.

    `added` and `removed` are lines of items; `old_ends_on` and `new_ends_on` a renewal; `old_school` a move;
    `moved` tells that what leaves stays lent to the same pupil, in another custody and by another agreement;
    `renewed` tells a new term, without a last day when `new_ends_on` is None; `provisional` that it runs on a decision
    that is over. `statement` says in French, as whole sentences, any other change the parties agree upon.
    """

    effective_on: date
    added: tuple[ItemFacts, ...] = ()
    removed: tuple[ItemFacts, ...] = ()
    removal_reason: str = ""
    moved: bool = False
    old_ends_on: date | None = None
    new_ends_on: date | None = None
    renewed: bool = False
    provisional: bool = False
    old_school: School | None = None
    statement: str = ""

    @property
    def renews(self) -> bool:
        """Whether the term changes."""
        return self.renewed or self.new_ends_on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything one document may state.

    `code` is the opaque public code of the verification address, which begins by `label_url` if there is one.
    `agreement_number` is the number of the agreement that an amendment, a notice or a receipt refers to. `custodian` is
    the third party of a deposit, `addressee` the recipient of a notice, `handed_by` / `received_by` name both sides of
    a receipt.
    `begins_on` is the first day of an agreement that takes over during a loan; `goes_on` tells a receipt that the items
    stay lent to the same pupil, or deposited, elsewhere. `annex` is the service's own on that day, of agreements only.
    """

    kind: DocumentKind
    number: str
    code: str
    base_url: str
    label_url: str = ""
    issued_on: date
    service: ManagingService
    loan: Loan
    school: School
    items: tuple[ItemFacts, ...]
    pupil: Pupil | None = None
    signatories: tuple[Signatory, ...] = ()
    custodian: Custodian | None = None
    addressee: Addressee | None = None
    agreement_number: str = ""
    replaces_number: str = ""
    change: Change | None = None
    happened_on: date | None = None
    handed_by: str = ""
    received_by: str = ""
    begins_on: date | None = None
    goes_on: bool = False
    annex: Annex | None = None

    @property
    def parts_left(self) -> tuple[Item, ...]:
        """The parts of the kits of a receipt that are of the loan, and that it is not about, each once."""
        left = [item for line in self.items if line.kit is not None for item in line.kit.left]
        return tuple({item.id: item for item in left}.values())

    @property
    def first_day(self) -> date:
        """The first day that an agreement governs: its own, or that of the loan."""
        return self.begins_on or self.loan.starts_on
