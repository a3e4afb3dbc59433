"""One change for many items: a state given to each, with one reason, and what was refused told item by item.

A few are done at once. Many are a job, whose progress shows; its changes are written together with its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from materiel.domain.equipment import Item, ItemStatus
from materiel.domain.fields import Fields
from materiel.domain.job import Job
from materiel.domain.roles import Actor, Permission, Role
from materiel.errors import BadInput, Conflict
from materiel.store import item as items
from materiel.store import job as jobs
from materiel.store import journal
from materiel.store import service as services
from materiel.store.engine import write_transaction
from materiel.use_cases.item import BY_HAND, check_given_by_hand, record_loss
from materiel.use_cases.job import Outcome, Run

KIND = "item_statuses"
AT_ONCE = 20
"""Changes that one request makes without a job: a few milliseconds each."""

MOST_ITEMS = 2_000
READ_TOGETHER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatuses:
    """A state for several items: to the stock, to repair, written off…, with its reason."""

    item_ids: Sequence[UUID]
    status: ItemStatus
    reason: str


class Refused(msgspec.Struct, frozen=True):
    """An item left as it was, by its number, and the French sentence that says why."""

    number: str
    reason: str


class Report(msgspec.Struct, frozen=True):
    """How many items were changed, and those that were not; the result of a job too."""

    status: str
    changed: int
    refused: list[Refused]


class _Asked(msgspec.Struct, frozen=True):
    items: list[UUID]
    status: str
    reason: str


async def set_statuses(command: SetStatuses, *, actor: Actor, now: datetime) -> Report | Job:
    """Give the items a state, at once when they are few, else by a job; an item that cannot change is left.

    Raises:
        RuleBroken: `item.invalid`, no reason or a state that is not given by hand.
        BadInput: `item.none_chosen`, `item.too_many`.
        NotFound: `item.not_found`, one of them is not the service's.
    """
    actor.require(Permission.WRITE)
    asked = _checked(command)
    async with write_transaction():
        chosen = await items.get_many(asked.items, actor.service_id)
        if len(chosen) <= AT_ONCE:
            changes, report = _sort(chosen, asked)
            await _write(changes, asked, actor.service_id, actor.id, now)
            return report
        payload = msgspec.json.encode(asked).decode()
        return await jobs.enqueue(
            actor.service_id, KIND, payload, total=len(chosen), created_by=actor.id, created_at=now
        )


async def preview_statuses(command: SetStatuses, *, actor: Actor) -> Report:
    """What the change would do, item by item; nothing is written. Errors are those of `set_statuses`."""
    actor.require(Permission.WRITE)
    asked = _checked(command)
    chosen: list[Item] = []
    for start in range(0, len(asked.items), READ_TOGETHER):
        chosen += await items.get_many(asked.items[start : start + READ_TOGETHER], actor.service_id)
    return _sort(chosen, asked)[1]


async def change_statuses(run: Run) -> Outcome:
    """Handler of the job: read the items, sort those that can change, and prepare their changes."""
    asked = msgspec.json.decode(run.job.payload, type=_Asked)
    chosen: list[Item] = []
    for start in range(0, len(asked.items), READ_TOGETHER):
        chosen += await items.get_many(asked.items[start : start + READ_TOGETHER], run.job.service_id)
        await run.advance(len(chosen), len(asked.items))
    changes, report = _sort(chosen, asked)
    return Outcome(msgspec.to_builtins(report), partial(_write, changes, asked, run.job.service_id, run.job.created_by))


def report_of(job: Job) -> Report:
    """What a job that is done says of its items."""
    return msgspec.json.decode(job.result or "", type=Report)


def _checked(command: SetStatuses) -> _Asked:
    fields = Fields("item.invalid")
    reason = fields.text("/reason", command.reason, longest=500, required=True, name="le motif")
    if command.status not in BY_HAND:
        fields.add("/status", f"L'état « {command.status.label} » vient d'un prêt ; il ne se saisit pas.")
    fields.check()
    chosen = list(dict.fromkeys(command.item_ids))
    if not chosen:
        raise BadInput("item.none_chosen", "Aucun matériel n'est choisi : cochez-en au moins un dans la liste.")
    if len(chosen) > MOST_ITEMS:
        raise BadInput(
            "item.too_many",
            f"{len(chosen)} matériels choisis ; changez-en {MOST_ITEMS} au plus à la fois. Précisez la recherche.",
        )
    return _Asked(items=chosen, status=command.status.value, reason=reason)


def _sort(chosen: Sequence[Item], asked: _Asked) -> tuple[list[Item], Report]:
    """The items that change, as they are now, and the report; one already in the state is not counted."""
    status = ItemStatus(asked.status)
    changes: list[Item] = []
    refused: list[Refused] = []
    for item in chosen:
        try:
            check_given_by_hand(item, status)
        except Conflict as refusal:
            refused.append(Refused(item.inventory_number, refusal.message))
        else:
            if item.status is not status:
                changes.append(item)
    return changes, Report(asked.status, len(changes), refused)


async def _write(changes: Sequence[Item], asked: _Asked, service_id: UUID, actor_id: str, now: datetime) -> None:
    actor = Actor(actor_id, Role.MANAGER, service_id, await services.zone(service_id))
    status = ItemStatus(asked.status)
    for item in changes:
        # The version read when the job began must still be the item's: nothing is written otherwise.
        saved = await items.save(replace(item, status=status))
        await journal.append(
            service_id,
            at=now,
            actor=actor_id,
            action="item.status_changed",
            subject_kind="item",
            subject_id=item.id,
            details={"from": item.status.value, "to": status.value, "reason": asked.reason},
        )
        await record_loss(saved, asked.reason, actor=actor, now=now)
