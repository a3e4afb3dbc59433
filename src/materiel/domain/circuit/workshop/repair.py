"""A repair (« réparation »): an item goes to a provider, is awaited back, and comes back mended or not.

An item has several in its life. Whether its warranty holds is read when it leaves, from the end that its record tells,
and kept: a date corrected later does not rewrite what was asked of the provider. Domain § 8.4. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from materiel.domain.item.item import HELD, Item, ItemStatus, check_transition
from materiel.domain.language import states
from materiel.domain.language.bounds import Cents, filled, line
from materiel.domain.language.fields import Fields
from materiel.domain.language.labelled import LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.domain.language.values import replace
from materiel.errors import Conflict

PROVIDER_MAX = 120
FAULT_MAX = 300
NOTE_MAX = 300
REASON_MAX = 300
COST_MAX_CENTS = 100_000_000
OLDEST = timedelta(days=3650)
LONGEST = timedelta(days=730)
"""How far ahead a provider may announce that an item comes back."""

SILENT_AFTER = timedelta(days=30)
"""Without an announced day, a repair is late after a month: somebody asks."""


class RepairOutcome(LabelledEnum):
    """What the provider gave back."""

    REPAIRED = "repaired", "Réparé"
    NOT_REPAIRABLE = "not_repairable", "Non réparable"


class RepairStage(StateEnum):
    """Where a repair stands."""

    AT_PROVIDER = "at_provider", states.AT_PROVIDER
    LATE = "late", states.REPAIR_LATE
    BACK = "back", states.BACK_FROM_REPAIR


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairAsked:
    """What is asked of a provider. `fault`: what does not work; `expected_on`: the day that was announced."""

    provider: Annotated[str, filled(PROVIDER_MAX)]
    fault: Annotated[str, filled(FAULT_MAX)]
    sent_on: date
    expected_on: date | None = None
    note: Annotated[str, line(NOTE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairBack:
    """What came back. `cost_cents`: what it cost, None while no invoice tells."""

    returned_on: date
    outcome: RepairOutcome
    cost_cents: Cents | None = None
    note: Annotated[str, line(NOTE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(RepairAsked):
    """One repair of an item. `under_warranty`: as its record told the day it left; None when it told nothing."""

    id: UUID
    service_id: UUID
    item_id: UUID
    created_at: datetime
    under_warranty: bool | None = None
    returned_on: date | None = None
    outcome: RepairOutcome | None = None
    cost_cents: Cents | None = None
    version: int = 1

    def stage(self, today: date) -> RepairStage:
        """Where it stands on a day."""
        if self.returned_on is not None:
            return RepairStage.BACK
        return RepairStage.LATE if self.due_on < today else RepairStage.AT_PROVIDER

    @property
    def due_on(self) -> date:
        """The last day on which it is not late."""
        return self.expected_on or self.sent_on + SILENT_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairLine:
    """A repair as a list of the service shows it, with its item."""

    repair: Repair
    inventory_number: str
    designation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairFilter:
    """Which repairs are listed on a day; an empty filter lists all. `q`: words of the item, or of the provider."""

    today: date
    stage: RepairStage | None = None
    is_open: bool = False
    item_id: UUID | None = None
    q: str = ""


def warranty_holds(item: Item, on: date) -> bool | None:
    """Whether the warranty of an item holds on a day; None when its record does not say until when."""
    return None if item.warranty_ends_on is None else on <= item.warranty_ends_on


def check_may_leave(item: Item) -> None:
    """Refuse to send away what a loan holds, what is to prepare, what left the stock.

    Raises:
        Conflict: `repair.item_lent`; `item.to_prepare`, `item.terminal`.
    """
    if item.status in HELD:
        raise Conflict(
            "repair.item_lent",
            f"Le matériel {item.inventory_number} est dans un prêt en cours : notez d'abord son retour, ou "
            "remplacez-le par un avenant.",
        )
    check_transition(item.status, ItemStatus.IN_REPAIR)


def checked_repair(repair: Repair, today: date) -> Repair:
    """A repair about to be written, its texts cleaned.

    Raises:
        RuleBroken: `repair.invalid`, with one error for each field at fault.
    """
    fields = Fields("repair.invalid")
    provider = fields.text("/provider", repair.provider, longest=PROVIDER_MAX, required=True, name="le réparateur")
    fault = fields.text("/fault", repair.fault, longest=FAULT_MAX, required=True, name="la panne")
    note = fields.text("/note", repair.note, longest=NOTE_MAX, name="la note")
    fields.day("/sent_on", repair.sent_on, first=today - OLDEST, last=today, name="la date d'envoi")
    if repair.expected_on is not None:
        last = max(today, repair.sent_on) + LONGEST
        fields.day("/expected_on", repair.expected_on, first=repair.sent_on, last=last, name="la date annoncée")
    fields.check()
    return replace(repair, provider=provider, fault=fault, note=note)


def come_back(repair: Repair, back: RepairBack, today: date) -> Repair:
    """A repair whose item is back.

    Raises:
        Conflict: `repair.over`.
        RuleBroken: `repair.invalid`.
    """
    check_under_way(repair)
    fields = Fields("repair.invalid")
    fields.day("/returned_on", back.returned_on, first=repair.sent_on, last=today, name="la date de retour")
    note = fields.text("/note", back.note, longest=NOTE_MAX, name="la note")
    if back.cost_cents is not None and not 0 <= back.cost_cents <= COST_MAX_CENTS:
        fields.add("/cost_cents", "Le coût est en centimes, de 0 à un million d'euros.")
    fields.check()
    return replace(
        repair,
        returned_on=back.returned_on,
        outcome=back.outcome,
        cost_cents=back.cost_cents,
        note=note or repair.note,
    )


def back_again(repair: Repair) -> Repair:
    """A repair whose return was noted by mistake: it is under way as before.

    Raises:
        Conflict: `repair.not_back`.
    """
    if repair.returned_on is None:
        raise Conflict("repair.not_back", "Le retour de cette réparation n'est pas noté : il n'y a rien à défaire.")
    return replace(repair, returned_on=None, outcome=None, cost_cents=None)


def check_may_be_undone(repair: Repair) -> None:
    """Refuse to take back a repair whose return is noted: what came last is undone first.

    Raises:
        Conflict: `repair.back_first`.
    """
    if repair.returned_on is not None:
        raise Conflict(
            "repair.back_first",
            "Le retour de cette réparation est noté : défaites-le d'abord, puis recommencez.",
        )


def followed() -> Conflict:
    """What is said when something was done to the item since: undoing would make its history false."""
    return Conflict(
        "repair.followed",
        "Ce matériel a changé d'état depuis, est entré dans un prêt ou est reparti en réparation : défaites d'abord "
        "ce qui a suivi, ou corrigez son état depuis sa fiche.",
    )


def checked_undo_reason(reason: str) -> str:
    """Why something is undone, cleaned.

    Raises:
        RuleBroken: `repair.invalid`, no reason.
    """
    fields = Fields("repair.invalid")
    said = fields.text("/reason", reason, longest=REASON_MAX, required=True, name="le motif")
    fields.check()
    return said


def check_under_way(repair: Repair) -> None:
    """Raise `Conflict`, `repair.over`, when an item is back already."""
    if repair.returned_on is not None:
        raise Conflict("repair.over", "Ce matériel est déjà revenu de cette réparation : enregistrez-en une autre.")
