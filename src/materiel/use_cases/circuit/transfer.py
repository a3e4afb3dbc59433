"""Transfers of items between services: ask, accept, refuse, withdraw, list, print the act.

A transfer concerns two services, and is written in the journal of both: each chain tells what its own service did or
was told. The records of each stay its own: see `domain.circuit.transfer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from materiel.documents.lists.transfer_act import compose_transfer_act
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.transfer import (
    MOST_ITEMS,
    REASON_MAX,
    Transfer,
    TransferLine,
    TransferState,
    check_answers,
    check_may_pass,
    check_withdraws,
    checked_asking,
    given,
    number_taken,
    received,
    without,
)
from materiel.domain.circuit.workshop.kit import check_may_leave_kits
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.language.bounds import filled, several
from materiel.domain.language.fields import Fields
from materiel.errors import Conflict
from materiel.store.accounts import service as services
from materiel.store.circuit import transfer as transfers
from materiel.store.circuit.workshop import kit as kits
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.work.drawing import draw_paper


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTransfer:
    """Items of the actor's service, offered to another, by its code."""

    items: Annotated[tuple[UUID, ...], several(MOST_ITEMS)]
    to: Annotated[str, filled(20)]
    reason: Annotated[str, filled(REASON_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptTransfer:
    """The answer of the other service. `leave_out`: the items that stay, by the identifiers of the transfer."""

    transfer_id: UUID
    leave_out: Annotated[tuple[UUID, ...], several(MOST_ITEMS)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseTransfer:
    """The answer of the other service, with its reason."""

    transfer_id: UUID
    reason: Annotated[str, filled(REASON_MAX)]


@in_one_visit
async def ask_transfer(command: AskTransfer, *, actor: Actor, now: datetime) -> TransferLine:
    """Offer items to another service; nothing moves before it accepts.

    Raises:
        NotFound: `item.not_found`; `service.not_found`, no service has this code.
        RuleBroken: `transfer.invalid`, `transfer.same_service`; `text.not_printable`.
        Conflict: `transfer.item_lent`, `transfer.item_gone`, `transfer.item_in_kit`, `transfer.already_asked`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        receiver = await services.by_code(command.to.strip().upper())
        chosen = await items.get_many(list(dict.fromkeys(command.items)), actor.service_id)
        asked = Transfer(
            id=new_id(),
            giver_id=actor.service_id,
            receiver_id=receiver.id,
            asked_by=actor.service_id,
            reason=command.reason,
            asked_at=now,
        )
        return await ask_for(asked, chosen, actor=actor, now=now)


async def ask_for(asked: Transfer, chosen: Sequence[Item], *, actor: Actor, now: datetime) -> TransferLine:
    """Ask a transfer, in the transaction of whoever may; errors are those of `ask_transfer`."""
    asked = printable(checked_asking(asked, chosen))
    await _check_kits(chosen)
    await transfers.insert(asked)
    await _note("transfer.asked", asked, actor, now, items=len(asked.items))
    return await transfers.line(asked.id, asked.asked_by)


@in_one_visit
async def accept_transfer(command: AcceptTransfer, *, actor: Actor, now: datetime) -> TransferLine:
    """Let the items pass: number, label and history follow. All those that are not left out, or none.

    Raises:
        NotFound: `transfer.not_found`.
        PermissionDenied: `transfer.not_yours`.
        RuleBroken: `transfer.invalid`.
        Conflict: `transfer.over`; `transfer.number_taken`, the service that receives gave a number to another item;
            `transfer.item_lent`, `transfer.item_gone`, `transfer.item_in_kit`, an item was lent, left or was put in a
            kit since; `transfer.changed`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        transfer = (await transfers.line(command.transfer_id, actor.service_id)).transfer
        check_answers(transfer, actor.service_id)
        transfer = without(transfer, command.leave_out)
        things = await items.get_many([each.item_id for each in transfer.moved], transfer.giver_id)
        check_may_pass(things)
        await _check_kits(things)
        if taken := await transfers.numbers_taken(things, transfer.receiver_id):
            raise number_taken(taken)
        became = {each.id: (await _pass(each, transfer, actor, now)).id for each in things}
        done = replace(
            transfer,
            state=TransferState.ACCEPTED,
            answered_at=now,
            done_on=actor.civil_date(now),
            items=tuple(replace(each, received_as=became.get(each.item_id)) for each in transfer.items),
        )
        await transfers.save(done)
        await _note("transfer.accepted", done, actor, now, items=len(done.moved))
        return await transfers.line(done.id, actor.service_id)


async def _check_kits(chosen: Sequence[Item]) -> None:
    """Refuse a part of a kit: the service takes it out first, or dissolves the kit."""
    check_may_leave_kits(await kits.of_items([each.id for each in chosen]), chosen)


async def _pass(item: Item, transfer: Transfer, actor: Actor, now: datetime) -> Item:
    """One item passes: what stays gives its label's code up first, for a code is of one item."""
    await items.save(given(item, public_code=new_public_code()))
    arrives = received(item, item_id=new_id(), service_id=transfer.receiver_id)
    try:
        saved = await transfers.receive(item, arrives, now)
    except Conflict as refusal:
        if refusal.code == "item.inventory_number_taken":
            raise number_taken([item.inventory_number]) from refusal
        raise
    told = {"transfer": str(transfer.id), "inventory_number": item.inventory_number}
    gone = {**told, "to": ItemStatus.TRANSFERRED.value}
    await journal.By(transfer.giver_id, actor.id, now).note("item.transferred", item.id, gone)
    details = {**told, "to": item.status.value}
    await journal.By(transfer.receiver_id, actor.id, now).note("item.received", saved.id, details)
    return saved


@in_one_visit
async def refuse_transfer(command: RefuseTransfer, *, actor: Actor, now: datetime) -> TransferLine:
    """Say no, and why: both services read it.

    Raises:
        NotFound: `transfer.not_found`.
        PermissionDenied: `transfer.not_yours`.
        RuleBroken: `transfer.invalid`; `text.not_printable`.
        Conflict: `transfer.over`, `transfer.changed`.
    """
    actor.require(Permission.WRITE)
    fields = Fields("transfer.invalid")
    reason = fields.text("/reason", command.reason, longest=REASON_MAX, required=True, name="le motif")
    fields.check()
    async with write_transaction():
        transfer = (await transfers.line(command.transfer_id, actor.service_id)).transfer
        check_answers(transfer, actor.service_id)
        refused = printable(replace(transfer, state=TransferState.REFUSED, answered_at=now, answer_reason=reason))
        return await _close(refused, "transfer.refused", actor, now)


@in_one_visit
async def withdraw_transfer(transfer_id: UUID, *, actor: Actor, now: datetime) -> TransferLine:
    """Take back what was asked, before it is answered.

    Raises:
        NotFound: `transfer.not_found`.
        PermissionDenied: `transfer.not_yours`.
        Conflict: `transfer.over`, `transfer.changed`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        transfer = (await transfers.line(transfer_id, actor.service_id)).transfer
        check_withdraws(transfer, actor.service_id)
        withdrawn = replace(transfer, state=TransferState.WITHDRAWN, answered_at=now)
        return await _close(withdrawn, "transfer.withdrawn", actor, now)


async def _close(transfer: Transfer, action: str, actor: Actor, now: datetime) -> TransferLine:
    await transfers.save(transfer)
    await _note(action, transfer, actor, now)
    return await transfers.line(transfer.id, actor.service_id)


async def _note(action: str, transfer: Transfer, actor: Actor, now: datetime, **details: int) -> None:
    """Tell both journals: what happened is the act of one, and concerns the other as much."""
    for service_id in (transfer.giver_id, transfer.receiver_id):
        await journal.By(service_id, actor.id, now).note(action, transfer.id, details)


async def read_transfer(transfer_id: UUID, *, actor: Actor) -> TransferLine:
    """A transfer that concerns the actor's service.

    Raises:
        NotFound: `transfer.not_found`.
    """
    actor.require(Permission.READ)
    return await transfers.line(transfer_id, actor.service_id)


async def list_transfers(
    *,
    actor: Actor,
    states: Sequence[TransferState] = (),
    awaits: bool = False,
    limit: int = 50,
    after: UUID | None = None,
) -> list[TransferLine]:
    """The transfers that the actor's service asked or is asked, the newest first; `awaits`: those it is to answer."""
    actor.require(Permission.READ)
    return await transfers.page(actor.service_id, states=states, awaits=awaits, limit=limit, after=after)


async def count_transfers(*, actor: Actor, states: Sequence[TransferState] = (), awaits: bool = False) -> int:
    """How many there are."""
    actor.require(Permission.READ)
    return await transfers.count(actor.service_id, states=states, awaits=awaits)


async def other_services(*, actor: Actor) -> list[ManagingService]:
    """The services to which items may go, those of the same académie first."""
    actor.require(Permission.READ)
    own = await services.get(actor.service_id)
    others = [each for each in await services.all() if each.id != own.id]
    return sorted(others, key=lambda each: each.academie != own.academie)


async def items_to_pass(item_ids: Sequence[UUID], *, actor: Actor) -> list[Item]:
    """The chosen items of the actor's service, once they may pass.

    Raises:
        NotFound: `item.not_found`.
        Conflict: `transfer.item_lent`, `transfer.item_gone`, `transfer.item_in_kit`.
    """
    actor.require(Permission.READ)
    chosen = await items.get_many(item_ids, actor.service_id)
    check_may_pass(chosen)
    await _check_kits(chosen)
    return chosen


async def transfer_act(transfer_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """The act of an accepted transfer, for both services to sign. Nothing is written.

    Raises:
        NotFound: `transfer.not_found`.
        Conflict: `transfer.not_accepted`.
    """
    actor.require(Permission.READ)
    transfer = (await transfers.line(transfer_id, actor.service_id)).transfer
    if transfer.done_on is None:
        raise Conflict(
            "transfer.not_accepted", "Ce transfert n'est pas accepté : son acte se fait une fois qu'il l'est."
        )
    giver, receiver = await services.get(transfer.giver_id), await services.get(transfer.receiver_id)
    return await draw_paper(compose_transfer_act(transfer, giver, receiver, actor.civil_date(now)))
