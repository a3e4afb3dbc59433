"""Pauses: the holidays of a service, a disagreement about one loan; what they keep back leaves when they end.

Whether a message may leave is ruled in `domain.work.pause`, and asked when it would.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import filled
from materiel.domain.language.fields import clean_text
from materiel.domain.work.pause import (
    NAME_MAX,
    LoanPause,
    PauseReason,
    ServicePause,
    checked_loan_pause,
    checked_pause,
    pause_on,
)
from materiel.errors import Conflict
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.work import pause as pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPause:
    """Days, both included, on which the service sends nothing by itself; `yearly`, each year."""

    name: Annotated[str, filled(NAME_MAX)]
    starts_on: date
    ends_on: date
    yearly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseLoan:
    """Why nothing leaves by itself about a loan, and its last day; without one, until somebody lifts it."""

    loan_id: UUID
    reason: PauseReason
    ends_on: date | None = None


async def list_pauses(*, actor: Actor) -> list[ServicePause]:
    """The pauses of the actor's service, the first day first."""
    actor.require(Permission.READ)
    return await pauses.of_service(actor.service_id)


async def pause_today(*, actor: Actor, now: datetime) -> ServicePause | None:
    """The pause of the actor's service that holds today."""
    actor.require(Permission.READ)
    return pause_on(await pauses.of_service(actor.service_id), actor.civil_date(now))


@in_one_visit
async def add_pause(command: AddPause, *, actor: Actor, now: datetime) -> ServicePause:
    """Keep a pause of the service.

    Raises:
        RuleBroken: `pause.invalid`.
    """
    actor.require(Permission.ADMINISTER)
    pause = ServicePause(
        id=new_id(),
        service_id=actor.service_id,
        name=clean_text(command.name),
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        yearly=command.yearly,
    )
    async with write_transaction():
        checked_pause(pause, await pauses.of_service(actor.service_id), actor.civil_date(now))
        await pauses.insert(pause)
        days = {"starts_on": pause.starts_on.isoformat(), "ends_on": pause.ends_on.isoformat()}
        await journal.by(actor, now).note("service.paused", actor.service_id, days)
    return pause


@in_one_visit
async def remove_pause(pause_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Remove a pause of the service: what it kept back leaves.

    Raises:
        NotFound: `pause.not_found`.
    """
    actor.require(Permission.ADMINISTER)
    async with write_transaction():
        await pauses.remove(pause_id, actor.service_id)
        await pauses.hurry(actor.service_id, None, now)
        await journal.by(actor, now).note("service.pause_removed", actor.service_id)


async def loan_pause(loan_id: UUID, *, actor: Actor, now: datetime) -> LoanPause | None:
    """The pause of a loan that holds today.

    Raises:
        NotFound: `loan.not_found`.
    """
    actor.require(Permission.READ)
    await loans.get(loan_id, actor.service_id)
    pause = await pauses.of_loan(loan_id)
    return pause if pause is not None and pause.covers(actor.civil_date(now)) else None


@in_one_visit
async def pause_loan(command: PauseLoan, *, actor: Actor, now: datetime) -> LoanPause:
    """Stop what leaves by itself about a loan, instead of a former pause. The reason stays out of the journal.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.over`.
        RuleBroken: `pause.invalid`.
    """
    actor.require(Permission.WRITE)
    today = actor.civil_date(now)
    async with write_transaction():
        loan = await loans.get(command.loan_id, actor.service_id)
        if not loan.is_open:
            raise Conflict("loan.over", "Ce prêt est terminé : plus rien ne part à son sujet, il n'y a rien à arrêter.")
        pause = LoanPause(loan_id=loan.id, reason=command.reason, starts_on=today, ends_on=command.ends_on)
        await pauses.put(checked_loan_pause(pause, today))
        until = {"ends_on": command.ends_on.isoformat()} if command.ends_on is not None else {}
        await journal.by(actor, now).note("loan.paused", loan.id, until)
    return pause


@in_one_visit
async def lift_loan_pause(loan_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Let messages about a loan leave again: what was kept back does.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `pause.none`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        await loans.get(loan_id, actor.service_id)
        if not await pauses.lift(loan_id):
            raise Conflict("pause.none", "Les messages de ce prêt ne sont pas arrêtés : il n'y a rien à lever.")
        await pauses.hurry(actor.service_id, loan_id, now)
        await journal.by(actor, now).note("loan.pause_lifted", loan_id)
