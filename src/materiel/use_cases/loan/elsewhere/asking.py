"""Ask for a transfer: items of the actor's service offered to another, those of an open loan with it if so chosen.

Before it answers, the other service reads of a loan what `TransferLoan` says, and nothing of the pupil.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.transfer import (
    MOST_ITEMS,
    REASON_MAX,
    Transfer,
    TransferLine,
    TransferLoan,
    check_may_pass,
)
from materiel.domain.item.item import HELD, Item
from materiel.domain.language.bounds import filled, several
from materiel.domain.loan.elsewhere.following import Followed, check_may_follow
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.incident import incident as incidents
from materiel.store.item import examination as examinations
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.use_cases.circuit.transfer import ask_for, check_held_by_nothing
from materiel.use_cases.loan.case import Case, load_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTransfer:
    """Items of the actor's service, offered to another, by its code.

    `with_loans`: those of an open loan pass with it, and with everything else that it lends. `until`: they are lent to
    that service until this day, and stay on the inventory of the actor's.
    """

    items: Annotated[tuple[UUID, ...], several(MOST_ITEMS)]
    to: Annotated[str, filled(20)]
    reason: Annotated[str, filled(REASON_MAX)]
    with_loans: bool = False
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """What would pass: the items, those that their loans bring included, and these loans."""

    items: Sequence[Item]
    loans: Sequence[Case] = ()

    @property
    def followed(self) -> dict[UUID, TransferLoan]:
        """The loan that an item passes with, as the other service reads it, by item."""
        return {line.item_id: _shown(case) for case in self.loans for line in case.loan.open_items}


@in_one_visit
async def ask_transfer(command: AskTransfer, *, actor: Actor, now: datetime) -> TransferLine:
    """Offer items to another service; nothing moves before it accepts.

    Raises:
        NotFound: `item.not_found`; `service.not_found`, no service has this code.
        RuleBroken: `transfer.invalid`, `transfer.same_service`, `transfer.loan_until`; `text.not_printable`; what
            `check_may_follow` refuses.
        Conflict: `transfer.item_lent`, `transfer.item_gone`, `transfer.item_borrowed`, `transfer.item_in_kit`,
            `transfer.item_leaving`, `transfer.already_asked`; what `check_may_follow` refuses.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        receiver = await services.by_code(command.to.strip().upper())
        chosen = await items.get_many(list(dict.fromkeys(command.items)), actor.service_id)
        passing = await _with_loans(chosen, actor) if command.with_loans else Passing(items=chosen)
        await check_followed(passing.loans, receiver, actor=actor, now=now)
        asked = Transfer(
            id=new_id(),
            giver_id=actor.service_id,
            receiver_id=receiver.id,
            asked_by=actor.service_id,
            reason=command.reason,
            asked_at=now,
            until=command.until,
        )
        return await ask_for(asked, passing.items, followed=passing.followed, actor=actor, now=now)


async def items_to_pass(item_ids: Sequence[UUID], *, actor: Actor) -> Passing:
    """The chosen items of the actor's service, with the open loans that would follow and all that these lend.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `transfer.item_gone`, `transfer.item_in_kit`, `transfer.item_leaving`.
    """
    actor.require(Permission.READ)
    passing = await _with_loans(await items.get_many(item_ids, actor.service_id), actor)
    check_may_pass(passing.items, passing.followed)
    await check_held_by_nothing(passing.items)
    return passing


async def check_followed(cases: Sequence[Case], receiver: ManagingService, *, actor: Actor, now: datetime) -> None:
    """Refuse the loans that something holds at the service that gives; errors are those of `check_may_follow`."""
    for case in cases:
        out = [line.item_id for line in case.loan.open_items]
        told = Followed(
            name=case.name or "en préparation",
            loan=case.loan,
            documents=case.documents,
            school=case.place.school,
            pupil=case.pupil,
            former=case.former,
            has_incident=any(each.is_open for each in await incidents.of_loans([case.loan.id])),
            sits_on=await examinations.next_of_items(out, case.service.id, actor.civil_date(now)),
        )
        check_may_follow(told, receiver)


async def _with_loans(chosen: Sequence[Item], actor: Actor) -> Passing:
    held = [each.id for each in chosen if each.status in HELD]
    if not held:
        return Passing(items=chosen)
    found = await loans.open_of_items(held, actor.service_id)
    cases = await load_cases(list(dict.fromkeys(each.id for each in found.values())), actor)
    brought = [line.item_id for case in cases for line in case.loan.open_items]
    all_of_them = dict.fromkeys((*(each.id for each in chosen), *brought))
    return Passing(items=await items.get_many(list(all_of_them), actor.service_id), loans=cases)


def _shown(case: Case) -> TransferLoan:
    loan = case.loan
    return TransferLoan(
        loan_id=loan.id,
        usage=loan.usage,
        custody=loan.custody,
        departement=case.place.school.departement,
        ends_on=loan.ends_on,
    )
