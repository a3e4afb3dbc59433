"""A kit (« kit »): several items of the inventory, each with its own number, lent and returned as one line.

An item is in one kit at most. A kit keeps no state of its own: what it lacks follows from the states of its parts. A
part that is lost or stolen stays in its kit, named as missing, until it is replaced or taken out. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from materiel.domain.item.item import HELD, TERMINAL, Item, check_can_be_lent
from materiel.domain.language import states
from materiel.domain.language.bounds import filled
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import enumeration
from materiel.domain.language.identifiers import INVENTORY_NUMBER_MAX, clean_inventory_number
from materiel.domain.language.states import StateEnum
from materiel.errors import Conflict, MaterielError

Thing = TypeVar("Thing")

NUMBER_MAX = INVENTORY_NUMBER_MAX
DESIGNATION_MAX = 200
REASON_MAX = 300
FEWEST_PARTS, MOST_PARTS = 2, 20


class KitState(StateEnum):
    """Where a kit stands, from the states of its parts."""

    WHOLE = "whole", states.KIT_WHOLE
    INCOMPLETE = "incomplete", states.KIT_INCOMPLETE
    LENT = "lent", states.KIT_LENT
    DISSOLVED = "dissolved", states.KIT_DISSOLVED


@dataclass(frozen=True, slots=True, kw_only=True)
class KitAsked:
    """What the service writes of a kit."""

    designation: Annotated[str, filled(DESIGNATION_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit(KitAsked):
    """One kit. `number`: by what it is called, as an item by its own; `parts`: in the order in which they are told."""

    id: UUID
    service_id: UUID
    number: str
    created_at: datetime
    parts: tuple[Item, ...] = ()
    dissolved_on: date | None = None
    version: int = 1

    @property
    def state(self) -> KitState:
        """Dissolved, with a part in a loan, whole in the stock, or lacking something."""
        if self.dissolved_on is not None:
            return KitState.DISSOLVED
        if any(each.status in HELD for each in self.parts):
            return KitState.LENT
        return KitState.INCOMPLETE if any(why_not_lent(each) for each in self.parts) else KitState.WHOLE

    @property
    def part_ids(self) -> tuple[UUID, ...]:
        """The items of which it is made."""
        return tuple(each.id for each in self.parts)

    def available(self, on: date) -> tuple[Item, ...]:
        """The parts that may enter a loan beginning that day."""
        return tuple(each for each in self.parts if not _obstacle(each, on))

    def missing(self, on: date) -> tuple[Item, ...]:
        """Those that may not: lost, in repair, lent elsewhere, held back."""
        return tuple(each for each in self.parts if _obstacle(each, on))

    def lacking(self, on: date) -> tuple[Item, ...]:
        """Those that are in no loan and may enter none: lost, in repair, held back."""
        return tuple(each for each in self.missing(on) if each.status not in HELD)

    def but(self, there: Collection[UUID]) -> tuple[Item, ...]:
        """The parts that are not among these."""
        return tuple(each for each in self.parts if each.id not in there)


@dataclass(frozen=True, slots=True)
class Together(Generic[Thing]):
    """What is shown as one line: all that is about the parts of a kit, or one thing that is in none."""

    kit: Kit | None
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KitFilter:
    """Which kits are listed: those that are, or those that were dissolved. `q`: words of number and designation."""

    q: str = ""
    dissolved: bool = False
    item_id: UUID | None = None


def why_not_lent(item: Item, on: date = date.min) -> str:
    """Why a part cannot be lent, in some words: its state, else that its maker recalls it; empty when it can."""
    refusal = _obstacle(item, on)
    if refusal is None:
        return ""
    told = {"item.safety_recall": "rappel de sécurité", "item.lease_ended": "location terminée"}
    return told.get(refusal.code, item.status.label.lower())


def named(items: Iterable[Item]) -> str:
    """Items as a sentence names them: number, and what it is."""
    return enumeration([f"{each.inventory_number} ({each.designation})" for each in items])


def kit_of(kits: Iterable[Kit], item_id: UUID) -> Kit | None:
    """The kit of an item, if it is in one."""
    return next((each for each in kits if item_id in each.part_ids), None)


def together(things: Iterable[Thing], kits: Sequence[Kit], item_of: Callable[[Thing], UUID]) -> list[Together[Thing]]:
    """Things about items in their order, those of a kit put together where the first of them stands."""
    found: list[Together[Thing]] = []
    at: dict[UUID, int] = {}
    for thing in things:
        kit = kit_of(kits, item_of(thing))
        if kit is None:
            found.append(Together(None, (thing,)))
        elif kit.id in at:
            found[at[kit.id]] = Together(kit, (*found[at[kit.id]].things, thing))
        else:
            at[kit.id] = len(found)
            found.append(Together(kit, (thing,)))
    return found


def checked_kit(kit: Kit) -> Kit:
    """A kit about to be written, its texts cleaned.

    Raises:
        RuleBroken: `kit.invalid`, with one error for each field at fault.
    """
    fields = Fields("kit.invalid")
    number = clean_inventory_number(
        fields.text("/number", kit.number, longest=NUMBER_MAX, required=True, name="le numéro du kit")
    )
    designation = fields.text(
        "/designation", kit.designation, longest=DESIGNATION_MAX, required=True, name="la désignation du kit"
    )
    if len(kit.parts) < FEWEST_PARTS:
        fields.add("/items", "Un kit compte deux matériels au moins : ajoutez-en.")
    if len(kit.parts) > MOST_PARTS:
        fields.add("/items", f"Un kit compte {MOST_PARTS} matériels au plus : faites-en deux.")
    fields.check()
    return replace(kit, number=number, designation=designation)


def check_may_enter(items: Sequence[Item], *, others: Mapping[UUID, str], lent_with: Collection[UUID]) -> None:
    """Refuse what cannot become a part.

    Args:
        items: those that are not in the kit yet.
        others: the numbers of the kits in which some of them are.
        lent_with: those that the loan which holds the rest of the kit holds too: what replaced a stolen part.

    Raises:
        Conflict: `kit.item_taken`, `kit.item_gone`, `kit.item_lent`.
    """
    for item in items:
        number = item.inventory_number
        if item.id in others:
            raise Conflict(
                "kit.item_taken",
                f"Le matériel {number} est déjà dans le kit {others[item.id]} : un matériel n'est que d'un kit. "
                "Retirez-le d'abord de celui-là.",
            )
        if item.status in TERMINAL:
            raise Conflict(
                "kit.item_gone",
                f"Le matériel {number} est sorti du parc ({item.status.label.lower()}) : choisissez-en un autre.",
            )
        if item.status in HELD and item.id not in lent_with:
            raise Conflict(
                "kit.item_lent",
                f"Le matériel {number} est dans un prêt en cours ({item.status.label.lower()}) : il entrera dans le "
                "kit une fois rendu.",
            )


def check_not_dissolved(kit: Kit) -> None:
    """Refuse to change what is no kit any more.

    Raises:
        Conflict: `kit.dissolved`.
    """
    if kit.dissolved_on is not None:
        raise Conflict("kit.dissolved", f"Le kit {kit.number} est dissous : faites-en un autre, avec un autre numéro.")


def check_may_leave_kits(kits: Sequence[Kit], items: Iterable[Item]) -> None:
    """Refuse to pass a part of a kit to another service: the kit would be broken without anybody having said so.

    Raises:
        Conflict: `transfer.item_in_kit`.
    """
    for item in items:
        kit = kit_of(kits, item.id)
        if kit is not None:
            raise Conflict(
                "transfer.item_in_kit",
                f"Le matériel {item.inventory_number} est dans le kit {kit.number} ({kit.designation}) : retirez-le "
                "de ce kit, ou dissolvez le kit, puis recommencez.",
            )


def _obstacle(item: Item, on: date) -> MaterielError | None:
    try:
        check_can_be_lent(item, on)
    except MaterielError as refusal:
        return refusal
    return None
