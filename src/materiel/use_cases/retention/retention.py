"""What a service keeps too long: how many loans and pupils are over on a day, and which loans are held back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.calendar.civil_day import first_instant
from materiel.domain.loan.loan import Loan
from materiel.domain.retention.retention import (
    FINAL_STATUSES,
    Elimination,
    checked_hold_reason,
    ended_on,
    first_day_kept,
)
from materiel.domain.retention.retention import last_day_kept as last_day
from materiel.errors import Conflict
from materiel.store.accounts import service as services
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.retention import elimination as eliminations
from materiel.store.retention import retention
from materiel.store.retention.retention import Hold, LoanOver

PAST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is over on a day: `loans`, of which `held` are held back, and `pupils` without any loan.

    `returned` loans came back as long ago, and wait for somebody to close them. `current` is the elimination prepared
    or under way, `past` the latest ones that are over.
    """

    service: ManagingService
    day: date
    loans: int
    held: int
    returned: int
    pupils: int
    current: Elimination | None
    past: tuple[Elimination, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRetention:
    """How long a loan is kept: `last_day` is None while it is under way; what holds it back, if anything."""

    loan: Loan
    last_day: date | None
    hold: Hold | None


async def read_overview(day: date, *, actor: Actor) -> Overview:
    """What is over in the actor's service on a day; an administrator's."""
    actor.require(Permission.ADMINISTER)
    service = await services.get(actor.service_id)
    first_kept = first_day_kept(day, service.loan_years)
    found, held = await retention.count_loans(service.id, first_kept)
    return Overview(
        service=service,
        day=day,
        loans=found,
        held=held,
        returned=await retention.count_returned(service.id, first_kept),
        pupils=await retention.count_pupils(service.id, kept_since(day, service.pupil_years, service.zone)),
        current=await eliminations.current(service.id),
        past=tuple(await eliminations.page(service.id, limit=PAST_SHOWN)),
    )


async def list_over(
    day: date, *, actor: Actor, held: bool | None = None, limit: int, after: UUID | None = None
) -> list[LoanOver]:
    """The loans of the actor's service that are over on a day, after one of them, oldest first."""
    actor.require(Permission.ADMINISTER)
    service = await services.get(actor.service_id)
    first_kept = first_day_kept(day, service.loan_years)
    return await retention.page(service.id, first_kept, held=held, limit=limit, after=after)


async def read_loan_retention(loan_id: UUID, *, actor: Actor) -> LoanRetention:
    """How long a loan of the actor's service is kept.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.READ)
    loan = await loans.get(loan_id, actor.service_id)
    service = await services.get(actor.service_id)
    ended = ended_on(loan) if loan.status in FINAL_STATUSES else None
    return LoanRetention(
        loan=loan,
        last_day=None if ended is None else last_day(ended, service.loan_years),
        hold=await retention.hold_of(loan.id),
    )


@in_one_visit
async def hold_loan(loan_id: UUID, reason: str, *, actor: Actor, now: datetime) -> Hold:
    """Hold a loan back from any elimination: a dispute, a theft under inquiry. A second reason replaces the first.

    Raises:
        NotFound: `loan.not_found`.
        RuleBroken: `loan_hold.invalid`, no reason.
    """
    actor.require(Permission.WRITE)
    kept = checked_hold_reason(reason)
    async with write_transaction():
        loan = await loans.get(loan_id, actor.service_id)
        hold = Hold(loan_id=loan.id, reason=kept, placed_by=actor.id, placed_at=now)
        await retention.hold(hold)
        await journal.by(actor, now).note("loan.held", loan.id)
    return hold


@in_one_visit
async def lift_hold(loan_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Let a loan go its way again.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan_hold.none`, nothing held it.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        loan = await loans.get(loan_id, actor.service_id)
        if not await retention.lift(loan.id):
            raise Conflict("loan_hold.none", "Ce prêt n'est pas retenu : il n'y a rien à lever.")
        await journal.by(actor, now).note("loan.hold_lifted", loan.id)


def kept_since(day: date, years: int, zone: ZoneInfo) -> datetime:
    """The instant since when an act keeps the record of a pupil without any loan, on a day of the service."""
    return first_instant(first_day_kept(day, years), zone)
