"""Getting an item ready again: the checks of what came back, what is missing of it, finding it again, undoing a state.

A receipt of return promises that the data are erased: nothing that holds data enters the stock before somebody says
that they are. A file read again on a computer lent to another child would be a personal data breach (RGPD, art. 32
and 33). Pure: `today` is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from materiel.domain.item.checklist import CheckLines
from materiel.domain.item.family import HOLDING_DATA
from materiel.domain.item.item import LOSSES, Condition, Item, ItemStatus, needs_repair
from materiel.domain.language.bounds import Accessories, line
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import long_date
from materiel.errors import Conflict, RuleBroken

NOTE_MAX = 500
ACCESSORY_MAX = 100
MOST_ACCESSORIES = 30


@dataclass(frozen=True, slots=True)
class Checks:
    """What must be said of an item before it is lent again, beyond its condition and its accessories."""

    erased: bool = False
    uninstalled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksDone:
    """The checks done on a day: `missing_accessories` are those found missing then.

    `ticked`: the lines of the service's own list that were ticked, None when nobody was asked.
    """

    done_on: date
    condition: Condition
    erased: bool = False
    uninstalled: bool = False
    missing_accessories: Accessories = ()
    ticked: CheckLines | None = None
    note: Annotated[str, line(NOTE_MAX)] = ""


def checks_of(item: Item) -> Checks:
    """The checks that the family of an item asks for: data erased, or a licence uninstalled; a book neither."""
    if item.is_software:
        return Checks(uninstalled=True)
    return Checks(erased=item.family in HOLDING_DATA)


def prepared(item: Item, done: ChecksDone, *, came_back_on: date | None, today: date) -> Item:
    """The item after its checks: in the stock, or in repair when its condition asks for it.

    Args:
        came_back_on: the day of its last return, when it came back from a loan.

    Raises:
        Conflict: `item.not_to_prepare`, in any other state.
        RuleBroken: `item.invalid`, with the faults of `/done_on`, `/note` and `/missing_accessories`;
            `item.not_erased`, `item.not_uninstalled`.
    """
    if item.status is not ItemStatus.TO_PREPARE:
        raise Conflict(
            "item.not_to_prepare",
            f"Le matériel {item.inventory_number} n'est pas à préparer ({item.status.label.lower()}).",
        )
    _check_done(done, came_back_on, today)
    needed = checks_of(item)
    if needed.erased and not done.erased:
        raise RuleBroken(
            "item.not_erased",
            f"Le matériel {item.inventory_number} garde des données : effacez-les, puis dites-le. Elles ne doivent pas "
            "passer à un autre élève.",
        )
    if needed.uninstalled and not done.uninstalled:
        raise RuleBroken(
            "item.not_uninstalled",
            f"Le logiciel {item.inventory_number} doit être désinstallé de l'appareil où il servait avant d'être prêté "
            "de nouveau : faites-le attester, puis dites-le.",
        )
    becomes = ItemStatus.IN_REPAIR if needs_repair(done.condition) else ItemStatus.IN_STOCK
    return replace(lacking(item, done.missing_accessories), status=becomes)


def _check_done(done: ChecksDone, came_back_on: date | None, today: date) -> None:
    fields = Fields("item.invalid")
    if done.done_on > today:
        fields.add("/done_on", "Cette date est dans l'avenir : indiquez le jour où c'est fait.")
    elif came_back_on is not None and done.done_on < came_back_on:
        fields.add("/done_on", f"Ce matériel est revenu le {long_date(came_back_on)} : c'est fait depuis.")
    fields.text("/note", done.note, longest=NOTE_MAX, name="la note")
    checked_names(fields, "/missing_accessories", done.missing_accessories)
    fields.check()


def checked_names(fields: Fields, pointer: str, names: Sequence[str]) -> tuple[str, ...]:
    """Names of accessories, cleaned; the faults are noted."""
    if len(names) > MOST_ACCESSORIES:
        fields.add(pointer, f"{MOST_ACCESSORIES} accessoires au plus.")
    return tuple(
        fields.text(f"{pointer}/{rank}", name, longest=ACCESSORY_MAX, required=True, name="cet accessoire")
        for rank, name in enumerate(names)
    )


def lacking(item: Item, names: Sequence[str]) -> Item:
    """The item without these accessories, which it lacks from now on; one already missing is not counted twice."""
    gone = {name.casefold() for name in names}
    called = {name.casefold(): name for name in item.accessories}
    known = {name.casefold() for name in item.missing_accessories}
    more = tuple(called.get(name.casefold(), name) for name in dict.fromkeys(names) if name.casefold() not in known)
    return replace(
        item,
        accessories=tuple(name for name in item.accessories if name.casefold() not in gone),
        missing_accessories=(*item.missing_accessories, *more),
    )


def with_back(item: Item, names: Sequence[str]) -> Item:
    """The item with these accessories again, found or replaced.

    Raises:
        RuleBroken: `item.unknown_accessory`, one that is not among the missing ones.
    """
    _check_among(item.missing_accessories, names, item.inventory_number, "qui manquent")
    back = {name.casefold() for name in names}
    return replace(
        item,
        accessories=(*item.accessories, *(name for name in item.missing_accessories if name.casefold() in back)),
        missing_accessories=tuple(name for name in item.missing_accessories if name.casefold() not in back),
    )


def there_again(item: Item, names: Sequence[str]) -> Item:
    """The item as before a return, taken back, that noted these accessories as missing; those found since stay."""
    lacked = {name.casefold() for name in item.missing_accessories}
    return with_back(item, [name for name in names if name.casefold() in lacked])


def given_accessories(item: Item, names: Sequence[str] | None) -> tuple[str, ...]:
    """The accessories really handed over, in the order of the item; all that it has when nobody said.

    Raises:
        RuleBroken: `item.unknown_accessory`, one that the item has not.
    """
    if names is None:
        return item.accessories
    _check_among(item.accessories, names, item.inventory_number, "présents")
    given = {name.casefold() for name in names}
    return tuple(name for name in item.accessories if name.casefold() in given)


def _check_among(known: Sequence[str], names: Sequence[str], number: str, called: str) -> None:
    there = {name.casefold() for name in known}
    for name in names:
        if name.casefold() not in there:
            raise RuleBroken(
                "item.unknown_accessory",
                f"« {name[:60]} » n'est pas parmi les accessoires {called} du matériel {number} : relisez sa fiche.",
            )


def check_can_be_found(item: Item) -> None:
    """Refuse to find again what is not lost (`item.not_lost`)."""
    if item.status not in LOSSES:
        raise Conflict(
            "item.not_lost",
            f"Le matériel {item.inventory_number} n'est ni perdu ni volé ({item.status.label.lower()}).",
        )
