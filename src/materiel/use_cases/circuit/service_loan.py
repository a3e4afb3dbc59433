"""Loans between services, once accepted: a later day asked and answered, what is given back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.service_loan import (
    GIVING_BACK,
    SOON,
    check_lent,
    extension_answered,
    extension_asked,
    still_there,
)
from materiel.domain.circuit.transfer import Transfer, TransferLine
from materiel.domain.item.item import Item
from materiel.store.circuit import transfer as transfers
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.use_cases.circuit.transfer import ask_for, note_in_both


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendTransfer:
    """A later day of return, asked by one of both services."""

    transfer_id: UUID
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerExtension:
    """The answer of the other one."""

    transfer_id: UUID
    accept: bool


@in_one_visit
async def ask_extension(command: ExtendTransfer, *, actor: Actor, now: datetime) -> TransferLine:
    """Ask for a later day; the one agreed upon stands until the other service says yes.

    Raises:
        NotFound: `transfer.not_found`.
        RuleBroken: `transfer.invalid`.
        Conflict: `transfer.not_lent`, `transfer.extension_waits`; `transfer.changed`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = (await transfers.line(command.transfer_id, actor.service_id)).transfer
        asked = extension_asked(known, command.until, actor.service_id, actor.civil_date(now))
        await transfers.save(asked)
        await note_in_both("transfer.extension_asked", asked, actor, now, until=command.until.isoformat())
        return await transfers.line(asked.id, actor.service_id)


@in_one_visit
async def answer_extension(command: AnswerExtension, *, actor: Actor, now: datetime) -> TransferLine:
    """Say yes, and what is lent may be lent until the later day; or no.

    Raises:
        NotFound: `transfer.not_found`.
        PermissionDenied: `transfer.not_yours`.
        Conflict: `transfer.not_lent`, `transfer.no_extension`; `transfer.changed`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = (await transfers.line(command.transfer_id, actor.service_id)).transfer
        answered = extension_answered(known, actor.service_id, accepted=command.accept)
        await transfers.save(answered)
        if command.accept and answered.until is not None:
            for each in still_there(await _held(answered)):
                await items.save(replace(each, lent_until=answered.until))
        action = "transfer.extended" if command.accept else "transfer.extension_refused"
        await note_in_both(action, answered, actor, now)
        return await transfers.line(answered.id, actor.service_id)


@in_one_visit
async def ask_return(transfer_id: UUID, *, actor: Actor, now: datetime) -> TransferLine:
    """Offer to give back, or ask back, what is still lent: a transfer the other way, which the other service accepts.

    Where nothing is left to give back (lost, written off), the loan between services is over at once.

    Raises:
        NotFound: `transfer.not_found`.
        Conflict: `transfer.not_lent`; `transfer.item_lent`, an agreement still runs; `transfer.already_asked`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        lent = (await transfers.line(transfer_id, actor.service_id)).transfer
        check_lent(lent)
        left = still_there(await _held(lent))
        if not left:
            await _over(lent, actor, now)
            return await transfers.line(lent.id, actor.service_id)
        back = Transfer(
            id=new_id(),
            giver_id=lent.receiver_id,
            receiver_id=lent.giver_id,
            asked_by=actor.service_id,
            reason=GIVING_BACK,
            asked_at=now,
            returns=lent.id,
        )
        return await ask_for(back, left, actor=actor, now=now)


async def give_back(back: Transfer, *, actor: Actor, now: datetime) -> None:
    """What an accepted return does to the loan between services, in its transaction: over once nothing is left."""
    if back.returns is None:
        return
    lent = (await transfers.line(back.returns, actor.service_id)).transfer
    if lent.is_lent and not still_there(await _held(lent)):
        await _over(lent, actor, now)


async def due_loans(*, actor: Actor, now: datetime, limit: int) -> list[TransferLine]:
    """The loans between services of the actor's, on either side, whose last day is past or near."""
    actor.require(Permission.READ)
    return await transfers.due(actor.service_id, actor.civil_date(now) + SOON, limit=limit)


async def _over(lent: Transfer, actor: Actor, now: datetime) -> None:
    over = replace(lent, returned_on=actor.civil_date(now), until_asked=None, until_asked_by=None)
    await transfers.save(over)
    await note_in_both("transfer.given_back", over, actor, now)


async def _held(lent: Transfer) -> list[Item]:
    return await items.get_many([each.received_as for each in lent.moved if each.received_as], lent.receiver_id)
