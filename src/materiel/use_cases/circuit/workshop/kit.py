"""Kits: make one, change its parts, dissolve it, find it, list them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.kit import (
    MOST_PARTS,
    NUMBER_MAX,
    REASON_MAX,
    Kit,
    KitAsked,
    KitFilter,
    check_may_enter,
    check_not_dissolved,
    checked_kit,
)
from materiel.domain.item.item import Item
from materiel.domain.language.bounds import Version, filled, several
from materiel.domain.language.fields import Fields
from materiel.domain.language.identifiers import clean_inventory_number
from materiel.store.circuit.workshop import kit as kits
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeKit(KitAsked):
    """Items of the service put together, in the order in which a paper tells them."""

    number: Annotated[str, filled(NUMBER_MAX)]
    items: Annotated[tuple[UUID, ...], several(MOST_PARTS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeKit(KitAsked):
    """The same kit with other words or other parts: what a theft took is replaced so. Its number stays."""

    kit_id: UUID
    version: Version
    items: Annotated[tuple[UUID, ...], several(MOST_PARTS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DissolveKit:
    """Why a kit is no more; its parts stay what they are, each lent alone from now on."""

    kit_id: UUID
    version: Version
    reason: Annotated[str, filled(REASON_MAX)]


@in_one_visit
async def make_kit(command: MakeKit, *, actor: Actor, now: datetime) -> Kit:
    """Put items together.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `kit.number_taken`; `kit.item_taken`, `kit.item_gone`, `kit.item_lent`.
        RuleBroken: `kit.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        chosen = await items.get_many(list(dict.fromkeys(command.items)), actor.service_id)
        asked = Kit(
            id=new_id(),
            service_id=actor.service_id,
            number=command.number,
            designation=command.designation,
            created_at=now,
            parts=tuple(chosen),
        )
        kit = printable(checked_kit(asked))
        if await items.by_inventory_number(actor.service_id, kit.number) is not None:
            raise kits.number_taken(kit.number)
        await _check_enter(chosen, ())
        await kits.insert(kit)
        await journal.by(actor, now).note("kit.made", kit.id, {"number": kit.number, "items": _ids(chosen)})
    return kit


@in_one_visit
async def change_kit(command: ChangeKit, *, actor: Actor, now: datetime) -> Kit:
    """Give a kit other words or other parts; what a loan holds stays in the loan, in the kit or not.

    Raises:
        NotFound: `kit.not_found`, `item.not_found`.
        Conflict: `kit.dissolved`, `kit.changed`; `kit.item_taken`, `kit.item_gone`, `kit.item_lent`.
        RuleBroken: `kit.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await kits.get(command.kit_id, actor.service_id)
        check_not_dissolved(known)
        chosen = await items.get_many(list(dict.fromkeys(command.items)), actor.service_id)
        changed = replace(known, version=command.version, designation=command.designation, parts=tuple(chosen))
        kit = printable(checked_kit(changed))
        entering = [each for each in chosen if each.id not in known.part_ids]
        await _check_enter(entering, known.part_ids)
        saved = await kits.save(kit)
        facts = {"number": kit.number, "added": _ids(entering), "removed": _ids(known.but(saved.part_ids))}
        await journal.by(actor, now).note("kit.changed", kit.id, facts)
    return saved


@in_one_visit
async def dissolve_kit(command: DissolveKit, *, actor: Actor, now: datetime) -> Kit:
    """Part what was together. What is lent of it stays lent, item by item; what was issued does not change.

    Raises:
        NotFound: `kit.not_found`.
        Conflict: `kit.dissolved`, `kit.changed`.
        RuleBroken: `kit.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await kits.get(command.kit_id, actor.service_id)
        check_not_dissolved(known)
        fields = Fields("kit.invalid")
        reason = fields.text("/reason", command.reason, longest=REASON_MAX, required=True, name="le motif")
        fields.check()
        over = replace(known, version=command.version, parts=(), dissolved_on=actor.civil_date(now))
        saved = await kits.save(over)
        facts = {"number": known.number, "removed": _ids(known.parts), "reason": reason}
        await journal.by(actor, now).note("kit.dissolved", known.id, facts)
    return saved


async def read_kit(kit_id: UUID, *, actor: Actor) -> Kit:
    """One kit of the service, dissolved or not.

    Raises:
        NotFound: `kit.not_found`.
    """
    actor.require(Permission.READ)
    return await kits.get(kit_id, actor.service_id)


async def find_kit(number: str, *, actor: Actor) -> Kit | None:
    """The kit of the service that bears a number as typed, if any."""
    actor.require(Permission.READ)
    cleaned = clean_inventory_number(number)
    return await kits.by_number(actor.service_id, cleaned) if cleaned else None


async def kits_of_items(item_ids: Collection[UUID], *, actor: Actor) -> list[Kit]:
    """The kits of the service in which some of these items are."""
    actor.require(Permission.READ)
    return [each for each in await kits.of_items(item_ids) if each.service_id == actor.service_id]


async def list_kits(wanted: KitFilter, *, actor: Actor, limit: int, after: str | None = None) -> list[Kit]:
    """At most `limit` kits of the service, by number, after one."""
    actor.require(Permission.READ)
    return await kits.page(actor.service_id, wanted, limit=limit, after=after)


async def count_kits(wanted: KitFilter, *, actor: Actor) -> int:
    """How many there are."""
    actor.require(Permission.READ)
    return await kits.count(actor.service_id, wanted)


async def _check_enter(entering: Sequence[Item], known: Sequence[UUID]) -> None:
    """Refuse what may not become a part; what the loan of the rest holds may: an amendment replaced a stolen part."""
    ids = [each.id for each in entering]
    others = {part: kit.number for kit in await kits.of_items(ids) for part in kit.part_ids}
    lent_with: set[UUID] = set()
    if entering and known:
        service_id = entering[0].service_id
        holding = {loan.id for loan in (await loans.open_of_items(known, service_id)).values()}
        found = await loans.open_of_items(ids, service_id)
        lent_with = {item_id for item_id, loan in found.items() if loan.id in holding}
    check_may_enter(entering, others=others, lent_with=lent_with)


def _ids(several_items: Sequence[Item]) -> list[str]:
    return [str(each.id) for each in several_items]
