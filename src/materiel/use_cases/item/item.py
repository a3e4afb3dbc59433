"""Items of equipment: register, correct, find, take out of service, tell the history. Scoped to the actor's service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.family import ItemFamily, guess_family
from materiel.domain.item.item import (
    BY_HAND,
    HELD,
    LOSSES,
    WRITTEN,
    Item,
    ItemDescription,
    ItemStatus,
    check_transition,
)
from materiel.domain.item.registration import checked_item
from materiel.domain.language.bounds import Version, filled_text
from materiel.domain.language.fields import Fields, clean_text
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.errors import Conflict, NotFound
from materiel.store.accounts import service as services
from materiel.store.circuit import transfer as transfers
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.incident.event import KIND_OF_STATUS, Event, record_event
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterItem(ItemDescription):
    """A new item as typed. A family that nobody said is guessed from the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateItem:
    """Corrections of an item: `changes` are the new values by the name of their field, None to empty an optional one.

    The inventory number never changes: it is on the label and in issued documents.
    """

    item_id: UUID
    version: int
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetItemStatus:
    """A manager's change of state: to the stock, to repair, lost, stolen, written off, with its reason."""

    item_id: UUID
    status: ItemStatus
    reason: Annotated[str, filled_text(500)]
    version: Version


CORRECTED = frozenset(WRITTEN) - {"inventory_number"}
CLEARABLE = frozenset(each.name for each in fields(Item) if each.default is None)


def new_item(command: RegisterItem, service_id: UUID) -> Item:
    """The item that a command describes, unchecked, with its identifier and the code of its label."""
    return item_of({name: getattr(command, name) for name in WRITTEN}, service_id)


def item_of(values: Mapping[str, Any], service_id: UUID) -> Item:
    """The same of what is said of it, by field."""
    family = values.get("family") or guess_family(values["designation"], values.get("category", ""))
    return Item(**{**values, "family": family}, id=new_id(), service_id=service_id, public_code=new_public_code())


