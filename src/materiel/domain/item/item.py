"""Equipment items (« matériel pédagogique adapté »): the inventoried object, its states and its condition.

Law: circulaire n° 2001-061 (bought or rented); Code civil, art. 1884 (normal wear is not the borrower's).
The number of a lost item is never used again (E25): an item found again keeps its own, with its history.
What comes back is « À préparer » until the checks of `preparation` are done.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, get_args, get_type_hints
from uuid import UUID

from materiel.domain.item.family import ItemFamily
from materiel.domain.item.masking import masked
from materiel.domain.language import states
from materiel.domain.language.bounds import Accessories, Bounds, Cents, filled, line
from materiel.domain.language.french import long_date
from materiel.domain.language.labelled import Called, LabelledEnum
from materiel.domain.language.states import StateEnum
from materiel.errors import Conflict, RuleBroken


class ItemStatus(StateEnum):
    """Place of an item in its life cycle; the last four are out of the stock: `preparation` has their ways back."""

    IN_STOCK = "in_stock", states.IN_STOCK
    RESERVED = "reserved", states.RESERVED
    ON_LOAN = "on_loan", states.ON_LOAN
    DEPOSITED = "deposited", states.DEPOSITED
    DUE_BACK = "due_back", states.DUE_BACK
    TO_PREPARE = "to_prepare", states.TO_PREPARE
    IN_REPAIR = "in_repair", states.IN_REPAIR
    LOST = "lost", states.LOST
    STOLEN = "stolen", states.STOLEN
    WRITTEN_OFF = "written_off", states.WRITTEN_OFF
    TRANSFERRED = "transferred", states.TRANSFERRED


class Condition(LabelledEnum):
    """State of an item seen at hand-over or return (« état »)."""

    NEW = "new", "Neuf"
    GOOD = "good", "Bon état"
    WORN = "worn", "Usure normale"
    DAMAGED = "damaged", "Abîmé"
    OUT_OF_ORDER = "out_of_order", "Hors d'usage"


class Ownership(LabelledEnum):
    """A rented item is not State property and its documents must not say so (E28)."""

    STATE = "state", "Propriété de l'État"
    RENTED = "rented", "Loué"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDescription:
    """What the service writes of an item, each field once: what is typed, sent, imported, shown and told follows.

    Money is in euro cents. `family` is all that third parties read, None when nobody said it; `category` is the
    service's own. A new text also needs its column, with a migration, and its example in `web.api.examples`.
    """

    inventory_number: Annotated[str, filled(25), Called("Numéro d'inventaire", "le")]
    designation: Annotated[str, filled(200), Called("Désignation", "la")]
    category: Annotated[str, line(60), Called("Catégorie", "la")] = ""
    family: Annotated[ItemFamily | None, Called("Famille", "la")] = None
    brand: Annotated[str, line(100), Called("Marque", "la")] = ""
    model: Annotated[str, line(100), Called("Modèle", "le")] = ""
    serial_number: Annotated[str, line(100), Called("Numéro de série", "le")] = ""
    accessories: Annotated[Accessories, Called("Accessoires", "les")] = ()
    ownership: Annotated[Ownership, Called("Propriété", "la")] = Ownership.STATE
    lessor: Annotated[str, line(200), Called("Loueur", "le")] = ""
    lease_ends_on: Annotated[date | None, Called("Fin de location", "la")] = None
    acquired_on: Annotated[date | None, Called("Date d'acquisition", "la")] = None
    purchase_price_cents: Annotated[Cents | None, Called("Prix d'achat", "le")] = None
    warranty_ends_on: Annotated[date | None, Called("Fin de garantie", "la")] = None
    funding_service: Annotated[str, line(200), Called("Service financeur", "le")] = ""
    storage_place: Annotated[str, line(200), Called("Lieu de rangement", "le")] = ""
    note: Annotated[str, line(500), Called("Observations", "les")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(ItemDescription):
    """One inventoried object (« matériel »). `public_code` is what its QR label carries.

    `safety_hold`: its maker says that it is dangerous, and nothing has been done yet. `lent_until`: another service,
    which keeps it on its inventory, lends it until that day.
    """

    id: UUID
    service_id: UUID
    family: ItemFamily = ItemFamily.OTHER
    missing_accessories: Annotated[tuple[str, ...], Called("Accessoires manquants", "les")] = ()
    status: Annotated[ItemStatus, Called("État", "l'")] = ItemStatus.IN_STOCK
    public_code: str
    safety_hold: bool = False
    lent_until: date | None = None
    version: int = 1

    @property
    def is_software(self) -> bool:
        """A licence: nothing comes back but the proof that it was uninstalled (E36)."""
        return self.family is ItemFamily.SOFTWARE or self.category.strip().casefold() in SOFTWARE_CATEGORIES

    @property
    def printed_serial(self) -> str:
        """The serial number as papers show it: that of software is most often its key (E36)."""
        return masked(self.serial_number) if self.is_software else self.serial_number


@dataclass(frozen=True, slots=True)
class ItemField:
    """A field as people read it: `label` « Marque », `called` « la marque » in a sentence.

    `longest`: the most characters of a text; 0 for a value that is none.
    """

    name: str
    label: str
    called: str
    longest: int


def _fields() -> tuple[ItemField, ...]:
    hints = get_type_hints(Item, include_extras=True) | get_type_hints(ItemDescription, include_extras=True)
    names = list(WRITTEN)
    names.insert(names.index("accessories") + 1, "missing_accessories")
    found = []
    for name in (*names, "status"):
        of, *said = get_args(hints[name])
        words = next(each for each in said if isinstance(each, Called))
        bounds = next((each for each in said if isinstance(each, Bounds)), Bounds())
        longest = (bounds.max_length or 0) if of is str else 0
        found.append(ItemField(name, words.label, words.in_sentence, longest))
    return tuple(found)


WRITTEN = tuple(each.name for each in fields(ItemDescription))
"""The names of what the service writes."""

FIELDS = _fields()
"""What is read of an item, in order: what the service writes, and what follows from the life of the item."""

TEXTS = tuple(each for each in FIELDS if each.longest and each.name != "inventory_number")
"""The free texts: what identifies an item has a form of its own."""

SOFTWARE_CATEGORIES = frozenset({"logiciel", "logiciels", "licence", "software"})

TERMINAL = frozenset({ItemStatus.LOST, ItemStatus.STOLEN, ItemStatus.WRITTEN_OFF, ItemStatus.TRANSFERRED})
HELD = frozenset({ItemStatus.RESERVED, ItemStatus.ON_LOAN, ItemStatus.DEPOSITED, ItemStatus.DUE_BACK})
"""In an open loan: only the loan's own steps move the item."""

