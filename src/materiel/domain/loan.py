"""A loan: what was asked, where the item stays, its terms and its states. Deciding is in `decision`.

Law: circulaire n° 2001-221; Code civil, art. 1875-1891 (loan for use) and 1915-1954 (deposit).
Signatures and hand-over are independent (E32): « remis sans convention » is a fact to show, never a hidden state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.equipment import Condition
from materiel.domain.labelled import LabelledEnum


class Usage(LabelledEnum):
    """Lent to one pupil, or shared by a school."""

    INDIVIDUAL = "individual", "Usage individuel"
    SHARED = "shared", "Usage collectif"


class Custody(LabelledEnum):
    """Where the item stays; one that goes home even sometimes is `HOME` (row 18)."""

    HOME = "home", "Ramené au domicile"
    SCHOOL = "school", "Reste en permanence sur le lieu de scolarisation"


class BasisKind(LabelledEnum):
    """What the loan rests upon; a PAP alone is refused (E20)."""

    CDAPH = "cdaph", "Notification de la CDAPH"
    PAS = "pas", "Pôle d'appui à la scolarité"
    PAP = "pap", "Plan d'accompagnement personnalisé"
    OTHER = "other", "Autre décision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The decision behind a loan. Dates are stored as notified, never computed (domain § 1.2)."""

    kind: BasisKind
    reference: str = ""
    decided_on: date | None = None
    valid_until: date | None = None


class LoanStatus(LabelledEnum):
    """Main state of a loan; see `is_handed_over_unsigned` for what it does not say."""

    DRAFT = "draft", "Brouillon"
    ISSUED = "issued", "Émis"
    PARTIALLY_SIGNED = "partially_signed", "Partiellement signé"
    SIGNED = "signed", "Signé"
    HANDED_OVER = "handed_over", "Remis"
    RETURNED = "returned", "Restitué"
    CANCELLED = "cancelled", "Annulé"
    CLOSED = "closed", "Clos"


OPEN_STATUSES = frozenset(
    {
        LoanStatus.DRAFT,
        LoanStatus.ISSUED,
        LoanStatus.PARTIALLY_SIGNED,
        LoanStatus.SIGNED,
        LoanStatus.HANDED_OVER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanItem:
    """One line of a loan. Open while `removed_on` is None: the database forbids a second open line of an item."""

    item_id: UUID
    added_on: date
    handed_over_on: date | None = None
    condition_out: Condition | None = None
    returned_on: date | None = None
    condition_in: Condition | None = None
    missing_accessories: tuple[str, ...] = ()
    removed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """A loan or a deposit and its lines. `ends_on` is the last day included; `override_reason` set by a manager."""

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
    closed_on: date | None = None
    version: int = 1

    @property
    def open_items(self) -> tuple[LoanItem, ...]:
        """Lines still held or reserved, in the order they were added."""
        return tuple(line for line in self.items if line.removed_on is None)