@in_one_visit
async def register_item(command: RegisterItem, *, actor: Actor, now: datetime) -> Item:
    """Add an item to the inventory of the actor's service.

    Raises:
        RuleBroken: `item.invalid`, with every field at fault.
        Conflict: `item.inventory_number_taken`, by an item of the service, written off or not.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        service = await services.get(actor.service_id)
        item = checked_item(
            new_item(command, service.id),
            pattern=service.inventory_pattern,
            departement=service.departement,
            today=actor.civil_date(now),
        )
        await items.insert(printable(item), now)
        await journal.by(actor, now).note("item.registered", item.id, {"inventory_number": item.inventory_number})
    return item


@in_one_visit
async def update_item(command: UpdateItem, *, actor: Actor, now: datetime) -> Item:
    """Correct an item; documents already issued keep what they say.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `item.invalid`.
        Conflict: `item.changed`.
        LookupError: a change of what is not a field that the service corrects.
    """
    actor.require(Permission.WRITE)
    changes = dict(command.changes)
    if unknown := changes.keys() - CORRECTED:
        raise LookupError(f"no correction of an item changes {sorted(unknown)}")
    faults = Fields("item.invalid")
    for name in sorted(name for name, value in changes.items() if value is None and name not in CLEARABLE):
        faults.add(f"/{name}", "Ce champ ne peut pas être vidé.")
    faults.check()
    async with write_transaction():
        item = await items.get(command.item_id, actor.service_id)
        # The pattern of the service may be newer than the number, which stays.
        if "accessories" in changes:
            changes["missing_accessories"] = still_missing(item.missing_accessories, changes["accessories"])
        changed = checked_item(
            replace(item, **changes, version=command.version),
            pattern="",
            departement="",
            today=actor.civil_date(now),
        )
        saved = await items.save(printable(changed))
        await journal.by(actor, now).note("item.updated", saved.id, {"fields": sorted(command.changes)})
    return saved


def still_missing(missing: tuple[str, ...], there: tuple[str, ...]) -> tuple[str, ...]:
    """The missing accessories, but for those that somebody writes to be there."""
    named = {clean_text(name).casefold() for name in there}
    return tuple(name for name in missing if name.casefold() not in named)


@in_one_visit
async def set_item_status(command: SetItemStatus, *, actor: Actor, now: datetime) -> Item:
    """Take an item to repair, out of service, or back to the stock.

    An item in an open loan can only be noted lost or stolen: its other moves are steps of the loan. A loss or a theft
    opens an incident, or joins the one that somebody told.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `item.invalid`, no reason or a state that is not given by hand.
        Conflict: `item.changed`, `item.on_loan`, `item.terminal`, `item.to_prepare`, `item.transition_refused`.
    """
    actor.require(Permission.WRITE)
    fields = Fields("item.invalid")
    reason = fields.text("/reason", command.reason, longest=500, required=True, name="le motif")
    if command.status not in BY_HAND:
        fields.add("/status", f"L'état « {command.status.label} » vient d'un prêt ; il ne se saisit pas.")
    fields.check()
    async with write_transaction():
        item = await items.get(command.item_id, actor.service_id)
        check_given_by_hand(item, command.status)
        saved = await items.save(replace(item, status=command.status, version=command.version))
        details = {"from": item.status.value, "to": saved.status.value, "reason": reason}
        await journal.by(actor, now).note("item.status_changed", saved.id, details)
        if item.status is not saved.status:
            await record_loss(saved, reason, actor=actor, now=now)
    return saved


async def record_loss(item: Item, reason: str, *, actor: Actor, now: datetime) -> None:
    """Tell the loss or the theft of an item noted so, under the loan that holds it; nothing in any other state."""
    kind = KIND_OF_STATUS.get(item.status)
    if kind is None:
        return
    loan = await loans.open_loan_of(item.id)
    event = Event(
        item_id=item.id, loan_id=loan.id if loan else None, kind=kind, told=reason, happened_on=actor.civil_date(now)
    )
    await record_event(event, actor=actor, now=now)


def check_given_by_hand(item: Item, status: ItemStatus) -> None:
    """Refuse a state that a manager cannot give this item now.

    Raises:
        Conflict: `item.on_loan`, `item.terminal`, `item.transition_refused`; `item.borrowed`, another service lends it.
    """
    if status is ItemStatus.WRITTEN_OFF and item.lent_until is not None:
        raise Conflict(
            "item.borrowed",
            "Un autre service prête ce matériel, qui est resté sur son inventaire : rendez-le-lui, lui seul peut le "
            "réformer.",
        )
    if item.status in HELD and status not in LOSSES:
        raise Conflict(
            "item.on_loan",
            f"Ce matériel est dans un prêt en cours ({item.status.label.lower()}). "
            "Enregistrez son retour ou un avenant du prêt.",
        )
    check_transition(item.status, status)


async def get_item(item_id: UUID, *, actor: Actor) -> Item:
    """An item of the actor's service; one that came by a transfer is found by the identifier that it had before, too.

    Raises:
        NotFound: `item.not_found`, also for another service's.
    """
    actor.require(Permission.READ)
    return await transfers.item_followed(item_id, actor.service_id)


async def find_item(inventory_number: str, *, actor: Actor) -> Item:
    """The item of an inventory number, however it is typed.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    number = clean_inventory_number(inventory_number)
    item = await items.by_inventory_number(actor.service_id, number)
    if item is None:
        raise NotFound(
            "item.not_found",
            f"Aucun matériel de votre service ne porte le numéro « {number[:40]} ». Vérifiez l'étiquette.",
        )
    return item


async def list_items(
    *,
    actor: Actor,
    q: str = "",
    status: ItemStatus | None = None,
    family: ItemFamily | None = None,
    never_labelled: bool = False,
    limit: int = 50,
    after: UUID | None = None,
) -> list[Item]:
    """Items of the actor's service, oldest first, after the item `after`. `q`: words that must all be found."""
    actor.require(Permission.READ)
    return await items.page(
        actor.service_id,
        q=q,
        status=status,
        family=family,
        never_labelled=never_labelled,
        limit=limit,
        after=after,
    )