LOSSES = frozenset({ItemStatus.LOST, ItemStatus.STOLEN})
_SERVICED = frozenset({ItemStatus.TO_PREPARE, ItemStatus.IN_REPAIR})
_DELIVERED = frozenset({ItemStatus.ON_LOAN, ItemStatus.DEPOSITED})

TRANSITIONS: dict[ItemStatus, frozenset[ItemStatus]] = {
    ItemStatus.IN_STOCK: frozenset(ItemStatus) - HELD - {ItemStatus.TRANSFERRED} | {ItemStatus.RESERVED},
    ItemStatus.TO_PREPARE: frozenset({ItemStatus.WRITTEN_OFF}) | LOSSES,
    ItemStatus.IN_REPAIR: frozenset({ItemStatus.IN_STOCK, ItemStatus.TO_PREPARE, ItemStatus.WRITTEN_OFF}) | LOSSES,
    # One that never left goes back to the stock as it was.
    ItemStatus.RESERVED: _DELIVERED | _SERVICED | LOSSES | {ItemStatus.IN_STOCK},
    ItemStatus.ON_LOAN: LOSSES
    | {ItemStatus.TO_PREPARE, ItemStatus.DUE_BACK, ItemStatus.DEPOSITED, ItemStatus.RESERVED},
    ItemStatus.DEPOSITED: LOSSES
    | {ItemStatus.TO_PREPARE, ItemStatus.DUE_BACK, ItemStatus.ON_LOAN, ItemStatus.RESERVED},
    ItemStatus.DUE_BACK: LOSSES | {ItemStatus.TO_PREPARE} | _DELIVERED,
    ItemStatus.LOST: frozenset(),
    ItemStatus.STOLEN: frozenset(),
    ItemStatus.WRITTEN_OFF: frozenset(),
    ItemStatus.TRANSFERRED: frozenset(),
}
"""What follows from a loan or is given by hand; preparing, finding again and undoing are acts of `preparation`."""


