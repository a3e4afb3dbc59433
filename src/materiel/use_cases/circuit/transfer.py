"""Transfers of items between services: refuse, withdraw, list, print the act; what asking and accepting write.

A transfer concerns two services, and is written in the journal of both: each chain tells what its own service did or
was told. The records of each stay its own: see `domain.circuit.transfer`. Asking and accepting are in
`use_cases.loan.elsewhere`, for an open loan may follow its items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.lists.transfer_act import compose_transfer_act
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.circuit.service_loan import check_until
from materiel.domain.circuit.transfer import (
    REASON_MAX,
    Transfer,
    TransferLine,
    TransferLoan,
    TransferState,
    check_answers,
    check_stays,
    check_withdraws,
    checked_asking,
    given,
    number_taken,
    received,
)
from materiel.domain.circuit.workshop.kit import check_may_leave_kits
from materiel.domain.item.item import Item, ItemStatus
from materiel.domain.language.bounds import filled
from materiel.domain.language.fields import Fields
from materiel.domain.papers.act import ActKind
from materiel.errors import Conflict
from materiel.store.accounts import service as services
from materiel.store.circuit import disposal as disposals
from materiel.store.circuit import transfer as transfers
from materiel.store.circuit.workshop import kit as kits
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.papers.act import keep_act, read_act
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseTransfer:
    """The answer of the other service, with its reason."""

    transfer_id: UUID
    reason: Annotated[str, filled(REASON_MAX)]


async def ask_for(
    asked: Transfer,
    chosen: Sequence[Item],
    *,
    followed: Mapping[UUID, TransferLoan] | None = None,
    actor: Actor,
    now: datetime,
) -> TransferLine:
    """Ask a transfer, in the transaction of whoever may.

    Args:
        followed: the open loan that an item is offered with, by item.

    Raises:
        RuleBroken: `transfer.invalid`, `transfer.same_service`, `transfer.loan_until`; `text.not_printable`.
        Conflict: `transfer.item_lent`, `transfer.item_gone`, `transfer.item_borrowed`, `transfer.item_in_kit`,
            `transfer.item_leaving`, `transfer.already_asked`.
    """
    await check_held_by_nothing(chosen)
    asked = printable(checked_asking(asked, chosen, followed))
    check_until(asked, actor.civil_date(now))
    await transfers.insert(asked)
    counts = {"items": len(asked.items)} | ({"loans": len(asked.loans)} if asked.loans else {})
    await note_in_both("transfer.asked", asked, actor, now, **counts)
    return await transfers.line(asked.id, asked.asked_by)


async def claim(transfer: Transfer, *, actor: Actor, now: datetime) -> Transfer:
    """Note that a transfer is accepted, before anything passes: of two answers, one is told that it came second.

    Raises:
        Conflict: `transfer.changed`.
    """
    return await transfers.save(
        replace(transfer, state=TransferState.ACCEPTED, answered_at=now, done_on=actor.civil_date(now))
    )


async def pass_items(transfer: Transfer, things: Sequence[Item], *, actor: Actor, now: datetime) -> Transfer:
    """Let the items of an accepted transfer pass: number, label and history follow. In the caller's transaction.

    Raises:
        Conflict: `transfer.number_taken`; `transfer.item_in_kit`, `transfer.item_leaving`, held by it since.
    """
    await check_held_by_nothing(things)
    if taken := await transfers.numbers_taken(things, transfer.receiver_id):
        raise number_taken(taken)
    became = {each.id: (await _pass(each, transfer, actor, now)).id for each in things}
    return replace(
        transfer, items=tuple(replace(each, received_as=became.get(each.item_id)) for each in transfer.items)
    )


async def check_held_by_nothing(chosen: Sequence[Item]) -> None:
    """Refuse what something else of its service holds: a kit, an end of life. The service settles it first.

    Raises:
        Conflict: `transfer.item_in_kit`, `transfer.item_leaving`.
    """
    ids = [each.id for each in chosen]
    check_may_leave_kits(await kits.of_items(ids), chosen)
    check_stays(chosen, await disposals.leaving(ids))


async def settle(transfer: Transfer, *, actor: Actor, now: datetime) -> TransferLine:
    """Keep what became of everything, and the act that says it, and tell both journals."""
    await transfers.save(transfer)
    counts = {"items": len(transfer.moved)} | ({"loans": len(transfer.moved_loans)} if transfer.moved_loans else {})
    await note_in_both("transfer.accepted", transfer, actor, now, **counts)
    await keep_act(
        *(ActKind.TRANSFER, transfer.id, await _said(transfer, actor.civil_date(now))),
        services=(transfer.giver_id, transfer.receiver_id),
        actor=actor,
        now=now,
    )
    return await transfers.line(transfer.id, actor.service_id)


async def _pass(item: Item, transfer: Transfer, actor: Actor, now: datetime) -> Item:
    """One item passes: what stays gives its label's code up first, for a code is of one item."""
    await items.save(given(item, public_code=new_public_code()))
    arrives = received(item, item_id=new_id(), service_id=transfer.receiver_id, until=transfer.until)
    try:
        saved = await transfers.receive(item, arrives, now)
    except Conflict as refusal:
        if refusal.code == "item.inventory_number_taken":
            raise number_taken([item.inventory_number]) from refusal
        raise
    told = {"transfer": str(transfer.id), "inventory_number": item.inventory_number}
    if transfer.until is not None:
        told["until"] = transfer.until.isoformat()
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
    await note_in_both(action, transfer, actor, now)
    return await transfers.line(transfer.id, actor.service_id)


async def note_in_both(action: str, transfer: Transfer, actor: Actor, now: datetime, **details: int | str) -> None:
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


async def transfer_act(transfer_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """The act of an accepted transfer, for both services to sign: the same bytes for both, as it was accepted.

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
    both = (transfer.giver_id, transfer.receiver_id)
    said = partial(_said, transfer, actor.civil_date(now))
    return await read_act(ActKind.TRANSFER, transfer.id, said, services=both, actor=actor, now=now)


async def _said(transfer: Transfer, day: date) -> Content:
    giver, receiver = await services.get(transfer.giver_id), await services.get(transfer.receiver_id)
    return compose_transfer_act(transfer, giver, receiver, day)
