"""Seats of licences: taken by an item or a loan, never more than were bought; freed once an uninstall is attested."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.licence import (
    LicenceSeat,
    SeatCase,
    SeatEnd,
    UninstallWitness,
    check_may_hold,
    check_may_lend,
    ended_seat,
    former_seat,
    kept_seat,
    taken_seat,
)
from materiel.errors import BadInput, NotFound
from materiel.store.circuit.workshop import licence as licences
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.loan import loan as loans


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSeat:
    """A licence installed on an item, or lent with a loan: one of the two."""

    licence_id: UUID
    taken_on: date
    item_id: UUID | None = None
    loan_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSeat:
    """How the software left, the day, and who attests it."""

    licence_id: UUID
    seat_id: UUID
    end: SeatEnd
    on: date
    witness: UninstallWitness = UninstallWitness.SERVICE


@in_one_visit
async def take_seat(command: TakeSeat, *, actor: Actor, now: datetime) -> LicenceSeat:
    """Take a seat: two managers never take the last one, whose licence the first keeps for itself until it is done.

    Raises:
        BadInput: `licence.one_holder`, neither an item nor a loan, or both.
        NotFound: `licence.not_found`, `item.not_found`, `loan.not_found`.
        Conflict: `licence.no_seat_left`, `licence.already_installed`, `licence.ended`, `licence.item_gone`,
            `licence.loan_over`.
        RuleBroken: `licence.invalid`.
    """
    actor.require(Permission.WRITE)
    if (command.item_id is None) == (command.loan_id is None):
        raise BadInput("licence.one_holder", "Dites sur quel matériel la licence est installée, ou avec quel prêt.")
    async with write_transaction():
        licence = await licences.locked(command.licence_id, actor.service_id)
        if command.item_id is not None:
            check_may_hold(await items.get(command.item_id, actor.service_id))
        if command.loan_id is not None:
            check_may_lend(is_open=(await loans.get(command.loan_id, actor.service_id)).is_open)
        held = await licences.cases(licence.id, actor.service_id)
        asked = LicenceSeat(
            id=new_id(),
            licence_id=licence.id,
            item_id=command.item_id,
            loan_id=command.loan_id,
            taken_on=command.taken_on,
        )
        seat = taken_seat(asked, licence, held, actor.civil_date(now))
        former = former_seat(seat, held)
        if former is not None:
            await licences.save_seat(replace(former, gives_back=True))
        await licences.add_seat(seat)
        facts = {"licence": str(licence.id), "software": licence.software, "on": seat.taken_on.isoformat()}
        await _note("item.licence_taken", "loan.licence_taken", seat, facts, actor, now)
    return seat


@in_one_visit
async def end_seat(command: EndSeat, *, actor: Actor, now: datetime) -> LicenceSeat:
    """Note that the software is no longer there: another may take the seat, unless it went with its item.

    Raises:
        NotFound: `licence.not_found`, `licence.seat_not_found`.
        Conflict: `licence.seat_over`.
        RuleBroken: `licence.invalid`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        licence = await licences.locked(command.licence_id, actor.service_id)
        case = await _case(licence.id, command.seat_id, actor)
        today = actor.civil_date(now)
        seat = ended_seat(case, licence, command.end, command.witness, command.on, today=today)
        await licences.save_seat(seat)
        facts = {"licence": str(licence.id), "software": licence.software, "on": command.on.isoformat()}
        facts |= {"end": command.end.value, "witness": command.witness.value}
        await _note("item.licence_ended", "loan.licence_ended", seat, facts, actor, now)
    return seat


@in_one_visit
async def keep_seat(licence_id: UUID, seat_id: UUID, *, actor: Actor, now: datetime) -> LicenceSeat:
    """Say that the software stays on an item that is back in the stock, for whoever borrows it next.

    Raises:
        NotFound: `licence.not_found`, `licence.seat_not_found`.
        Conflict: `licence.seat_over`, `licence.not_left_over`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        licence = await licences.locked(licence_id, actor.service_id)
        seat = kept_seat(await _case(licence.id, seat_id, actor))
        await licences.save_seat(seat)
        facts = {"licence": str(licence.id), "software": licence.software}
        await journal.by(actor, now).note("item.licence_kept", seat.item_id or licence.id, facts)
    return seat


async def seats_of_item(item_id: UUID, *, actor: Actor) -> list[SeatCase]:
    """The software of an item of the service, what has gone included, the first installed first."""
    actor.require(Permission.READ)
    return await licences.of_item(item_id, actor.service_id)


async def _case(licence_id: UUID, seat_id: UUID, actor: Actor) -> SeatCase:
    found = await licences.cases(licence_id, actor.service_id)
    case = next((each for each in found if each.seat.id == seat_id), None)
    if case is None:
        raise NotFound("licence.seat_not_found", "Cette licence n'a pas cette installation : rechargez la page.")
    return case


async def _note(
    of_item: str, of_loan: str, seat: LicenceSeat, facts: dict[str, str], actor: Actor, now: datetime
) -> None:
    """One entry, about what holds the seat; about the licence once its loan was eliminated."""
    by = journal.by(actor, now)
    if seat.item_id is not None:
        await by.note(of_item, seat.item_id, facts)
    elif seat.loan_id is not None:
        await by.note(of_loan, seat.loan_id, facts)
    else:
        await by.note("licence.seat_ended", seat.licence_id, facts)
