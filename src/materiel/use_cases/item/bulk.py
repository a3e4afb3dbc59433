"""A state given to some items at once, with one reason, and what was refused told item by item.

Many are a lot (`use_cases.desk.lots.lot`). What an earlier release began as a job of its own is ended here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import thread_time
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission, Role
from materiel.domain.item.item import BY_HAND, Item, ItemStatus
from materiel.domain.language.fields import Fields
from materiel.errors import BadInput, Conflict
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.item.item import check_given_by_hand, record_loss
from materiel.use_cases.process.turns import rest_since
from materiel.use_cases.work.job import JobOutcome, JobRun, TryAgain

AT_ONCE = 20
"""Items looked up, or changed by a job, at once: a few milliseconds each."""

MOST_ITEMS = 2_000
REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatuses:
    """A state for several items: to the stock, to repair, written off…, with its reason."""

    item_ids: Sequence[UUID]
    status: ItemStatus
    reason: str


class RefusedItem(msgspec.Struct, frozen=True):
    """An item left as it was, by its number, and the French sentence that says why."""

    number: str
    reason: str


class Report(msgspec.Struct, frozen=True):
    """How many items were changed, and those that were not."""

    status: str
    changed: int
    refused: list[RefusedItem]

    def plus(self, other: Report) -> Report:
        """This one and the next one."""
        return Report(self.status, self.changed + other.changed, [*self.refused, *other.refused])


class Changed(Report, frozen=True):
    """What was changed at once, by the ids that a way back names."""

    items: list[UUID] = []


class _Asked(msgspec.Struct, frozen=True):
    """What is asked of these items; `done`, what a job has done of it already."""

    items: list[UUID]
    status: str
    reason: str
    done: Report | None = None


@in_one_visit
async def set_statuses(command: SetStatuses, *, actor: Actor, now: datetime) -> Changed:
    """Give the items a state, in one transaction; one that cannot change is left.

    Raises:
        RuleBroken: `item.invalid`, no reason or a state that is not given by hand.
        BadInput: `item.none_chosen`, `item.too_many`.
        NotFound: `item.not_found`, one of them is not the service's.
        Conflict: `item.changed`, somebody wrote one of them meanwhile.
    """
    actor.require(Permission.WRITE)
    asked = _checked(command)
    async with write_transaction():
        changes, report = _sort(await items.get_many(asked.items, actor.service_id), asked)
        await _write(changes, asked, actor.service_id, actor.id, now)
    return Changed(report.status, report.changed, report.refused, [each.id for each in changes])


async def preview_statuses(command: SetStatuses, *, actor: Actor) -> Report:
    """What the change would do, item by item; nothing is written. Errors are those of `set_statuses`."""
    actor.require(Permission.WRITE)
    asked = _checked(command)
    report = Report(asked.status, 0, [])
    for start in range(0, len(asked.items), AT_ONCE):
        some = await items.get_many(asked.items[start : start + AT_ONCE], actor.service_id)
        report = report.plus(_sort(some, asked)[1])
    return report


async def end_statuses(run: JobRun) -> JobOutcome:
    """Handler of a job that an earlier release began: what it has left is done, and its report tells of the whole.

    Raises:
        TryAgain: `item.changed`, somebody wrote one of them meanwhile.
    """
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    while asked.items and not await run.is_asked_to_stop():
        began = thread_time()
        try:
            asked = await _step(run, asked)
        except Conflict as conflict:
            raise TryAgain(conflict) from conflict
        await rest_since(began)

    return JobOutcome(msgspec.to_builtins(asked.done or Report(asked.status, 0, [])))


@in_one_visit
async def _step(run: JobRun, asked: _Asked) -> _Asked:
    """Change the first items of those that are left, and give what is left then."""
    some, rest = asked.items[:AT_ONCE], asked.items[AT_ONCE:]
    async with run.step(run.job.total - len(rest), run.job.total):
        changes, report = _sort(await items.get_many(some, run.job.service_id), asked)
        left = msgspec.structs.replace(asked, items=rest, done=asked.done.plus(report) if asked.done else report)
        await _write(changes, asked, run.job.service_id, run.job.created_by, run.now())
        await run.keep_left(msgspec.json.encode(left).decode())
    return left


def chosen_items(item_ids: Sequence[UUID]) -> list[UUID]:
    """The items of a selection, each once.

    Raises:
        BadInput: `item.none_chosen`, `item.too_many`.
    """
    chosen = list(dict.fromkeys(item_ids))
    if not chosen:
        raise BadInput("item.none_chosen", "Aucun matériel n'est choisi : cochez-en au moins un dans la liste.")
    if len(chosen) > MOST_ITEMS:
        raise BadInput(
            "item.too_many",
            f"{len(chosen)} matériels choisis ; changez-en {MOST_ITEMS} au plus à la fois. Précisez la recherche.",
        )
    return chosen


def _checked(command: SetStatuses) -> _Asked:
    fields = Fields("item.invalid")
    reason = fields.text("/reason", command.reason, longest=REASON_MAX, required=True, name="le motif")
    if command.status not in BY_HAND:
        fields.add("/status", f"L'état « {command.status.label} » vient d'un prêt ; il ne se saisit pas.")
    fields.check()
    chosen = chosen_items(command.item_ids)
    return _Asked(items=chosen, status=command.status.value, reason=reason)


def _sort(chosen: Sequence[Item], asked: _Asked) -> tuple[list[Item], Report]:
    """The items that change, as they are now, and the report; one already in the state is not counted."""
    status = ItemStatus(asked.status)
    changes: list[Item] = []
    refused: list[RefusedItem] = []
    for item in chosen:
        try:
            check_given_by_hand(item, status)
        except Conflict as refusal:
            refused.append(RefusedItem(item.inventory_number, refusal.message))
        else:
            if item.status is not status:
                changes.append(item)
    return changes, Report(asked.status, len(changes), refused)


async def _write(changes: Sequence[Item], asked: _Asked, service_id: UUID, actor_id: str, now: datetime) -> None:
    actor = Actor(actor_id, Role.MANAGER, service_id, await services.zone(service_id))
    status = ItemStatus(asked.status)
    for item in changes:
        # The version read before must still be the item's: nothing is written otherwise.
        saved = await items.save(replace(item, status=status))
        await journal.By(service_id, actor_id, now).note(
            "item.status_changed", item.id, {"from": item.status.value, "to": status.value, "reason": asked.reason}
        )
        await record_loss(saved, asked.reason, actor=actor, now=now)
