"""Repairs entered by mistake: the sending taken back, or the note of its return; the history tells both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.repair import (
    REASON_MAX,
    Repair,
    back_again,
    check_may_be_undone,
    checked_undo_reason,
    followed,
)
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.language.bounds import Version, filled
from materiel.store.circuit.workshop import repair as repairs
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.history.journal import Entry
from materiel.store.item import item as items
from materiel.store.loan import loan as loans


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoRepair:
    """A repair that never was, and why it was noted."""

    repair_id: UUID
    version: Version
    reason: Annotated[str, filled(REASON_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoRepairEnd:
    """A return that was noted by mistake, and why."""

    repair_id: UUID
    version: Version
    reason: Annotated[str, filled(REASON_MAX)]


@in_one_visit
async def undo_repair(command: UndoRepair, *, actor: Actor, now: datetime) -> Item:
    """Take back a repair under way: its item is again what it was, and the repair is in no list any more.

    Raises:
        NotFound: `repair.not_found`.
        Conflict: `repair.back_first`, `repair.followed`, `repair.changed`.
        RuleBroken: `repair.invalid`.
    """
    actor.require(Permission.WRITE)
    said = checked_undo_reason(command.reason)
    async with write_transaction():
        repair = replace((await repairs.line(command.repair_id, actor.service_id)).repair, version=command.version)
        check_may_be_undone(repair)
        item = await items.get(repair.item_id, actor.service_id)
        told = await _told_of(repair)
        sent = _entry(told, "item.repair_sent", repair)
        if item.status is not ItemStatus.IN_REPAIR or _has_state_since(told, sent):
            raise followed()
        await repairs.delete(repair)
        facts: dict[str, object] = {"repair": str(repair.id), "reason": said}
        if sent is not None and "from" in sent.details:
            becomes = ItemStatus(sent.details["from"])
            item = await items.save(replace(item, status=becomes))
            facts |= {"from": ItemStatus.IN_REPAIR.value, "to": becomes.value}
        await journal.by(actor, now).note("item.repair_undone", item.id, facts)
    return item


@in_one_visit
async def undo_repair_end(command: UndoRepairEnd, *, actor: Actor, now: datetime) -> Repair:
    """Take back the note of a return: the repair is under way, and its item at the provider.

    Raises:
        NotFound: `repair.not_found`.
        Conflict: `repair.not_back`, `repair.followed`, `repair.changed`; `repair.already_open`.
        RuleBroken: `repair.invalid`.
    """
    actor.require(Permission.WRITE)
    said = checked_undo_reason(command.reason)
    async with write_transaction():
        known = (await repairs.line(command.repair_id, actor.service_id)).repair
        repair = replace(back_again(known), version=command.version)
        item = await items.get(repair.item_id, actor.service_id)
        told = await _told_of(repair)
        ended = _entry(told, "item.repair_ended", repair)
        given = ItemStatus(ended.details["to"]) if ended is not None and "to" in ended.details else ItemStatus.IN_REPAIR
        if item.status is not given or _has_state_since(told, ended) or await _was_lent_since(known):
            raise followed()
        if any(each.returned_on is None for each in await repairs.of_item(item.id, actor.service_id)):
            raise followed()
        saved = await repairs.save(repair)
        facts: dict[str, object] = {"repair": str(repair.id), "reason": said}
        if item.status is not ItemStatus.IN_REPAIR:
            await items.save(replace(item, status=ItemStatus.IN_REPAIR))
            facts |= {"from": item.status.value, "to": ItemStatus.IN_REPAIR.value}
        await journal.by(actor, now).note("item.repair_end_undone", item.id, facts)
    return saved


async def _told_of(repair: Repair) -> list[Entry]:
    return await journal.of_subject(repair.service_id, repair.item_id)


def _entry(told: list[Entry], action: str, repair: Repair) -> Entry | None:
    """The latest entry of an act of this repair."""
    of_it = (each for each in told if each.action == action and each.details.get("repair") == str(repair.id))
    return next(reversed(list(of_it)), None)


def _has_state_since(told: list[Entry], entry: Entry | None) -> bool:
    """Whether another act than those of the same repair gave the item a state after this one."""
    if entry is None:
        return False
    others = (each for each in told if each.details.get("repair") != entry.details["repair"])
    return any(each.sequence > entry.sequence and "to" in each.details for each in others)


async def _was_lent_since(repair: Repair) -> bool:
    """Whether a loan took the item from the day of its return on; one that was over when it left does not count."""
    back, sent = repair.returned_on, repair.sent_on
    held = await loans.page(repair.service_id, item_id=repair.item_id, limit=loans.MOST)
    return back is not None and any(
        line.added_on >= back and (line.removed_on is None or line.removed_on > sent)
        for loan in held
        for line in loan.items
        if line.item_id == repair.item_id
    )
