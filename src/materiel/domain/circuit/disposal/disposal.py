"""The end of life of items (« fin de vie »): proposed by a manager, decided by who signs for the State, then done.

Source: Code général de la propriété des personnes publiques, art. L3211-18 (what the State owns is neither given away
nor sold below its worth: the Domaine sells it), art. L3212-2, 3° and 5°, and art. D3212-3 (computing equipment may be
given, up to 300 € each, to some associations and to the staff); Code de l'environnement, art. R543-172 and following
(waste of electric equipment); RGPD, art. 5 and 32 (nothing leaves with the data of a pupil); domain § 1.7 and E28.

A number is never given again: what left stays in the inventory, « Réformé », with its act. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import Condition, Item
from materiel.domain.language import states
from materiel.domain.language.bounds import Cents, filled, line
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum

REASON_MAX = 300
BENEFICIARY_MAX = 200
REFERENCE_MAX = 100
ERASED_BY_MAX = 100
ERASED_HOW_MAX = 200
MOST_ITEMS = 100
GIVEN_UP_TO_CENTS = 300_00
"""What one thing that is given away may be worth at most (CG3P, art. D3212-3)."""

COMPUTING = frozenset({ItemFamily.COMPUTER, ItemFamily.TABLET, ItemFamily.COMPUTER_ACCESSORY})
"""« Matériels informatiques », which alone may be given away."""


class DisposalOutcome(LabelledEnum):
    """Where the items go."""

    DOMAINE = "domaine", "Remise au Domaine"
    ASSOCIATION = "association", "Cession gratuite à une association"
    STAFF = "staff", "Cession gratuite à un agent"
    DESTRUCTION = "destruction", "Destruction (DEEE)"


class AssociationKind(LabelledEnum):
    """The associations to which the law lets computing equipment be given (CG3P, art. L3212-2, 3°)."""

    PARENTS = "parents", "Association de parents d'élèves"
    TUTORING = "tutoring", "Association de soutien scolaire"
    PUBLIC_UTILITY = "public_utility", "Association reconnue d'utilité publique"
    REUSE = "reuse", "Organisme de réemploi agréé « entreprise solidaire d'utilité sociale »"
    STUDENTS = "students", "Association d'étudiants"


class DisposalState(StateEnum):
    """Where an end of life is."""

    PROPOSED = "proposed", states.DISPOSAL_PROPOSED
    DECIDED = "decided", states.DISPOSAL_DECIDED
    DONE = "done", states.DISPOSED
    REFUSED = "refused", states.DISPOSAL_REFUSED
    WITHDRAWN = "withdrawn", states.DISPOSAL_WITHDRAWN


UNDER_WAY = frozenset({DisposalState.PROPOSED, DisposalState.DECIDED})
"""What may still be taken back, and holds its items meanwhile."""


class DisposalPaper(LabelledEnum):
    """What is kept of an end of life once it is done."""

    ACT = "act", "Acte signé"
    COMMITMENT = "commitment", "Engagement de l'association"
    CERTIFICATE = "certificate", "Certificat de reprise"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRule:
    """What an outcome asks for. `is_gift`: computing equipment alone, up to 300 € each."""

    called: str
    papers: tuple[DisposalPaper, ...]
    is_gift: bool = False
    takes_recalled: bool = False


RULES: dict[DisposalOutcome, OutcomeRule] = {
    DisposalOutcome.DOMAINE: OutcomeRule(called="le service du Domaine", papers=(DisposalPaper.ACT,)),
    DisposalOutcome.ASSOCIATION: OutcomeRule(
        called="l'association", papers=(DisposalPaper.ACT, DisposalPaper.COMMITMENT), is_gift=True
    ),
    DisposalOutcome.STAFF: OutcomeRule(called="l'agent", papers=(DisposalPaper.ACT,), is_gift=True),
    DisposalOutcome.DESTRUCTION: OutcomeRule(
        called="l'organisme qui reprend les déchets",
        papers=(DisposalPaper.ACT, DisposalPaper.CERTIFICATE),
        takes_recalled=True,
    ),
}
"""By outcome; a thing that its maker recalls as dangerous only goes to be destroyed (Code civil, art. 1891)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppraisedItem:
    """An item with what it is worth today, in euro cents, and its condition."""

    item_id: UUID
    value_cents: Cents
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalAsked:
    """What a manager proposes. `agreement`: its reference; `association`: its kind."""

    outcome: DisposalOutcome
    reason: Annotated[str, filled(REASON_MAX)]
    beneficiary: Annotated[str, filled(BENEFICIARY_MAX)]
    association: AssociationKind | None = None
    agreement: Annotated[str, line(REFERENCE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAttested:
    """That the data are erased: when, by whom, by which method."""

    erased_on: date
    erased_by: Annotated[str, filled(ERASED_BY_MAX)]
    erased_how: Annotated[str, filled(ERASED_HOW_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalItem:
    """An item as it was when its end of life was proposed: its papers say it so for ever.

    `holds_data`: something must be erased or uninstalled of it first. `has_photo`: a photograph of it is kept.
    """

    item_id: UUID
    inventory_number: str
    designation: str
    brand: str = ""
    model: str = ""
    serial_number: str = ""
    acquired_on: date | None = None
    purchase_price_cents: int | None = None
    funding_service: str = ""
    seen_at: str = ""
    condition: Condition
    value_cents: int
    holds_data: bool = False
    has_photo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal(DisposalAsked):
    """One end of life. `decided_name` and `decided_title`: who decided, as that account was called that day.

    `labels_off`: the labels were taken off. `reference`: that of the file or of the slip of whoever took the items.
    `answer_reason`: why it was refused or withdrawn.
    """

    id: UUID
    service_id: UUID
    proposed_at: datetime
    items: tuple[DisposalItem, ...] = ()
    state: DisposalState = DisposalState.PROPOSED
    erased_on: date | None = None
    erased_by: str = ""
    erased_how: str = ""
    decided_on: date | None = None
    decided_name: str = ""
    decided_title: str = ""
    answer_reason: str = ""
    labels_off: bool = False
    reference: str = ""
    done_on: date | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it may still be taken back."""
        return self.state in UNDER_WAY

    @property
    def rule(self) -> OutcomeRule:
        """What its outcome asks for."""
        return RULES[self.outcome]

    @property
    def value_cents(self) -> int:
        """What all of it is worth."""
        return sum(each.value_cents for each in self.items)

    def photo_number(self, rank: int) -> int | None:
        """Under which number the photograph of an item goes with the list: its line; None when there is none."""
        return rank + 1 if self.items[rank].has_photo else None

    @property
    def lacks_erasure(self) -> bool:
        """Whether somebody must still say that the data are erased."""
        return self.erased_on is None and any(each.holds_data for each in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposedItem:
    """An item and what else keeps it here: a transfer, a repair, an incident, a stocktake that did not find it."""

    item: Item
    in_transfer: bool = False
    at_provider: bool = False
    incident_open: bool = False
    not_seen: bool = False
    has_photo: bool = False
