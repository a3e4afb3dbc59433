"""An item that was noted lost or stolen is there again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.item.item import Condition, Item, ItemStatus
from materiel.domain.item.preparation import (
    NOTE_MAX,
    check_can_be_found,
)
from materiel.domain.language.bounds import filled_text
from materiel.domain.language.fields import Fields
from materiel.domain.loan.steps import ReturnedItem
from materiel.store.engine.database import enclosing_transaction, in_one_visit
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.incident.event import answer_found
from materiel.use_cases.item.preparation import open_line
from materiel.use_cases.loan.steps import TakeBack, take_back
from materiel.use_cases.papers.issuer import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class FindItem:
    """A lost or stolen item that is there again; the reason stays in its history."""

    item_id: UUID
    found_on: date
    condition: Condition
    reason: Annotated[str, filled_text(NOTE_MAX)]


@in_one_visit
async def find_again(command: FindItem, *, issuer: Issuer) -> Item:
    """An item noted lost or stolen is there: it is to be prepared, with its number and its history.

    One that a loan still holds comes back from it, with its receipt. Its incidents are answered.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `item.not_lost`, `item.changed`.
        RuleBroken: `item.invalid`; what a return refuses.
    """
    issuer.actor.require(Permission.WRITE)
    reason = _checked(command.found_on, issuer.today, command.reason)
    async with enclosing_transaction():
        item = await items.get(command.item_id, issuer.actor.service_id)
        check_can_be_found(item)
        loan, line = await open_line(item)
        if loan is not None and line is not None and line.handed_over_on is not None:
            back = ReturnedItem(item_id=item.id, condition=command.condition)
            await take_back(TakeBack(loan_id=loan.id, returned_on=command.found_on, items=(back,)), issuer=issuer)
            saved = await items.get(item.id, item.service_id)
        else:
            becomes = ItemStatus.TO_PREPARE if line is None else ItemStatus.RESERVED
            saved = await items.save(replace(item, status=becomes))
        details = {
            "from": item.status.value,
            "to": saved.status.value,
            "on": command.found_on.isoformat(),
            "condition": command.condition.value,
            "reason": reason,
        }
        await journal.by(issuer.actor, issuer.now).note("item.found", saved.id, details)
        await answer_found(saved, command.found_on, reason, issuer=issuer)
    return saved


def _checked(found_on: date, today: date, reason: str) -> str:
    fields = Fields("item.invalid")
    if found_on > today:
        fields.add("/found_on", "Cette date est dans l'avenir : indiquez le jour où il est retrouvé.")
    said = fields.text("/reason", reason, longest=NOTE_MAX, required=True, name="où et comment il est retrouvé")
    fields.check()
    return said
