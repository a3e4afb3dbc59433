"""Repairs: send an item to a provider, correct what was noted, note that it is back, list what is away."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.repair import (
    Repair,
    RepairAsked,
    RepairBack,
    RepairFilter,
    RepairLine,
    RepairOutcome,
    check_may_leave,
    check_under_way,
    checked_repair,
    come_back,
    warranty_holds,
)
from materiel.domain.item.item import ItemStatus
from materiel.domain.language.bounds import Version
from materiel.store.circuit.workshop import repair as repairs
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToRepair(RepairAsked):
    """An item that leaves for a provider."""

    item_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectRepair(RepairAsked):
    """The same written again, a new day announced most often."""

    repair_id: UUID
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRepair(RepairBack):
    """What came back of a repair."""

    repair_id: UUID
    version: Version


@in_one_visit
async def send_to_repair(command: SendToRepair, *, actor: Actor, now: datetime) -> Repair:
    """Note that an item leaves for a provider: it is in repair.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `repair.already_open`, `repair.item_lent`; `item.to_prepare`, `item.terminal`.
        RuleBroken: `repair.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        item = await items.get(command.item_id, actor.service_id)
        check_may_leave(item)
        asked = {each.name: getattr(command, each.name) for each in fields(RepairAsked)}
        repair = Repair(
            id=new_id(),
            service_id=actor.service_id,
            item_id=item.id,
            created_at=now,
            under_warranty=warranty_holds(item, command.sent_on),
            **asked,
        )
        repair = printable(checked_repair(repair, actor.civil_date(now)))
        await repairs.insert(repair)
        facts: dict[str, object] = {"repair": str(repair.id), "on": repair.sent_on.isoformat(), "fault": repair.fault}
        if item.status is not ItemStatus.IN_REPAIR:
            await items.save(replace(item, status=ItemStatus.IN_REPAIR))
            facts |= {"from": item.status.value, "to": ItemStatus.IN_REPAIR.value, "reason": repair.fault}
        await journal.by(actor, now).note("item.repair_sent", item.id, facts)
    return repair


@in_one_visit
async def correct_repair(command: CorrectRepair, *, actor: Actor, now: datetime) -> Repair:
    """Write again what was noted of a repair under way.

    Raises:
        NotFound: `repair.not_found`.
        Conflict: `repair.over`, `repair.changed`.
        RuleBroken: `repair.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = (await repairs.line(command.repair_id, actor.service_id)).repair
        check_under_way(known)
        asked = {each.name: getattr(command, each.name) for each in fields(RepairAsked)}
        changed = replace(known, version=command.version, **asked)
        saved = await repairs.save(printable(checked_repair(changed, actor.civil_date(now))))
        await journal.by(actor, now).note("item.repair_corrected", saved.item_id, {"repair": str(saved.id)})
    return saved


@in_one_visit
async def end_repair(command: EndRepair, *, actor: Actor, now: datetime) -> Repair:
    """Note that an item is back: mended, it is in the stock again; else it stays in repair until somebody decides.

    Raises:
        NotFound: `repair.not_found`.
        Conflict: `repair.over`, `repair.changed`.
        RuleBroken: `repair.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = (await repairs.line(command.repair_id, actor.service_id)).repair
        done = come_back(replace(known, version=command.version), command, actor.civil_date(now))
        saved = await repairs.save(printable(done))
        facts: dict[str, object] = {
            "repair": str(saved.id),
            "on": command.returned_on.isoformat(),
            "outcome": command.outcome.value,
            "cost_cents": saved.cost_cents,
        }
        item = await items.get(saved.item_id, actor.service_id)
        if command.outcome is RepairOutcome.REPAIRED and item.status is ItemStatus.IN_REPAIR:
            await items.save(replace(item, status=ItemStatus.IN_STOCK))
            facts |= {"from": item.status.value, "to": ItemStatus.IN_STOCK.value}
        await journal.by(actor, now).note("item.repair_ended", saved.item_id, facts)
    return saved


async def read_repair(repair_id: UUID, *, actor: Actor) -> RepairLine:
    """One repair, with its item.

    Raises:
        NotFound: `repair.not_found`.
    """
    actor.require(Permission.READ)
    return await repairs.line(repair_id, actor.service_id)


async def repairs_of_item(item_id: UUID, *, actor: Actor) -> list[Repair]:
    """The repairs of an item of the service, the oldest first."""
    actor.require(Permission.READ)
    return await repairs.of_item(item_id, actor.service_id)


async def list_repairs(
    wanted: RepairFilter, *, actor: Actor, limit: int, after: tuple[date, UUID] | None = None
) -> list[RepairLine]:
    """At most `limit` repairs of the service, the longest away first."""
    actor.require(Permission.READ)
    return await repairs.page(actor.service_id, wanted, limit=limit, after=after)


async def count_repairs(wanted: RepairFilter, *, actor: Actor) -> int:
    """How many there are."""
    actor.require(Permission.READ)
    return await repairs.count(actor.service_id, wanted)