def check_transition(current: ItemStatus, target: ItemStatus) -> None:
    """Refuse a change of status that the life cycle does not know; the same status is no change.

    Raises:
        Conflict: `item.terminal` for a lost, stolen or written-off item, `item.to_prepare` for one whose checks are
            not done, `item.transition_refused` otherwise.
    """
    if target is current or target in TRANSITIONS[current]:
        return
    if current is ItemStatus.TRANSFERRED:
        raise Conflict(
            "item.terminal",
            "Ce matériel est passé à un autre service : lui seul peut encore agir sur lui. Un retour se demande par "
            "un autre transfert.",
        )
    if current in TERMINAL:
        raise Conflict(
            "item.terminal",
            f"Ce matériel est sorti du parc ({current.label.lower()}) : son état ne change plus et son numéro "
            "d'inventaire ne sert plus. Enregistrez un nouveau matériel s'il est remplacé.",
        )
    if current is ItemStatus.TO_PREPARE:
        raise Conflict(
            "item.to_prepare",
            "Ce matériel est à préparer : faites d'abord ses vérifications, depuis sa fiche ou depuis l'accueil.",
        )
    raise Conflict(
        "item.transition_refused",
        f"Un matériel « {current.label} » ne peut pas passer à « {target.label} » ; passez par le prêt qui le "
        "concerne, ou par son retour en réserve.",
    )


def check_can_be_lent(item: Item, starts_on: date) -> None:
    """Refuse an item that cannot enter a new loan starting this day.

    Raises:
        Conflict: `item.already_lent` in an open loan, `item.to_prepare` before its checks, `item.not_available` in
            repair or out of the stock, `item.safety_recall` when its maker recalls it.
        RuleBroken: `item.lease_ended` for a rented item whose lease is over (E28); `item.due_elsewhere`.
    """
    if item.status in HELD:
        raise Conflict(
            "item.already_lent",
            f"Le matériel {item.inventory_number} est déjà dans un prêt en cours "
            f"({item.status.label.lower()}). "
            "Terminez ce prêt ou choisissez un autre matériel.",
        )
    if item.status is ItemStatus.TO_PREPARE:
        raise Conflict(
            "item.to_prepare",
            f"Le matériel {item.inventory_number} est revenu et n'est pas encore préparé : faites ses vérifications, "
            "ou choisissez un matériel en réserve.",
        )
    if item.status is not ItemStatus.IN_STOCK:
        raise Conflict(
            "item.not_available",
            f"Le matériel {item.inventory_number} n'est pas disponible ({item.status.label.lower()}). "
            "Choisissez un matériel en réserve.",
        )
    check_safe(item)
    if item.ownership is Ownership.RENTED and item.lease_ends_on is not None and item.lease_ends_on < starts_on:
        raise RuleBroken(
            "item.lease_ended",
            f"La location du matériel {item.inventory_number} a pris fin le {long_date(item.lease_ends_on)} : "
            "rendez-le au loueur, ou enregistrez la prolongation de la location.",
        )
    check_due_elsewhere(item, starts_on)


def check_due_elsewhere(item: Item, day: date | None) -> None:
    """Refuse to lend beyond the day on which another service gets the item back.

    Args:
        day: the last day of what is agreed upon, None without an end.

    Raises:
        RuleBroken: `item.due_elsewhere`.

    Source: Code civil, art. 1875 and 1888 (what was lent is given back on the day agreed upon); domain § 8.2.
    """
    if item.lent_until is None or (day is not None and day <= item.lent_until):
        return
    raise RuleBroken(
        "item.due_elsewhere",
        f"Le matériel {item.inventory_number} est prêté par un autre service jusqu'au {long_date(item.lent_until)} : "
        "il ne peut pas être prêté au-delà. Demandez à ce service de prolonger, ou choisissez un autre matériel.",
    )


def check_safe(item: Item) -> None:
    """Refuse to put into somebody's hands what its maker says is dangerous.

    Raises:
        Conflict: `item.safety_recall`.
    """
    if item.safety_hold:
        raise Conflict(
            "item.safety_recall",
            f"Le matériel {item.inventory_number} fait l'objet d'un rappel de sécurité : ne le remettez à personne "
            "avant de l'avoir traité, depuis la page de ce rappel.",
        )


def needs_repair(condition: Condition) -> bool:
    """Whether an item seen so goes to repair; normal wear is fit to lend again (C. civ. 1884)."""
    return condition in (Condition.DAMAGED, Condition.OUT_OF_ORDER)


BY_HAND = frozenset(
    {
        ItemStatus.IN_STOCK,
        ItemStatus.TO_PREPARE,
        ItemStatus.IN_REPAIR,
        ItemStatus.LOST,
        ItemStatus.STOLEN,
        ItemStatus.WRITTEN_OFF,
    }
)
"""The states that a manager gives; the others follow from loans."""


def statuses_by_hand(item: Item) -> tuple[ItemStatus, ...]:
    """The states that a manager can give this item now, in their order; its own is not one."""
    allowed = BY_HAND & (TRANSITIONS[item.status] if item.status not in HELD else LOSSES)
    if item.lent_until is not None:
        # It is on the inventory of the service that lends it, which alone writes it off.
        allowed -= {ItemStatus.WRITTEN_OFF}
    return tuple(status for status in ItemStatus if status in allowed and status is not item.status)
